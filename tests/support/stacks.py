"""A stack and an API that keep in memory what was done to them, for the runs of experiments."""

from dataclasses import replace

from playground.api_client import ApiRefused
from playground.group_config import NAMES
from playground.stack import LoadState, WorkerInstance


class MemoryStack:
    """Workers and load as they were told. `stubborn`: one worker at most, whatever it is told."""

    def __init__(self, replicas=2, environment=None, load=None):
        self.variables = {"processor": dict(environment or {}), "analytics": {}}
        self.settings = load
        self.stubborn = False
        self._pids = iter(range(100, 1000))
        self._workers = {"processor": [], "analytics": []}
        self.scale("processor", replicas)
        self.scale("analytics", 1)

    def is_ready(self):
        return True

    def workers(self):
        return [worker for workers in self._workers.values() for worker in workers]

    def scale(self, kind, replicas, environment=None, *, wait_seconds=None):  # noqa: ARG002 - a stack's
        if environment is not None and dict(environment) != self.variables[kind]:
            self.variables[kind] = dict(environment)
            self._workers[kind] = [replace(each, pid=next(self._pids)) for each in self._workers[kind]]
        if self.stubborn:
            replicas = min(replicas, 1)
        del self._workers[kind][replicas:]
        for number in range(len(self._workers[kind]) + 1, replicas + 1):
            self._workers[kind].append(
                WorkerInstance(f"{kind}-{number}", kind, next(self._pids), "running", None, 0)
            )
        return self._workers[kind]

    def environment(self, kind):
        return dict(self.variables[kind])

    def load(self):
        return LoadState(self.settings is not None, self.settings, None)

    def load_start(self, settings):
        self.settings = dict(settings)
        return self.load()

    def load_stop(self):
        self.settings = None
        return self.load()


class MemoryApi:
    """Groups with their configs. `stuck`: they keep their members; `denied`: they are not to be deleted."""

    def __init__(self):
        self.configs = {}
        self.stuck = set()
        self.denied = set()
        self.deleted = []
        self.topics = []
        self.broken_after_change = False

    def get(self, path, **_query):
        if path == "/topics":
            return {"topics": [{"topic": "orders", "partitions": [{}, {}]}]}
        if path == "/lab/topics":
            return {"topics": [{"topic": name, "partitions": 1} for name in self.topics]}
        assert path.endswith("/config")
        return {name: {} for name in NAMES}

    def send(self, method, path, body=None, *, accept=()):  # noqa: ARG002 - the API's
        if path.startswith("/lab/topics/"):
            self.topics.remove(path.split("/")[3])
            return
        group_id = path.split("/")[2]
        if method == "PUT":
            self.configs[group_id] = body
            if self.broken_after_change:
                raise KeyboardInterrupt
        elif group_id in self.denied:
            raise ApiRefused(403, {"detail": f"{group_id} is not yours"})
        elif group_id in self.stuck:
            raise ApiRefused(409, {"detail": f"{group_id} has members"})
        else:
            self.configs.pop(group_id, None)
            self.deleted.append(group_id)

    def events(self, _path="/events"):
        yield "hello", {}

"""The stack of a release: scaling and restarting through Kubernetes' API.

Whoever may also run commands in pods can kill and freeze: see `signals.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from playground.cluster import rollouts
from playground.cluster.release import Release, explained
from playground.errors import InvalidValue, StackError, WaitTimeout
from playground.events import EventName, parse_event
from playground.jobs import GROUP_OF_KIND, KIND_OF_GROUP, LOAD_PREFIX, PROGRESS_FIELDS
from playground.settings import read_settings
from playground.stack import MAX_REPLICAS, LoadState
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kr8s.objects import StatefulSet

    from playground.cluster.release import Place
    from playground.stack import WorkerInstance

# Of a kind of worker that is the load generator there is at most one.
LOAD = "load"
GROUP_ID = "PLAYGROUND_CONSUMER_GROUP_ID"
ROLLOUT_SECONDS = 180.0
LOOK_SECONDS = 0.3
PROGRESS_LINES = 20


class ClusterStack:
    """Scales and restarts workers, and runs the load generator."""

    def __init__(self, place: Place) -> None:
        self.release = Release(place)

    def is_ready(self) -> bool:
        """Every worker that is wanted is ready."""
        pods = self._pods()
        return all(
            rollouts.is_rolled_out(workers.to_dict(), [pod for pod in pods if _kind(pod) == kind])
            for kind, workers in self.release.worker_sets().items()
        )

    def workers(self) -> list[WorkerInstance]:
        """All workers, by kind and number."""
        sets = self.release.worker_sets()
        pods = sorted(self._pods(), key=lambda pod: (_kind(pod), rollouts.ordinal_of(pod)))
        groups = {kind: self._group_of(kind, workers) for kind, workers in sets.items()}
        return [rollouts.instance_of(pod, groups.get(_kind(pod))) for pod in pods]

    def scale(
        self,
        kind: str,
        replicas: int,
        environment: Mapping[str, str] | None = None,
        *,
        wait_seconds: float | None = None,
    ) -> list[WorkerInstance]:
        """Run this many. Returns when all of them are ready and nobody else is there any more."""
        kind = KIND_OF_GROUP.get(kind, kind)
        most = 1 if kind == LOAD else MAX_REPLICAS
        if not 0 <= replicas <= most:
            raise InvalidValue("replicas", f"{kind} may have 0 to {most}, not {replicas}")
        workers = self.release.worker_set(kind)
        changes: list[dict[str, Any]] = [{"op": "add", "path": "/spec/replicas", "value": replicas}]
        spec = workers.to_dict()["spec"]
        if environment is not None and dict(environment) != rollouts.environment_of(spec):
            read_settings(dict(environment))
            place = f"/spec/template/spec/containers/{rollouts.container_index(spec)}/env"
            value = rollouts.with_environment(spec, environment)
            changes.append({"op": "add", "path": place, "value": value})
        with explained(f"{kind} cannot be scaled"):
            workers.patch(changes, type="json")
        return self._rolled_out(kind, wait_seconds)

    def environment(self, kind: str) -> dict[str, str]:
        """What `scale` (or `kubectl set env`) gave these workers beyond what the chart says."""
        workers = self.release.worker_set(KIND_OF_GROUP.get(kind, kind))
        return rollouts.environment_of(workers.to_dict()["spec"])

    def roll(self, kind: str) -> list[WorkerInstance]:
        """Restart all, one after the other, as `kubectl rollout restart` does."""
        kind = KIND_OF_GROUP.get(kind, kind)
        workers = self.release.worker_set(kind)
        restarted = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat()}
        with explained(f"{kind} cannot be restarted"):
            workers.patch({"spec": {"template": {"metadata": {"annotations": restarted}}}})
        return self._rolled_out(kind, None)

    def load(self) -> LoadState:
        """What the load generator does now; its progress is the last it has written into its log."""
        workers = self.release.worker_set(LOAD)
        if not workers.to_dict()["spec"]["replicas"]:
            return LoadState(running=False, settings=None, progress=None)
        given = self.environment(LOAD)
        return LoadState(
            running=True,
            settings=msgspec.to_builtins(read_settings(given).load),
            progress=self._load_progress(),
        )

    def load_start(self, settings: Mapping[str, float | str]) -> LoadState:
        """Start it, or start it anew with other settings."""
        self.scale(LOAD, 1, {LOAD_PREFIX + name.upper(): str(value) for name, value in settings.items()})
        return self.load()

    def load_stop(self) -> LoadState:
        """Stop it; the answer holds its last progress."""
        progress = self.load().progress
        self.scale(LOAD, 0)
        return LoadState(running=False, settings=None, progress=progress)

    def status(self) -> dict[str, Any]:
        """What `playground status` shows: where it is, services and workers."""
        return {
            "phase": "ready" if self.is_ready() else "starting",
            "place": self.release.described(),
            "services": self.release.services(),
            "workers": [msgspec.to_builtins(one) for one in self.workers()],
            "overrides": {
                kind: found for kind in self.release.worker_sets() if (found := self.environment(kind))
            },
        }

    def _pods(self) -> list[dict[str, Any]]:
        return [pod.to_dict() for pod in self.release.worker_pods()]

    def _rolled_out(self, kind: str, wait_seconds: float | None) -> list[WorkerInstance]:
        def done() -> bool:
            workers = self.release.worker_set(kind).to_dict()
            return rollouts.is_rolled_out(workers, self._pods_of(kind))

        seconds = ROLLOUT_SECONDS if wait_seconds is None else wait_seconds
        try:
            wait_until(done, f"all {kind} workers to be ready", seconds, every=LOOK_SECONDS)
        except WaitTimeout:
            late = [pod for pod in self._pods_of(kind) if not rollouts.is_ready(pod)]
            why = "; ".join(f"{rollouts.name_of(pod)}: {rollouts.why_not_ready(pod)}" for pod in late)
            raise StackError(
                f"not all {kind} workers are ready after {seconds:g} s{why and ': '}{why}",
                next_step=f"kubectl describe pods -n {self.release.namespace} -l worker={kind}; it goes on",
            ) from None
        return [one for one in self.workers() if one.kind == kind]

    def _pods_of(self, kind: str) -> list[dict[str, Any]]:
        return [pod.to_dict() for pod in self.release.worker_pods(kind)]

    def _group_of(self, kind: str, workers: StatefulSet) -> str | None:
        """Which group they join: what was changed, else what the chart says, else the job's own."""
        spec = workers.to_dict()["spec"]
        arguments = rollouts.worker_container(spec)["args"]
        own = GROUP_OF_KIND.get(arguments[-1])
        if own is None:
            return None
        return (
            rollouts.environment_of(spec).get(GROUP_ID)
            or self.release.chart_settings(kind).get(GROUP_ID)
            or own
        )

    def _load_progress(self) -> dict[str, float] | None:
        lines: list[str] = []
        for pod in self.release.worker_pods(LOAD):
            with explained("the load generator's log cannot be read"):
                lines += list(pod.logs(container=rollouts.CONTAINER, tail_lines=PROGRESS_LINES))
        events = [event for line in lines if (event := parse_event(line)) is not None]
        last = next((one for one in reversed(events) if one["event"] == EventName.LOAD_PROGRESS), None)
        return last and {name: last[name] for name in PROGRESS_FIELDS if name in last}


def _kind(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"]["worker"])

"""What the objects of a worker's StatefulSet say; pure functions of their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.stack import WorkerInstance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from playground.stack import WorkerState

Json = dict[str, Any]
# The container that is the worker; others belong to the cluster (sidecars of a mesh, for instance).
CONTAINER = "worker"
PAUSED = "playground/paused"
WORKER_NAME = "PLAYGROUND_WORKER_NAME"


def environment_of(pods: Json) -> dict[str, str]:
    """What was given to workers of a set beyond what the chart gives them.

    The chart gives literal values in ConfigMaps only, so every other literal in `env` is somebody's change,
    and comes before the ConfigMap's.
    """
    given = worker_container(pods).get("env") or []
    return {one["name"]: one["value"] for one in given if "value" in one and one["name"] != WORKER_NAME}


def with_environment(pods: Json, environment: Mapping[str, str]) -> list[Json]:
    """The `env` of the worker's container with these variables instead of those given before."""
    before = environment_of(pods)
    kept = [one for one in worker_container(pods).get("env") or [] if one["name"] not in before]
    return kept + [{"name": name, "value": value} for name, value in environment.items()]


def container_index(pods: Json) -> int:
    """Where the worker's container stands in the list."""
    names = [one["name"] for one in pods["template"]["spec"]["containers"]]
    return names.index(CONTAINER)


def worker_container(pods: Json) -> Json:
    """The worker's container in the spec of a StatefulSet."""
    found: Json = pods["template"]["spec"]["containers"][container_index(pods)]
    return found


def is_rolled_out(workers: Json, pods: Iterable[Json]) -> bool:
    """All replicas run the newest template and are ready, and nobody is on the way out."""
    spec, status = workers["spec"], workers.get("status", {})
    wanted = spec.get("replicas", 1)
    alive = list(pods)
    revision = status.get("updateRevision")
    return (
        status.get("observedGeneration", 0) >= workers["metadata"]["generation"]
        and len(alive) == wanted
        and all(
            "deletionTimestamp" not in pod["metadata"]
            and pod["metadata"]["labels"].get("controller-revision-hash") == revision
            and is_ready(pod)
            for pod in alive
        )
    )


def is_ready(pod: Json) -> bool:
    """Whether its probes say that it works."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def name_of(pod: Json) -> str:
    """The worker's own name: `processor-1`, whatever the release is called."""
    labels = pod["metadata"]["labels"]
    return f"{labels['worker']}-{labels['apps.kubernetes.io/pod-index']}"


def ordinal_of(pod: Json) -> int:
    """Its number within its kind."""
    return int(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"])


def instance_of(pod: Json, group_id: str | None) -> WorkerInstance:
    """A pod as the stack protocol knows a worker. It has no process id that means anything here."""
    status: Json = next(
        (one for one in pod.get("status", {}).get("containerStatuses") or [] if one["name"] == CONTAINER), {}
    )
    return WorkerInstance(
        name=name_of(pod),
        kind=pod["metadata"]["labels"]["worker"],
        pid=None,
        state=_state(pod, status),
        group_id=group_id,
        restarts=int(status.get("restartCount", 0)),
    )


def _state(pod: Json, status: Json) -> WorkerState:
    if "deletionTimestamp" in pod["metadata"]:
        return "stopped"
    if PAUSED in (pod["metadata"].get("annotations") or {}):
        return "paused"
    if is_ready(pod):
        return "running"
    return "restarting" if status.get("restartCount") else "starting"


def why_not_ready(pod: Json) -> str:
    """In a few words, what keeps a pod from being ready; what Kubernetes says of it."""
    status = pod.get("status", {})
    for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = one.get("state", {})
        for kind in ("waiting", "terminated"):
            found = state.get(kind)
            if found and found.get("reason") not in {"PodInitializing", "Completed"}:
                return ": ".join(filter(None, [found.get("reason"), found.get("message")]))
    for condition in status.get("conditions") or []:
        if condition["status"] == "False" and condition.get("message"):
            return str(condition["message"])
    return str(status.get("phase", "unknown"))

"""The stack for those who may run commands in pods: workers can be killed and frozen, the broker taken away.

A pod that is deleted gets SIGTERM first, so its worker would take its leave from the group;
a worker that dies without a word is what experiments are about, and that takes a signal from inside the pod.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import kr8s
from kr8s.objects import Pod, StatefulSet, new_class

from playground.cluster import rollouts
from playground.cluster.release import NAME_LABEL, explained
from playground.cluster.stack import LOOK_SECONDS, ClusterStack
from playground.errors import AbilityMissing, InvalidValue, NotFound, StackError
from playground.jobs import KIND_OF_GROUP
from playground.waiting import wait_until

if TYPE_CHECKING:
    from playground.cluster.release import Place, Release
    from playground.stack import WorkerInstance

# In the pod: the process that is the worker. Process 1 is not: see `shareProcessNamespace` in the chart.
SEND = """
import os, signal, sys
for entry in filter(str.isdigit, os.listdir("/proc")):
    try:
        command = open(f"/proc/{entry}/cmdline", "rb").read().split(b"\\0")
    except OSError:
        continue
    if command[1:3] == [b"-m", b"workers"]:
        os.kill(int(entry), getattr(signal, sys.argv[1]))
        break
else:
    sys.exit("no worker runs in this pod now")
"""
Review = new_class("SelfSubjectAccessReview", "authorization.k8s.io/v1", namespaced=False)
COMMAND_SECONDS = 20
BROKER_SECONDS = 90.0
MIN_DOWN_SECONDS, MAX_DOWN_SECONDS = 0.1, 60.0


class _AnyPod(Pod):
    """A pod in which a command can be run although it is not ready: one that is frozen is not."""

    async def async_ready(self) -> bool:
        return True


class SignallingStack(ClusterStack):
    """Has every ability."""

    def kill(self, worker: str) -> WorkerInstance:
        """SIGKILL; then the pod is replaced, so that Kubernetes does not hold its next life back."""
        pod, before = self._found(worker)
        self._send(pod, "SIGKILL", worker)
        with explained(f"{worker} is killed, but its pod cannot be replaced"):
            pod.delete(force=True)
        return before

    def pause(self, worker: str) -> WorkerInstance:
        """SIGSTOP. Kubernetes kills it when it has not answered its probes for about a minute."""
        pod, _ = self._found(worker)
        self._send(pod, "SIGSTOP", worker)
        self._mark(pod, "true")
        return self._found(worker)[1]

    def resume(self, worker: str) -> WorkerInstance:
        """SIGCONT."""
        pod, _ = self._found(worker, paused_first=True)
        self._send(pod, "SIGCONT", worker)
        self._mark(pod, None)
        return self._found(rollouts.name_of(pod.to_dict()))[1]

    def restart_broker(self, down_seconds: float) -> None:
        """All brokers are scaled to zero, and back after `down_seconds`."""
        if not MIN_DOWN_SECONDS <= down_seconds <= MAX_DOWN_SECONDS:
            raise InvalidValue(
                "down_seconds", f"from {MIN_DOWN_SECONDS:g} to {MAX_DOWN_SECONDS:g}, not {down_seconds:g}"
            )
        selector = f"{NAME_LABEL},app.kubernetes.io/component=kafka"
        found = self.release.read(StatefulSet, selector)
        if not found:
            raise AbilityMissing(
                "the broker is not part of this release",
                next_step="restart it where it runs, or install with kafka.enabled=true",
            )
        brokers, nodes = found[0], found[0].to_dict()["spec"]["replicas"]
        if not nodes:
            raise StackError("the broker does not run now", next_step="`playground --target kube status`")
        _scale(brokers, 0)
        try:
            wait_until(
                lambda: not self.release.read(Pod, selector),
                "the broker to end",
                BROKER_SECONDS,
                every=LOOK_SECONDS,
            )
        except BaseException:
            _scale(brokers, nodes)
            raise
        # Not a daemon: a process that ends now would leave the release without its broker.
        threading.Timer(down_seconds, _scale, (brokers, nodes)).start()

    def _found(self, worker: str, *, paused_first: bool = False) -> tuple[Pod, WorkerInstance]:
        """The pod of a worker, by its name; of a kind the youngest (or the youngest that is paused)."""
        kind = KIND_OF_GROUP.get(worker, worker)
        pods = [pod for pod in self.release.worker_pods() if "deletionTimestamp" not in pod.metadata]
        named = {rollouts.name_of(pod.to_dict()): pod for pod in pods}
        if worker not in named:
            alike = [pod for pod in pods if pod.labels["worker"] == kind]
            paused = [pod for pod in alike if rollouts.PAUSED in pod.annotations]
            chosen = max((paused if paused_first else []) or alike, key=_ordinal, default=None)
        else:
            chosen = named[worker]
        if chosen is None:
            raise NotFound(
                f"there is no worker {worker!r}; there are {', '.join(sorted(named)) or 'none'}",
                next_step="`playground --target kube status` lists what runs",
            )
        name = rollouts.name_of(chosen.to_dict())
        return chosen, next(one for one in self.workers() if one.name == name and one.state != "stopped")

    def _send(self, pod: Pod, signal: str, worker: str) -> None:
        reached = _AnyPod(pod.raw, api=self.release.api)
        with explained(f"{worker} cannot be sent {signal}"):
            try:
                reached.exec(
                    ["python", "-c", SEND, signal], container=rollouts.CONTAINER, timeout=COMMAND_SECONDS
                )
            except kr8s.ExecError as error:
                raise StackError(
                    f"{worker} cannot be sent {signal}: {error}",
                    next_step=f"kubectl logs -n {self.release.namespace} {pod.name}",
                ) from None

    def _mark(self, pod: Pod, value: str | None) -> None:
        with explained(f"pod {pod.name} cannot be marked"):
            pod.patch({"metadata": {"annotations": {rollouts.PAUSED: value}}})


def may_signal(release: Release) -> bool:
    """Whether we may run commands in pods there; Kubernetes is asked."""
    review = Review(
        {
            "spec": {
                "resourceAttributes": {
                    "namespace": release.namespace,
                    "verb": "create",
                    "resource": "pods",
                    "subresource": "exec",
                    # A right may be limited to pods by their names; each kind of worker has a first one.
                    "name": f"{next(iter(release.worker_sets().values())).name}-1",
                }
            }
        },
        api=release.api,
    )
    with explained(f"our rights in {release.described()} are not known"):
        review.create()
    return bool(review.to_dict()["status"]["allowed"])


def cluster_stack(place: Place) -> ClusterStack:
    """The stack there, with the abilities that we have rights for.

    Raises StackError when the cluster does not answer.
    """
    stack = ClusterStack(place)
    if not may_signal(stack.release):
        return stack
    return SignallingStack(place)


def _ordinal(pod: Any) -> int:
    return rollouts.ordinal_of(pod.to_dict())


def _scale(brokers: StatefulSet, nodes: int) -> None:
    with explained("the broker cannot be scaled"):
        brokers.patch({"spec": {"replicas": nodes}})

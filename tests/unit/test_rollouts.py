"""What is read from the objects of a worker's StatefulSet."""

import copy

import pytest

from playground.cluster import rollouts

CHARTS_ENV = [
    {"name": "POD_INDEX", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}},
    {"name": "PLAYGROUND_WORKER_NAME", "value": "processor-$(POD_INDEX)"},
    {"name": "PLAYGROUND_DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}},
]


def workers(*, replicas=2, env=(), generation=3, observed=3, sidecar=False):
    container = {"name": "worker", "args": ["workers", "processor"], "env": [*CHARTS_ENV, *env]}
    containers = [{"name": "mesh"}, container] if sidecar else [container]
    return {
        "metadata": {"generation": generation},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
        "status": {"observedGeneration": observed, "updateRevision": "new"},
    }


def pod(number, *, ready=True, revision="new", leaving=False, restarts=0, annotations=None, waiting=None):
    state = {"waiting": waiting} if waiting else {"running": {}}
    metadata = {
        "labels": {
            "worker": "processor",
            "apps.kubernetes.io/pod-index": str(number),
            "controller-revision-hash": revision,
        },
        "annotations": annotations or {},
    }
    if leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {
        "metadata": metadata,
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [{"name": "worker", "restartCount": restarts, "state": state}],
        },
    }


def test_what_the_chart_gives_is_not_somebodys_change():
    assert rollouts.environment_of(workers()["spec"]) == {}


@pytest.mark.parametrize("sidecar", [False, True])
def test_changes_are_found_replaced_and_taken_back(sidecar):
    first = workers(env=[{"name": "PLAYGROUND_A", "value": "1"}], sidecar=sidecar)["spec"]
    assert rollouts.environment_of(first) == {"PLAYGROUND_A": "1"}

    changed = rollouts.with_environment(first, {"PLAYGROUND_B": "2"})
    assert changed == [*CHARTS_ENV, {"name": "PLAYGROUND_B", "value": "2"}]
    assert rollouts.with_environment(first, {}) == CHARTS_ENV


@pytest.mark.parametrize(
    ("story", "pods"),
    [
        ("one is missing", [pod(1)]),
        ("one is too many", [pod(1), pod(2), pod(3)]),
        ("one is on its way out", [pod(1), pod(2, leaving=True)]),
        ("one is of before", [pod(1), pod(2, revision="old")]),
        ("one is not ready", [pod(1), pod(2, ready=False)]),
    ],
)
def test_a_rollout_is_not_over_when(story, pods):
    assert not rollouts.is_rolled_out(workers(), pods), story


def test_a_rollout_is_over():
    assert rollouts.is_rolled_out(workers(), [pod(1), pod(2)])
    assert rollouts.is_rolled_out(workers(replicas=0), [])


def test_a_change_that_kubernetes_has_not_seen_is_not_rolled_out():
    assert not rollouts.is_rolled_out(workers(generation=4), [pod(1), pod(2)])


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (pod(1), "running"),
        (pod(1, ready=False), "starting"),
        (pod(1, ready=False, restarts=2), "restarting"),
        (pod(1, leaving=True), "stopped"),
        (pod(1, ready=False, annotations={rollouts.PAUSED: "true"}), "paused"),
    ],
)
def test_the_state_of_a_worker(found, state):
    instance = rollouts.instance_of(found, "order-processor")

    assert (instance.name, instance.kind, instance.state) == ("processor-1", "processor", state)
    assert (instance.group_id, instance.pid) == ("order-processor", None)


def test_why_a_pod_is_not_ready_is_what_kubernetes_says():
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}

    assert rollouts.why_not_ready(pod(1, ready=False, waiting=waiting)) == "ImagePullBackOff: no such image"


def test_a_pod_that_cannot_be_placed_says_why():
    unplaced = copy.deepcopy(pod(1, ready=False))
    unplaced["status"] = {
        "phase": "Pending",
        "conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient memory"}
        ],
    }

    assert "Insufficient memory" in rollouts.why_not_ready(unplaced)

"""Pods, a node and the broker are taken away under load: nothing is lost, nothing takes effect twice."""

import pytest
from support.audit import verify
from support.customer import Customer

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
# One release for all tests: orders of others, and repeats that were refused, are in the same tables.
SHARED = {"others_order": True, "repeats_refused": True}
BACK_SECONDS = 180


def ready_again(release) -> None:
    """Everything that was there is there again."""
    for name in (
        "statefulset/playground-kafka",
        "statefulset/playground-database",
        "deployment/playground-api",
    ):
        release.wait_ready(name, BACK_SECONDS)
    for worker in ("processor", "analytics"):
        release.wait_ready(f"statefulset/playground-{worker}", BACK_SECONDS)


def test_a_deleted_worker_pod(release, system):
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        release.kubectl("delete", "pod", "playground-processor-1", "playground-analytics-1")
        ready_again(release)
        customer.wait_for_more(200)
    verify(system, customer, **SHARED)


def test_a_rolling_restart_of_the_workers_repeats_nothing(release, system):
    before = repeats(system)
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        release.kubectl("rollout", "restart", "statefulset/playground-processor")
        ready_again(release)
        customer.wait_for_more(200)
    verify(system, customer, **SHARED)
    assert repeats(system) == before


def test_a_deleted_broker_pod(release, system):
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        release.kubectl("delete", "pod", "playground-kafka-0")
        ready_again(release)
        customer.wait_for_more(400, BACK_SECONDS)
    verify(system, customer, seconds=BACK_SECONDS, **SHARED)


def at_home(release, selector: str) -> dict[str, set[str]]:
    """Node -> names of the pods that run on it."""
    found: dict[str, set[str]] = {}
    for pod in release.pods("-l", selector, "--field-selector=status.phase=Running"):
        found.setdefault(pod["spec"]["nodeName"], set()).add(pod["metadata"]["name"])
    return found


def test_a_drained_node(release, system):
    """Volumes stay where they are: values.yaml has broker and database on one node, and this is the other."""
    homes = at_home(release, "app.kubernetes.io/component in (kafka,database)")
    assert len(homes) == 1, f"broker and database are to be on one node: {homes}"
    workers = at_home(release, "app.kubernetes.io/component=workers")
    others = workers.keys() - homes.keys()
    assert others, f"no worker is on a node that can be drained: {workers}"
    node = others.pop()
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        try:
            release.kubectl(
                "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=150s", seconds=180
            )
            ready_again(release)
            now = at_home(release, "app.kubernetes.io/instance=playground")
            assert node not in now
            assert set.union(*now.values()) > workers[node]
            customer.wait_for_more(200, BACK_SECONDS)
        finally:
            release.kubectl("uncordon", node)
    verify(system, customer, seconds=BACK_SECONDS, **SHARED)


def repeats(system) -> list[tuple]:
    """Records that came a second time, per group, by the database's own account."""
    return system.query("SELECT group_id, SUM(duplicates) FROM positions GROUP BY group_id ORDER BY group_id")


def test_an_api_pod_is_replaced_without_a_lost_order(release, system):
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        release.kubectl("rollout", "restart", "deployment/playground-api")
        ready_again(release)
        wait_until(lambda: system.api.get("/healthz"), "the API", BACK_SECONDS, ignore=(OSError, ValueError))
        customer.wait_for_more(200, BACK_SECONDS)
    verify(system, customer, **SHARED)

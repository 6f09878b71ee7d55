"""What `helm install` leaves behind: everything ready, under the strictest pod security."""

import json

import pytest

pytestmark = pytest.mark.e2e


def test_every_pod_is_ready_and_none_was_restarted(release):
    pods = [pod for pod in release.pods() if pod["status"]["phase"] != "Succeeded"]

    states = {
        pod["metadata"]["name"]: [one["ready"] for one in pod["status"]["containerStatuses"]] for pod in pods
    }
    assert states
    assert all(all(ready) for ready in states.values()), states
    restarts = {
        pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
        for pod in pods
    }
    assert not any(restarts.values()), restarts


def test_helm_test_passes(release):
    said = release.helm("test", "playground", "--timeout=200s", seconds=240)

    assert "Phase:          Failed" not in said
    passed = {line.split()[-1] for line in said.splitlines() if line.startswith("TEST SUITE:")}
    assert passed >= {f"playground-test-{name}" for name in ("order", "lag", "prometheus")}, said


def test_the_command_line_finds_the_release(release):
    status = json.loads(release.playground("status", "-o", "json"))

    assert status["phase"] == "ready"
    assert [(one["name"], one["state"], one["group_id"]) for one in status["workers"]] == [
        ("analytics-1", "running", "analytics"),
        ("processor-1", "running", "order-processor"),
        ("processor-2", "running", "order-processor"),
    ]


def test_an_order_is_processed_by_both_groups(release, system):
    produced = json.loads(release.playground("produce", "--user", "alice", "--item", "book", "-o", "json"))

    order = produced["order_id"] if "order_id" in produced else produced["accepted"][0]["order_id"]
    system.settle()

    assert system.query(f"SELECT item FROM orders WHERE order_id = {order}") == [("book",)]
    groups = json.loads(release.playground("lag", "-o", "json"))["groups"]
    assert {group["group_id"]: group["total_lag"] for group in groups} == {
        "analytics": 0,
        "order-processor": 0,
    }

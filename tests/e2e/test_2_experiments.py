"""The experiments of the local stack, unchanged, on the cluster."""

import json

import pytest
from support.asking import ask

from playground.experiments.catalog import EXPERIMENTS
from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
RUN_SECONDS = 420
# As short as each can be while every one of its claims is still looked at.
SHORT = {
    "rebalance": ["members=1,3,8,2", "watch_seconds=1"],
    "protocols": ["cycles=1", "watch_seconds=1", "protocols=range,cooperative-sticky,static,consumer"],
}


@pytest.mark.parametrize(
    "name", ["rebalance", "fanout", "lag", "crash", "protocols", "streaming-sql", "windows", "joins"]
)
def test_an_experiment_passes_and_gives_the_release_back(release, name):
    settings = [word for pair in SHORT.get(name, []) for word in ("--set", pair)]

    answer = release.playground(
        "experiment", "run", name, *settings, "-o", "json", check=False, seconds=RUN_SECONDS
    )

    judgement = json.loads(answer)
    wrong = [check for check in judgement["checks"] if check["verdict"] != "passed"]
    assert not wrong, f"{wrong}; {judgement['tables']}"
    assert judgement["verdict"] == "passed"
    assert {check.name for check in EXPERIMENTS[name].checks} < {
        check["name"] for check in judgement["checks"]
    }
    assert_given_back(release)


def test_the_api_in_the_cluster_runs_one_and_gives_the_release_back(release, system):
    """With the Role that `experiments.enabled` gives it, and through the NetworkPolicies."""
    began = ask(system.api.url, "POST", "/experiments/fanout/runs", b"{}", content_type="application/json")
    assert began.status == 202, began.content

    def ended() -> dict | None:
        view = system.api.get(began.headers["location"])
        return None if view["progress"]["state"] == "running" else view

    view = wait_until(ended, "the run to end", RUN_SECONDS, every=1, ignore=(OSError, ValueError))
    wrong = [check for check in view["outcome"]["checks"] if check["verdict"] != "passed"]
    assert not wrong, wrong
    assert {check.name for check in EXPERIMENTS["fanout"].checks} < {
        check["name"] for check in view["outcome"]["checks"]
    }
    assert_given_back(release)


def assert_given_back(release) -> None:
    workers = json.loads(release.playground("status", "-o", "json"))["workers"]
    assert [(one["name"], one["group_id"]) for one in workers if one["kind"] == "processor"] == [
        ("processor-1", "order-processor"),
        ("processor-2", "order-processor"),
    ]

"""`helm upgrade` from the previous commit's chart to this one, under load."""

import json

import pytest
from support.audit import verify
from support.customer import Customer
from support.prerequisites import missing
from support.release import CHART

pytestmark = pytest.mark.e2e
MORE_SECONDS = 120


def password(release) -> str:
    """The generated one, as Kubernetes keeps it."""
    return release.json("get", "secret", "playground-database")["data"]["password"]


def pods(release) -> dict[str, set[str]]:
    """Component -> the identities of its pods; without those of Jobs, which are done."""
    found: dict[str, set[str]] = {}
    for pod in release.pods():
        metadata = pod["metadata"]
        if metadata["ownerReferences"][0]["kind"] != "Job":
            labels = metadata["labels"]
            component = labels.get("worker", labels["app.kubernetes.io/component"])
            found.setdefault(component, set()).add(metadata["uid"])
    return found


def test_an_upgrade_under_load_loses_nothing_and_repeats_nothing(release, system, previous):
    if previous is None:
        missing("a previous commit to upgrade from (a clone with its history)")
    before, secret = pods(release), password(release)
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200, MORE_SECONDS)
        # Two commits often have the same chart: the label stands for what a new one changes in the pods.
        release.install(CHART, "--set", "podDefaults.podLabels.upgraded=yes")
        customer.wait_for_more(200, MORE_SECONDS)
    after = pods(release)
    assert after.keys() == before.keys() > {"kafka", "database", "api", "processor", "analytics", "exporter"}
    kept = {component for component in before if before[component] & after[component]}
    assert not kept, f"not replaced: {kept}"
    verify(system, customer, seconds=MORE_SECONDS)
    assert password(release) == secret
    assert json.loads(release.playground("status", "-o", "json"))["phase"] == "ready"

"""`helm upgrade` from the previous commit's chart to this one, under load."""

import json

import pytest
from support.audit import verify
from support.customer import Customer
from support.release import CHART

pytestmark = pytest.mark.e2e
MORE_SECONDS = 120


def password(release) -> str:
    """The generated one, as Kubernetes keeps it."""
    return release.json("get", "secret", "playground-database")["data"]["password"]


def test_an_upgrade_under_load_loses_nothing_and_repeats_nothing(release, system, previous):
    if previous is None:
        pytest.skip("there is no previous commit here to upgrade from")
    before = password(release)
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200, MORE_SECONDS)
        # The label stands for whatever a new version changes in the pods: all of them are replaced.
        release.install(CHART, "--set", "podDefaults.podLabels.upgraded=yes")
        customer.wait_for_more(200, MORE_SECONDS)
    verify(system, customer, seconds=MORE_SECONDS)
    assert password(release) == before
    assert json.loads(release.playground("status", "-o", "json"))["phase"] == "ready"

"""A real Prometheus of the release: whether all is scraped and has data, and an alert from begin to end."""

import contextlib
import json

import pytest
from support.customer import Customer
from support.prometheus import Prometheus

from playground.errors import WaitTimeout
from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
SCRAPED_SECONDS = 120
# ConsumerGroupDead waits for a minute before it fires.
ALERT_SECONDS = 180
ALERT = "ConsumerGroupDead"


@pytest.fixture(scope="module")
def prometheus(release):
    with release.forward("playground-prometheus", 9090) as forward:
        yield Prometheus(forward.url)


def test_every_panel_and_every_rule_has_data(system, prometheus, release):
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
        wait_until(lambda: not prometheus.down(), "every target to be scraped", SCRAPED_SECONDS, every=2)
        missing = []

        def complete() -> bool:
            missing[:] = [
                *prometheus.panels_without_series(namespace=release.namespace),
                *prometheus.rules_without_series(),
            ]
            return not missing

        with contextlib.suppress(WaitTimeout):
            wait_until(complete, "panels and rules with data", SCRAPED_SECONDS, every=5)
    assert missing == []


def test_prometheus_and_the_api_know_the_same_lag_and_an_alert_fires_and_clears(system, prometheus, release):
    release.playground("scale", "processor", "0")
    with Customer(system.api.url) as customer:
        customer.wait_for_more(300)
    system_lag = {}

    def same() -> bool:
        groups = json.loads(release.playground("lag", "-o", "json"))["groups"]
        system_lag.update({one["group_id"]: one["total_lag"] for one in groups})
        series = prometheus.ask("query", query='kafka_consumergroup_lag_sum{topic="orders"}')["result"]
        return system_lag == {one["metric"]["consumergroup"]: float(one["value"][1]) for one in series}

    wait_until(same, "Prometheus and /offsets to agree", SCRAPED_SECONDS, every=2)
    assert system_lag["order-processor"] >= 300, system_lag

    wait_until(lambda: ALERT in prometheus.firing(), f"{ALERT} to fire", ALERT_SECONDS, every=2)
    release.playground("scale", "processor", "2")
    wait_until(lambda: ALERT not in prometheus.firing(), f"{ALERT} to clear", ALERT_SECONDS, every=2)
    assert system.settle()["balanced"]

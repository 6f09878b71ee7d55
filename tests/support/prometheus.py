"""Whether dashboards and rules have something to show: their queries, and a Prometheus that is asked them.

    prometheus = Prometheus("http://127.0.0.1:9090")
    assert prometheus.panels_without_series(namespace="play") == []
    assert prometheus.rules_without_series() == []

A panel's query must return a series with a number in it. A rule's returns none while all is well, and
`or 0 * x` in a panel's hides that there is none, so every selector of both is asked by itself too: there must
be series that it matches, as it stands, but for what `ONLY_AFTER_FAULTS` names.
"""

from __future__ import annotations

import json
import math
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import yaml

from support.promql import Selector, selectors

MONITORING = Path(__file__).resolve().parents[2] / "monitoring"
DASHBOARDS = MONITORING / "grafana/dashboards"
RULES = MONITORING / "prometheus/rules"
# What a release in which nothing goes wrong has no series of, and why: a metric, or (metric, label) where it
# is only this label's value that is not there.
ONLY_AFTER_FAULTS = {
    "ALERTS": "an alert is a series only while it is pending or fires",
    "playground_partition_uncommitted": "told only of partitions that a group has not committed yet",
    ("playground_http_requests_total", "status"): "nobody need have been answered with 5xx",
}


@dataclass(frozen=True)
class Asked:
    """A query, and where it stands: "overview: Brokers" or an alert's name."""

    where: str
    query: str


def panel_queries() -> list[Asked]:
    """Every query of every panel, as Grafana has it."""
    return [
        Asked(f"{file.stem}: {panel['title']}", target["expr"])
        for file in sorted(DASHBOARDS.glob("*.json"))
        for panel in json.loads(file.read_text())["panels"]
        for target in panel["targets"]
    ]


def rule_queries() -> list[Asked]:
    """The expression of every alert."""
    return [Asked(rule["alert"], rule["expr"]) for rule in alerts()]


def alerts() -> list[dict]:
    """Every alert, as it stands in its file."""
    return [
        rule
        for file in sorted(RULES.glob("*.yaml"))
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]


def filled(query: str, variables: dict[str, str], interval: str = "1m") -> str:
    """A panel's query with Grafana's variables replaced: its own, and the dashboard's."""
    for name, value in {"__rate_interval": interval, "__interval": interval, **variables}.items():
        query = query.replace(f"${name}", value)
    if "$" in query:
        raise ValueError(f"a variable without a value in {query}")
    return query


def presence(selector: Selector) -> str | None:
    """A query that has series when the selector selects anything; None where there need not be any."""
    if selector.metric in ONLY_AFTER_FAULTS:
        return None
    matchers = []
    for label, operator, value in selector.matchers:
        if (selector.metric, label) not in ONLY_AFTER_FAULTS:
            matchers.append(f'{label}{operator}"{value}"')
            if operator in {"=", "=~"}:
                continue
        # A label that does not exist differs from everything.
        matchers.append(f'{label}!=""')
    return f"{selector.metric}{{{', '.join(matchers)}}}"


class Prometheus:
    """A real Prometheus, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str, **parameters: str) -> object:
        """The `data` of an answer. Raises urllib.error.HTTPError for a query that is wrong."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def values(self, query: str) -> list[float]:
        """The numbers that a query returns now; without those that are none (0 / 0)."""
        series = self.ask("query", query=query)["result"]
        numbers = [float(one["value"][1]) for one in series]
        return [one for one in numbers if not math.isnan(one)]

    def panels_without_series(self, **variables: str) -> list[str]:
        """Panels that would show "No data", with their query, and panels that select what is not there."""
        variables = {"consumergroup": ".+", **variables}
        asked = [Asked(one.where, filled(one.query, variables)) for one in panel_queries()]
        empty = [f"{one.where}: {one.query}" for one in asked if not self.values(one.query)]
        return empty + self._selecting_nothing(asked)

    def rules_without_series(self) -> list[str]:
        """Rules that select what is not there, or that this Prometheus cannot evaluate."""
        for one in rule_queries():
            self.ask("query", query=one.query)
        return self._selecting_nothing(rule_queries()) + self._unhealthy_rules()

    def _selecting_nothing(self, asked: list[Asked]) -> list[str]:
        wanted = {
            f"{one.where}: {query}": query
            for one in asked
            for selector in selectors(one.query)
            if (query := presence(selector)) is not None
        }
        there = {query: bool(self.values(query)) for query in set(wanted.values())}
        return [f"{text} selects nothing" for text, query in wanted.items() if not there[query]]

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        return {
            one["labels"]["alertname"] for one in self.ask("alerts")["alerts"] if one["state"] == "firing"
        }

    def down(self) -> list[str]:
        """Targets that cannot be scraped, with the reason."""
        return [
            f"{one['labels']['job']} {one['scrapeUrl']}: {one['lastError']}"
            for one in self.ask("targets", state="active")["activeTargets"]
            if one["health"] != "up"
        ]

    def _unhealthy_rules(self) -> list[str]:
        loaded = {rule["name"]: rule for group in self.ask("rules")["groups"] for rule in group["rules"]}
        wanted = {one.where for one in rule_queries()}
        failing = [
            f"{name}: {rule.get('lastError')}" for name, rule in loaded.items() if rule["health"] == "err"
        ]
        return [f"{name}: not loaded" for name in sorted(wanted - set(loaded))] + failing

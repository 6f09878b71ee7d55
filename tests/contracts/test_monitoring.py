"""Dashboards, rules and runbooks against what is exported, and against each other."""

import importlib
import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from support.prerequisites import missing
from support.prometheus import DASHBOARDS, MONITORING, RULES, alerts, filled, panel_queries, rule_queries
from support.promql import grouping_labels, selectors

from playground.metrics import ALL_METRICS
from playground.topics import DEAD_LETTERS

ROOT = MONITORING.parent
BOARDS = {file.stem: json.loads(file.read_text()) for file in sorted(DASHBOARDS.glob("*.json"))}
# What Prometheus and its service discovery put onto each series of ours.
SCRAPED = {"job", "instance", "namespace", "pod"}
PROMETHEUS = {"up": SCRAPED, "ALERTS": SCRAPED | {"alertname", "alertstate", "severity"}}
# The JMX exporter has these of every JVM, without a rule.
JVM = {
    "jvm_memory_used_bytes": {"area"},
    "jvm_memory_max_bytes": {"area"},
    "jvm_gc_collection_seconds_sum": {"gc"},
    "jvm_threads_current": set(),
    "process_cpu_seconds_total": set(),
    "process_open_fds": set(),
    "process_resident_memory_bytes": set(),
}
ALTERNATIVES = re.compile(r"\(([\w|]+)\)")


def exported():
    """Metric -> labels of everything that a release exports."""
    found = dict(PROMETHEUS) | {name: SCRAPED | labels for name, labels in JVM.items()}
    for metric in ALL_METRICS:
        labels = SCRAPED | set(metric.labels)
        if metric.type == "histogram":
            found |= {f"{metric.name}_bucket": labels | {"le"}}
            found |= {f"{metric.name}_sum": labels, f"{metric.name}_count": labels}
        else:
            found[metric.name] = labels
    return found | jmx()


def jmx():
    """Metrics of the JMX exporter's rules. `$1` stands for each name in the pattern's first group."""
    found = {}
    for rule in yaml.safe_load((MONITORING / "jmx/kafka.yaml").read_text())["rules"]:
        labels = SCRAPED | set(rule.get("labels", {}))
        names = ALTERNATIVES.search(rule["pattern"])[1].split("|") if "$1" in rule["name"] else [""]
        found |= {rule["name"].replace("$1", name).lower(): labels for name in names}
    return found


def asked():
    return [*panel_queries(), *rule_queries()]


@pytest.mark.parametrize("one", asked(), ids=lambda one: one.where)
def test_every_metric_and_label_is_exported(one):
    known, labels = exported(), set()
    for selector in selectors(one.query):
        assert selector.metric in known, f"{selector.metric} is exported by nobody"
        unknown = {label for label, _, _ in selector.matchers} - known[selector.metric]
        assert not unknown, f"{selector.metric} has no label {unknown}"
        labels |= known[selector.metric]
    assert labels, "it selects nothing"
    assert grouping_labels(one.query) <= labels


def test_the_dead_letters_that_are_watched_are_ours():
    patterns = {
        value
        for one in asked()
        for selector in selectors(one.query)
        for label, _, value in selector.matchers
        if label == "topic"
    }

    assert patterns
    assert all(re.fullmatch(pattern, DEAD_LETTERS) for pattern in patterns)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_is_and_what_to_do(alert):
    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert alert["annotations"]["summary"]
    assert len(alert["annotations"]["description"]) > 60
    page = ROOT / alert["annotations"]["runbook_url"]
    assert page == ROOT / f"docs/runbooks/{alert['alert']}.md"
    parts = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    assert parts == ["Confirm", "Cause", "Remedy"]
    assert "**Symptom.**" in page.read_text()


def test_every_runbook_has_its_alert_and_the_list_has_all():
    names = {alert["alert"] for alert in alerts()}
    pages = {file.stem for file in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}

    assert pages == names
    assert set(re.findall(r"\]\((\w+)\.md\)", (ROOT / "docs/runbooks/README.md").read_text())) == names


def test_every_alert_is_tested_to_fire_and_not_to():
    tests = [
        (check["alertname"], bool(check["exp_alerts"]))
        for file in (RULES / "tests").glob("*.yaml")
        for test in yaml.safe_load(file.read_text())["tests"]
        for check in test["alert_rule_test"]
    ]

    for alert in alerts():
        assert (alert["alert"], True) in tests
        # Without `for` the test that fires shows by other series that it does not.
        assert (alert["alert"], False) in tests or "for" not in alert


def test_prometheus_accepts_configuration_and_rules():
    run_promtool("check", "config", MONITORING / "prometheus/prometheus.yaml")
    run_promtool("check", "rules", *sorted(RULES.glob("*.yaml")))
    run_promtool("test", "rules", *sorted((RULES / "tests").glob("*.yaml")))


def run_promtool(*arguments):
    if shutil.which("promtool") is None:
        missing("promtool (Debian package prometheus)")
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboards_are_what_their_program_says(monkeypatch):
    monkeypatch.syspath_prepend(str(MONITORING / "grafana"))
    generate = importlib.import_module("generate")
    try:
        made = {name: generate.text_of(make()) for name, make in generate.DASHBOARDS.items()}
    finally:
        for module in ("generate", "parts", "overview", "consumer_groups", "api_requests", "brokers"):
            sys.modules.pop(module, None)

    assert {file.stem: file.read_text() for file in DASHBOARDS.glob("*.json")} == made, (
        "run `make dashboards`"
    )


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_complete(name):
    board = BOARDS[name]
    variables = {one["name"]: one for one in board["templating"]["list"]}

    assert "__inputs" not in board
    assert board["uid"] == f"playground-{name}"
    assert "id" not in board or board["id"] is None
    assert variables["datasource"]["type"] == "datasource"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            assert target["legendFormat"], panel["title"]
            assert "namespace=" in target["expr"], panel["title"]
            filled(target["expr"], dict.fromkeys(variables, "x"))


def test_rates_span_several_scrapes_of_brokers():
    """Grafana takes the data source's interval for that of each job, unless the query says another."""
    config = yaml.safe_load((MONITORING / "prometheus/prometheus.yaml").read_text())
    every = next(one["scrape_interval"] for one in config["scrape_configs"] if one["job_name"] == "kafka-jmx")
    source = yaml.safe_load((MONITORING / "grafana/provisioning/datasource.yaml").read_text())
    targets = [
        target
        for panel in BOARDS["brokers"]["panels"]
        for target in panel["targets"]
        if "$__rate_interval" in target["expr"]
    ]

    assert targets
    assert {target["interval"] for target in targets} == {every}
    assert source["datasources"][0]["jsonData"]["timeInterval"] == config["global"]["scrape_interval"]


def test_what_a_legend_names_is_in_the_series():
    for board in BOARDS.values():
        for panel in board["panels"]:
            for target in panel["targets"]:
                named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                assert named <= grouping_labels(target["expr"]), panel["title"]
                if len(panel["targets"]) == 1 and panel["type"] == "timeseries":
                    assert named == grouping_labels(target["expr"]) - {"le"} or named, panel["title"]


def test_panels_do_not_overlap():
    for name, board in BOARDS.items():
        cells = [
            (x, y)
            for panel in board["panels"]
            for at in [panel["gridPos"]]
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        ]
        assert len(cells) == len(set(cells)), name
        assert max(x for x, _ in cells) < 24, name

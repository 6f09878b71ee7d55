"""What is read out of PromQL, and what a Prometheus is asked about dashboards and rules."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from support.prometheus import (
    ONLY_AFTER_FAULTS,
    Prometheus,
    alerts,
    filled,
    panel_queries,
    presence,
    rule_queries,
)
from support.promql import Selector, grouping_labels, selectors


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up", ["up"]),
        ("sum by (a, b) (rate(x_total[5m])) / 2e3", ["x_total"]),
        ("max without (pod) (x) > -1.5", ["x"]),
        ("sum(x) by (pod)", ["x"]),
        ("x and on (group) y unless z offset 5m", ["x", "y", "z"]),
        ("absent(up{job='x'}) or vector(0)".replace("'", '"'), ["up"]),
        ('label_replace(x, "to", "$1", "from", "(.*)")', ["x"]),
        ("rate(x:y_total[$__rate_interval]) * on (a) group_left (b) z", ["x:y_total", "z"]),
        ("histogram_quantile(0.95, sum by (le) (rate(x_bucket[2m])))", ["x_bucket"]),
        ("0 * max by (a) (x) == bool 1", ["x"]),
    ],
)
def test_metrics_are_told_from_functions_labels_and_words(expression, metrics):
    assert [selector.metric for selector in selectors(expression)] == metrics


def test_matchers_may_hold_what_means_something_elsewhere():
    found = selectors('x{a="}{,", b=~"5..|up", c!~"\\"y\\"" , d!=""} > 1')

    assert found == [
        Selector("x", (("a", "=", "}{,"), ("b", "=~", "5..|up"), ("c", "!~", '\\"y\\"'), ("d", "!=", "")))
    ]


def test_matchers_that_cannot_be_read_are_refused():
    with pytest.raises(ValueError, match="matchers of x"):
        selectors("x{a=1}")


def test_labels_that_are_grouped_and_joined_by():
    assert grouping_labels('sum by (a,b) (x{c="1"}) * on (d) group_left () y') == {"a", "b", "d"}


def test_a_selector_is_asked_for_as_it_stands_but_for_what_only_faults_bring():
    orders = Selector("x", (("job", "=", "api"), ("status", "=~", "5.."), ("route", "!~", "/healthz")))
    answers = Selector("playground_http_requests_total", (("route", "!~", "/a"), ("status", "=~", "5..")))

    assert presence(orders) == 'x{job="api", status=~"5..", route!~"/healthz", route!=""}'
    assert presence(answers) == 'playground_http_requests_total{route!~"/a", route!="", status!=""}'
    assert presence(Selector("ALERTS", (("alertstate", "=", "firing"),))) is None


def test_every_exception_is_of_something_that_is_selected():
    """One that no query needs any more would only hide a mistake."""
    found = {
        each
        for one in [*panel_queries(), *rule_queries()]
        for selector in selectors(one.query)
        for each in (selector.metric, *((selector.metric, label) for label, *_ in selector.matchers))
    }

    assert set(ONLY_AFTER_FAULTS) <= found


def test_variables_are_filled_and_none_is_left():
    query = 'rate(x{namespace="$namespace"}[$__rate_interval])'

    assert filled(query, {"namespace": "play"}) == 'rate(x{namespace="play"}[1m])'
    with pytest.raises(ValueError, match="without a value"):
        filled(query, {})


def test_every_query_is_found():
    panels = panel_queries()

    assert len({one.where for one in panels}) > 40
    assert {one.where.split(":")[0] for one in panels} == {"overview", "consumer-groups", "api", "brokers"}
    assert len(rule_queries()) == len(alerts()) == len({one.where for one in rule_queries()}) > 10
    for one in [*panels, *rule_queries()]:
        assert selectors(one.query), one


@pytest.fixture
def recorded():
    """A server that answers as Prometheus does, from what a test puts into `series` (query -> numbers)."""

    class Answers(BaseHTTPRequestHandler):
        series = {}  # noqa: RUF012
        rules = []  # noqa: RUF012

        def do_GET(self):
            path, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if path.endswith("/rules"):
                data = {"groups": [{"rules": self.rules}]}
            else:
                found = self.series(asked["query"][0])
                data = {"result": [{"metric": {}, "value": [0, number]} for number in found]}
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Answers, Prometheus(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_panels_that_show_nothing_are_named(recorded):
    answers, prometheus = recorded
    answers.series = staticmethod(lambda query: [] if "kafka_brokers" in query else ["1"])

    assert prometheus.panels_without_series(namespace="play") == [
        'overview: Brokers: max(kafka_brokers{namespace="play"})',
        'overview: Brokers: kafka_brokers{namespace="play"} selects nothing',
    ]


def test_a_panel_that_falls_back_to_zero_is_named_when_it_selects_nothing(recorded):
    answers, prometheus = recorded
    gone = 'kafka_topic_partition_oldest_offset{namespace="play", topic=~".+[.]dlq"}'
    answers.series = staticmethod(lambda query: [] if query == gone else ["0"])

    assert prometheus.panels_without_series(namespace="play") == [
        f"overview: Dead letters: {gone} selects nothing"
    ]


def test_a_panel_of_nothing_but_no_numbers_shows_nothing(recorded):
    answers, prometheus = recorded
    answers.series = staticmethod(
        lambda query: ["NaN"] if "histogram_quantile(0.5" in query else ["NaN", "0"]
    )

    assert {where.split(":")[0] for where in prometheus.panels_without_series(namespace="play")} == {
        "api",
        "consumer-groups",
    }


def test_rules_about_nothing_and_rules_that_are_not_loaded_are_named(recorded):
    answers, prometheus = recorded
    answers.series = staticmethod(lambda query: [] if query == "playground_kafka_up{}" else ["1"])
    names = [one.where for one in rule_queries()]
    answers.rules = [
        {"name": name, "health": "err" if name == "WorkerDown" else "ok", "lastError": "it broke"}
        for name in names
        if name != "ApiSlow"
    ]

    assert prometheus.rules_without_series() == [
        "ExporterStale: playground_kafka_up{} selects nothing",
        "KafkaUnreachable: playground_kafka_up{} selects nothing",
        "ApiSlow: not loaded",
        "WorkerDown: it broke",
    ]

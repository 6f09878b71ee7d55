"""The benchmark's own arithmetic: what it may say, and what it must not."""

import json
import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.baselines.collector import render_with_client
from bench.cpu import Stopwatch, cpu_seconds, tree
from bench.http_load import LUA
from bench.measure import Reading, Sample, Skipped, Variant, ratios, run_rounds, spread, too_busy
from bench.plan import Group, Row
from bench.report import judge, markdown
from bench.rows_batches import read_rates
from bench.rows_scrape import made_up_report
from bench.rows_visible import Visible, percentile
from bench.table import GROUPS
from playground.lag_metrics import render_lag

ROW = Row("a-b", "a", "b", "A", "B", 2.0)
GROUP = Group("g", "orders/s", (ROW,), open=None)


def sample(value, foreign=0.01):
    return Sample(Reading(value), foreign, 1.0)


def test_ratios_are_made_round_by_round():
    ours, theirs = [sample(100), sample(300)], [sample(50), sample(100)]
    assert ratios(ours, theirs, less_is_better=False) == [2, 3]
    assert ratios(ours, theirs, less_is_better=True) == [0.5, pytest.approx(1 / 3)]


def test_spread_is_median_lowest_highest():
    found = spread([5, 1, 3])
    assert (found.median, found.low, found.high) == (3, 1, 5)


def test_rounds_are_interleaved_and_a_variant_that_cannot_run_is_skipped_once():
    calls = []

    def variant(name):
        def measure(watch):
            calls.append(name)
            if name == "C":
                raise Skipped("not here")
            watch.start()
            watch.stop()
            return Reading(1.0)

        return Variant(name, measure)

    samples, skipped = run_rounds([variant("A"), variant("C"), variant("B")], 2, lambda _text: None)
    assert calls == ["A", "C", "B", "A", "B"]
    assert skipped == {"C": "not here"}
    assert [len(samples[name]) for name in "AB"] == [2, 2]


def test_one_busy_round_is_enough_to_refuse_a_ratio():
    samples = {"A": [sample(100), sample(100, foreign=0.23)], "B": [sample(10), sample(10)]}
    line = judge(GROUP, ROW, samples, {}, accept_noise=False)
    assert line["verdict"] == "too busy: foreign CPU 23%"
    assert "ratio" not in line
    accepted = judge(GROUP, ROW, samples, {}, accept_noise=True)
    assert accepted["ratio"]["median"] == 10
    assert "noise accepted" in accepted["verdict"]
    assert too_busy([sample(1, foreign=0.1)]) is None


@pytest.mark.parametrize(("ours", "verdict"), [(21, "reached"), (19, "missed")])
def test_a_ratio_is_held_against_what_is_to_be_reached(ours, verdict):
    line = judge(GROUP, ROW, {"A": [sample(ours)], "B": [sample(10)]}, {}, accept_noise=False)
    assert line["verdict"] == verdict


@pytest.mark.parametrize(("value", "verdict"), [(149, "reached"), (151, "missed")])
def test_a_limit_is_held_without_an_opponent_whatever_others_compute(value, verdict):
    row = Row("m", "memory", "", "A", None, 150)
    group = Group("m", "MB", (row,), open=None, less_is_better=True, noise_is_harmless=True)
    line = judge(group, row, {"A": [sample(value, foreign=0.9)]}, {}, accept_noise=False)
    assert line["verdict"] == verdict


def test_a_skipped_row_says_why():
    line = judge(GROUP, ROW, {"A": [sample(1)], "B": []}, {"B": "not installed"}, accept_noise=False)
    assert line["verdict"] == "skipped: not installed"
    page = {"taken_at": "", "commit": "", "rounds": 1, "quick": True, "machine": {}, "versions": {}}
    text = markdown(page | {"http_load": "", "rows": [line]})
    assert "| a-b | a | b |" in text
    assert "not installed" in text


def test_cpu_of_children_counts_as_ours_also_after_their_end():
    before = cpu_seconds(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(1, flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    assert child.pid in tree(os.getpid())
    assert cpu_seconds(os.getpid()) - before >= 0.25
    child.communicate(b"\n")
    assert child.pid not in tree(os.getpid())
    assert cpu_seconds(os.getpid()) - before >= 0.25


def test_a_stopwatch_tells_how_much_others_took():
    watch = Stopwatch()
    watch.start()
    assert watch.stop() > 0
    assert watch.foreign >= 0


def test_every_row_has_its_own_key_and_no_unknown_variant():
    keys = [row.key for group in GROUPS for row in group.rows]
    assert len(keys) == len(set(keys))
    for group in GROUPS:
        assert group.needed({row.key for row in group.rows})


def test_only_the_steady_part_of_producer_performance_counts():
    output = (
        "100000 records sent, 20000.0 records/sec (2.0 MB/sec), 3.2 ms avg latency.\n"
        "200000 records sent, 150000.5 records/sec (14.30 MB/sec), 30.1 ms avg latency.\n"
        "150000 steady state records sent, 190000.5 records/sec (18.12 MB/sec), 28.0 ms avg latency.\n"
    )
    assert read_rates(output) == (190000.5, 150000.5)
    with pytest.raises(AssertionError, match="did not say"):
        read_rates("Exception in thread main")


def test_a_record_is_visible_when_an_event_covers_its_offset():
    visible = Visible(type("Worker", (), {"events": lambda _self, _seconds: iter(())})())
    visible.note([{"partition": 1, "last_offset": 4}], 10.0)
    visible.note([{"partition": 1, "last_offset": 9}], 11.0)
    assert [visible.at(1, offset) for offset in (0, 4, 5, 9, 10)] == [10.0, 10.0, 11.0, 11.0, None]
    assert visible.at(2, 0) is None


def test_percentiles_of_sorted_values():
    values = [float(number) for number in range(100)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1)] == [50, 99, 99]


def test_both_ways_to_the_metrics_page_say_the_same():
    report = made_up_report(3, 4)
    pages = [render_lag(report), render_with_client(report).decode()]
    ours, theirs = (
        {(s.name, *sorted(s.labels.items()), s.value) for family in text_string_to_metric_families(page)
         for s in family.samples}
        for page in pages
    )  # fmt: skip
    assert len(theirs) == 3 * 4 * 3
    assert theirs <= ours


def test_bodies_are_quoted_for_lua():
    text = LUA.format(bodies=json.dumps('{"user": "a"}\n'), content_type="x")
    assert r'local bodies = { "{\"user\": \"a\"}\n" }' in text

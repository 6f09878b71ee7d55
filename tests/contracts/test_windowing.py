"""Our windows against those of Kafka Streams and of ksqlDB, as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.live_ksqldb import read_input

from playground.tables import MINUTE_MS, Window
from playground.windowing import WindowCounts

DATA = Path(__file__).parents[1] / "data"
CASES = json.loads((DATA / "streams" / "windows.json").read_text())["cases"]
TUMBLING = Window(MINUTE_MS, MINUTE_MS)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_counts_are_those_of_kafka_streams(case):
    window = Window(case["size_ms"], case["advance_ms"])
    found = WindowCounts(window, case["grace_ms"]).read_all(case["records"])

    assert found.late.total() == case["dropped"]
    table = {(key, start): count for key, start, count in case["table"]}
    assert found.table() == table


def test_the_recordings_have_late_records_and_forgotten_windows():
    """Otherwise the comparison above would prove little."""
    assert sum(case["dropped"] > 0 for case in CASES) > 10
    forgotten = 0
    for case in CASES:
        window = Window(case["size_ms"], case["advance_ms"])
        found = WindowCounts(window, case["grace_ms"]).read_all(case["records"])
        forgotten += len(found.counted) > len(case["table"])
    assert forgotten > 10


def test_ksqldbs_table_with_a_minute_of_grace_forgot_its_first_windows_and_dropped_nothing():
    """Recorded: of four minutes of orders the table had two. None of them was late; it only remembers two."""
    orders = [
        (each["value"]["item"], each["timestamp"]) for each in read_input() if each["topic"] == "orders"
    ]
    found = WindowCounts(TUMBLING, MINUTE_MS).read_all(orders)
    recorded = json.loads((DATA / "ksqldb" / "orders.json").read_text())["exchanges"]
    [body] = [each["body"] for each in recorded if each["name"] == "pull orders_per_min"]
    rows = [json.loads(line) for line in body.splitlines()[1:] if line]

    assert found.late.total() == 0
    assert len(found.counted) == 12
    assert found.table() == {(item, start): count for item, start, _end, count in rows}

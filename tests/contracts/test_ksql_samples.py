"""The sample queries of ksql/tests: the rows that they promise, by ksqlDB as recorded or a live one.

    PLAYGROUND_KSQLDB_URL=http://127.0.0.1:8088 PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 pytest ...

asks a real server the same; its topics must be empty, or hold the input from an earlier run.
"""

import json
from collections import defaultdict

import pytest
from support.live_ksqldb import live_or_recorded, moved, read_input, samples
from support.recorded_orders import recorded_batch

from playground.jobs import ANALYTICS
from playground.ksqldb.client import KsqlDb
from playground.store.sqlite import SqliteStore
from playground.store.tables import AnalyticsTables
from playground.tables import TableQuery, find_table

SAMPLES = samples()


@pytest.fixture(scope="module")
def ksqldb():
    """Address of the server, and how much later than in the file its input is."""
    with live_or_recorded() as found:
        yield found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_gets_the_rows_that_it_promises(ksqldb, name):
    url, moved_ms = ksqldb
    sample = SAMPLES[name]
    found = KsqlDb(url).query(sample["sql"])

    names = [column for column, _type in found.columns]
    rows = [dict(zip(names, row, strict=True)) for row in found.rows]
    assert in_any_order(rows) == in_any_order(moved(row, moved_ms) for row in sample["rows"])
    assert sample["question"].endswith(("?", "0.", "nulls.", "windows."))


def in_any_order(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_analytics_promises_the_same_of_the_same_input(tmp_path):
    """The input of ksql/tests, as a worker reads it."""
    store = SqliteStore(tmp_path / "orders.db")
    topic = store.topic_ref("orders", "an id")
    store.begin_partitions(ANALYTICS, topic, {0: 0})
    store.apply_analytics(ANALYTICS, topic, "w", [recorded_batch()])
    engine = AnalyticsTables(store)
    asked = {
        "items": TableQuery(find_table("item_count")),
        "books": TableQuery(find_table("item_count"), "book"),
        "nothing": TableQuery(find_table("item_count"), "nothing"),
        "pens_now": TableQuery(find_table("item_trend"), "pen"),
    }

    for name, query in asked.items():
        answer = engine.query(query)
        names = [column.name for column in answer.columns]
        found = [dict(zip(names, row, strict=True)) for row in answer.rows]
        assert in_any_order(found) == in_any_order(SAMPLES[name]["rows"]), name
    store.close()


def test_the_input_keeps_to_its_own_rules():
    """What a join needs: profiles before orders, and each topic's key as producers set it."""
    by_topic = defaultdict(list)
    for each in read_input():
        by_topic[each["topic"]].append(each)

    assert {topic: len(each) for topic, each in by_topic.items()} == {
        "users": 3,
        "orders": 24,
        "payments": 12,
    }
    assert max(each["timestamp"] for each in by_topic["users"]) < by_topic["orders"][0]["timestamp"]
    for each in by_topic["orders"]:
        assert each["key"] == each["value"]["user"]
        assert each["timestamp"] == each["value"]["ts"]
    for each in by_topic["payments"]:
        assert each["key"] == str(each["value"]["order_id"])

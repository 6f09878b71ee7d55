"""GET /topics/{topic}/records: records as they stand in a topic."""

import json

import pytest
from support.asking import ask

from playground.clock import iso, now_ms

NOW = now_ms()


def post(url, path, **body):
    return ask(url, "POST", path, json.dumps(body).encode(), content_type="application/json")


@pytest.fixture
def topic(url):
    name = "lab.records"
    assert post(url, "/lab/topics", topic=name, partitions=3).status == 201
    yield name
    assert ask(url, "DELETE", f"/lab/topics/{name}").status == 200


def read(url, topic, query=""):
    answer = ask(url, "GET", f"/topics/{topic}/records{query}")
    assert answer.status == 200, answer.content
    return answer.document["records"]


def test_records_are_read_as_they_were_written(url, topic):
    written = [
        {"key": "a", "value": "first", "timestamp": NOW - 5},
        {"key": "a", "value": "second", "timestamp": NOW - 3_000_000},
        {"key": "b", "value": "ü"},
    ]
    places = post(url, f"/lab/topics/{topic}/records", records=written).document["places"]

    found = {(each["partition"], each["offset"]): each for each in read(url, topic)}

    assert len(found) == 3
    for sent, place in zip(written, places, strict=True):
        got = found[place["partition"], place["offset"]]
        assert (got["key"], got["value"]) == (sent["key"], sent["value"])
    first, second = (found[place["partition"], place["offset"]]["timestamp"] for place in places[:2])
    assert (first, second) == (iso(NOW - 5), iso(NOW - 3_000_000))


def test_a_time_beyond_the_retention_is_refused_before_anything_is_written(url, topic):
    """The broker would take the record away again, and a recount would not find what was counted."""
    written = [{"key": "a"}, {"key": "a", "timestamp": NOW - 3_700_000}]

    answer = post(url, f"/lab/topics/{topic}/records", records=written)

    assert (answer.status, answer.document["field"]) == (422, "timestamp")
    assert "one hour" in answer.document["detail"]
    assert read(url, topic) == []


def test_a_stretch_of_one_partition(url, topic):
    post(url, f"/lab/topics/{topic}/records", records=[{"key": "a", "value": str(n)} for n in range(5)])
    [partition] = {each["partition"] for each in read(url, topic)}

    assert [each["value"] for each in read(url, topic, f"?partition={partition}&offset=2&limit=2")] == [
        "2",
        "3",
    ]
    assert read(url, topic, f"?partition={partition}&offset=5") == []
    assert len(read(url, topic, "?limit=4")) == 4


def test_orders_are_there_with_their_timestamps(url):
    order = {"user": "ada", "item": "a record", "qty": 1}
    accepted = post(url, "/produce", **order).document

    place = f"?partition={accepted['partition']}&offset={accepted['offset']}&limit=1"
    [record] = read(url, "orders", place)

    assert json.loads(record["value"])["item"] == "a record"
    assert (record["key"], record["timestamp"]) == ("ada", accepted["timestamp"])


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/topics/__consumer_offsets/records", 404, None),
        ("/topics/lab.nowhere/records", 404, None),
        ("/topics/orders/records?partition=99", 422, "partition"),
        ("/topics/orders/records?offset=3", 422, "offset"),
        ("/topics/orders/records?partition=0&offset=-1", 422, "offset"),
        ("/topics/orders/records?limit=2001", 422, "limit"),
        ("/topics/orders/records?from=3", 422, "from"),
    ],
)
def test_what_cannot_be_read_is_named(url, path, status, field):
    answer = ask(url, "GET", path)

    assert (answer.status, answer.document.get("field")) == (status, field)
    assert answer.document["title"]

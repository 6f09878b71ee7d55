"""POST /produce/raw: bad records on purpose, and nothing else."""

import pytest
from support.asking import ask, produce
from support.system import System

from playground.records import RecordReader

SECONDS = 10
ORDER = b'{"order_id":7,"user":"alice","item":"book","qty":2}'
BYTES = "application/octet-stream"


def write(url, body, query="", **headers):
    """POST bytes as they are."""
    return ask(url, "POST", f"/produce/raw{query}", body, **{"content_type": BYTES} | headers)


def record_at(system, place):
    """The record itself, from the broker."""
    reader = RecordReader(system.settings.kafka, "test")
    try:
        stretch = {(place["topic"], place["partition"]): (place["offset"], place["offset"] + 1)}
        (record,) = reader.read(stretch, SECONDS)
    finally:
        reader.close()
    return record


def test_bytes_that_are_no_order_stand_in_the_wanted_partition_as_they_are(shared_system, url):
    answer = write(url, b"\xff\x00 not json", "?partition=4")

    assert answer.status == 201
    place = answer.document
    assert (place["topic"], place["partition"]) == ("orders", 4)
    assert record_at(shared_system, place).value() == b"\xff\x00 not json"


def test_a_key_goes_where_the_same_key_of_an_order_goes(url):
    order = produce(url, {"user": "alice", "item": "book", "qty": 1}).document

    assert write(url, b"{}", "?key=alice").document["partition"] == order["partition"]


def test_a_tombstone_has_no_value(shared_system, url):
    place = write(url, b"", "?partition=1&tombstone=true").document

    assert record_at(shared_system, place).value() is None


def test_a_valid_order_is_refused_so_that_nobody_gets_around_the_rules(url):
    answer = write(url, ORDER)

    assert answer.status == 422
    assert "POST /produce" in answer.document["next_step"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?partition=99", "partition"),
        ("?partition=-1", "partition"),
        ("?key=", "key"),
        ("?tombstone=true", "tombstone"),
        ("?partiton=1", "partiton"),
    ],
)
def test_a_wrong_parameter_is_named(url, query, field):
    answer = write(url, b"nothing", query)

    assert (answer.status, answer.document["field"]) == (422, field)


def test_a_record_larger_than_the_topic_takes_is_refused_by_its_size(url):
    assert write(url, b"x" * 900_000).status == 201
    assert write(url, b"x" * 900_001).status == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", ""])
def test_a_content_type_that_any_page_may_send_is_refused(url, content_type):
    assert write(url, b"nothing", content_type=content_type).status == 415


def test_a_page_of_another_origin_may_not(url):
    assert write(url, b"nothing", origin="http://elsewhere.example").status == 403


@pytest.mark.slow
def test_it_is_off_when_others_than_this_machine_can_reach_the_api(tmp_path):
    under_test = System(tmp_path, API_HOST="0.0.0.0")  # noqa: S104 - what the test is about
    try:
        under_test.start()
        answer = write(under_test.settings.api.url, b"nothing")
    finally:
        under_test.end()

    assert answer.status == 501
    assert "PLAYGROUND_API_RAW_RECORDS" in answer.document["next_step"]

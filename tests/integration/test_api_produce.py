"""POST /produce on the real broker: a 201 is true, and everything else names what is wrong."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.asking import ask, produce, produce_lines

from playground.orders import order_id_of_idempotency_key, parse_order
from playground.records import RecordReader

ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}
AT = "2026-11-23T06:36:32.123Z"


@pytest.fixture(scope="module")
def read_back(shared_system):
    """The record at a partition and offset, read by somebody else."""
    reader = RecordReader(shared_system.settings.kafka, "test-reader")

    def read(accepted):
        place = (accepted["topic"], accepted["partition"])
        (record,) = reader.read({place: (accepted["offset"], accepted["offset"] + 1)}, 10)
        return record

    yield read
    reader.close()


def ends(system):
    """Records in the topic, all partitions together."""
    (topic,) = [each for each in system.get("/topics")["topics"] if each["topic"] == "orders"]
    return sum(part["end_offset"] for part in topic["partitions"])


def test_every_field_of_a_201_is_true(url, read_back):
    answer = produce(url, ORDER)

    assert answer.status == 201
    record = read_back(answer.document)
    order = parse_order(record.value())
    assert order.order_id == answer.document["order_id"] > 10**15
    assert (order.user, order.item, order.qty, order.age, order.age_group) == (
        "alice",
        "book",
        2,
        31,
        "adult",
    )
    assert record.key() == b"alice"
    assert len(answer.document["timestamp"]) == len(AT)
    assert answer.document["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("strategy", "key"),
    [("user", b"alice"), ("item", b"book"), ("age_group", b"adult"), ("order_id", b"77"), ("none", None)],
)
def test_the_key_is_the_one_that_was_asked_for(url, read_back, strategy, key):
    answer = produce(url, {**ORDER, "order_id": 77}, f"/produce?key={strategy}")

    assert answer.status == 201
    assert read_back(answer.document).key() == key


@pytest.mark.parametrize("form", ["array", "lines"])
def test_a_batch_of_good_orders_is_accepted_in_order(url, read_back, form):
    orders = [{**ORDER, "user": f"user-{number}"} for number in range(50)]
    if form == "array":
        answer = produce(url, orders)
    else:
        answer = produce_lines(url, b"\n\n".join(json.dumps(order).encode() for order in orders) + b"\r\n")

    assert answer.status == 201
    accepted = answer.document["accepted"]
    assert [each["index"] for each in accepted] == list(range(50))
    assert answer.document["rejected"] == []
    for each in accepted[::10]:
        order = parse_order(read_back(each).value())
        assert (order.order_id, order.user) == (each["order_id"], f"user-{each['index']}")


def test_a_mixed_batch_says_which_are_in_and_why_others_are_not(url):
    lines = [json.dumps(ORDER), json.dumps({**ORDER, "qty": 0}), "{", '{"user": "x"}', json.dumps(ORDER)]

    answer = produce_lines(url, "\n".join(lines).encode())

    assert answer.status == 207
    assert [each["index"] for each in answer.document["accepted"]] == [0, 4]
    rejected = {each["index"]: each["field"] for each in answer.document["rejected"]}
    assert rejected == {1: "qty", 2: None, 3: "item"}


def test_a_batch_of_which_nothing_is_good_is_a_422_and_writes_nothing(url, shared_system):
    before = ends(shared_system)
    answer = produce(url, [{**ORDER, "qty": -1}, {**ORDER, "age": 200}])

    assert answer.status == 422
    assert [each["field"] for each in answer.document["rejected"]] == ["qty", "age"]
    assert answer.document["accepted"] == []
    assert ends(shared_system) == before


BAD = [
    ({**ORDER, "qty": "2"}, "qty"),
    ({**ORDER, "qty": 2.5}, "qty"),
    ({**ORDER, "qty": 0}, "qty"),
    ({**ORDER, "qty": 10_001}, "qty"),
    ({**ORDER, "qty": True}, "qty"),
    ({**ORDER, "user": ""}, "user"),
    ({**ORDER, "user": "   "}, "user"),
    ({**ORDER, "user": "x" * 65}, "user"),
    ({**ORDER, "user": "a\u0000b"}, "user"),
    ({**ORDER, "item": "a\u001b[31m"}, "item"),
    ({**ORDER, "item": ["book"]}, "item"),
    ({**ORDER, "age": -1}, "age"),
    ({**ORDER, "age": 151}, "age"),
    ({**ORDER, "age_group": "old"}, "age_group"),
    ({**ORDER, "age": 5, "age_group": "senior"}, "age_group"),
    ({**ORDER, "order_id": 0}, "order_id"),
    ({**ORDER, "order_id": 10**15}, "order_id"),
    ({**ORDER, "colour": "red"}, "colour"),
    ({"user": "alice", "item": "book"}, "qty"),
]


@pytest.mark.parametrize(("order", "field"), BAD)
def test_a_bad_field_is_a_422_that_names_it(url, order, field):
    answer = produce(url, order)

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.document["field"] == field
    assert answer.document["detail"]


def test_the_key_needs_its_field(url):
    answer = produce(url, {"user": "a", "item": "b", "qty": 1}, "/produce?key=age_group")

    assert (answer.status, answer.document["field"]) == (422, "age_group")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"text"',
        b"12",
        b'{"user": "a", "item": "b", "qty": NaN}',
        b'{"user": "a", "item": "b", "qty": 1e999}',
        b'{"user": "\xff", "item": "b", "qty": 1}',
        b"[" * 100_000,
        b'{"user": ' + b"[" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
    ids=["empty", "cut", "null", "text", "number", "nan", "huge", "latin", "deep-array", "deep-field", "bom"],
)
def test_what_is_no_order_is_a_4xx_and_never_a_5xx(url, body):
    answer = ask(url, "POST", "/produce", body, content_type="application/json")

    assert answer.status in {400, 422}
    assert answer.document["detail"]


@pytest.mark.parametrize("body", [b"[]", b"[ ]"])
def test_an_empty_batch_is_refused(url, body):
    assert ask(url, "POST", "/produce", body, content_type="application/json").status == 422
    assert produce_lines(url, b"\n \n").status == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [("key=colour", "key"), ("key=", "key"), ("kee=user", "kee"), ("key=user&key=item", "key")],
)
def test_a_bad_query_is_a_422_that_names_the_parameter(url, query, field):
    answer = produce(url, ORDER, f"/produce?{query}")

    assert (answer.status, answer.document["field"]) == (422, field)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin-1",
    ],
)
def test_other_content_types_are_a_415(url, content_type):
    answer = produce(url, ORDER, content_type=content_type)

    assert (answer.status, answer.document["field"]) == (415, "Content-Type")


def test_no_content_type_is_a_415(url):
    assert ask(url, "POST", "/produce", b"{}").status == 415


def test_other_methods_are_a_405_that_lists_the_one(url):
    answer = ask(url, "GET", "/produce")

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_pages_of_other_origins_may_not_produce(url):
    assert produce(url, ORDER, origin="http://evil.example").status == 403
    assert produce(url, ORDER, sec_fetch_site="cross-site").status == 403
    assert produce(url, ORDER, origin=url).status == 201
    assert produce(url, ORDER, host="evil.example").status == 421


def test_a_repeated_key_is_one_record_and_the_same_answer(url, shared_system):
    before = ends(shared_system)
    first = produce(url, ORDER, idempotency_key="order-4711")
    second = produce(url, ORDER, idempotency_key="order-4711")

    assert (first.status, second.status) == (201, 201)
    assert first.document == second.document
    assert first.document["order_id"] == order_id_of_idempotency_key("order-4711")
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert ends(shared_system) == before + 1


def test_a_key_for_another_order_is_refused(url):
    produce(url, ORDER, idempotency_key="order-4712")

    answer = produce(url, {**ORDER, "qty": 3}, idempotency_key="order-4712")

    assert (answer.status, answer.document["field"]) == (422, "Idempotency-Key")


def test_the_same_key_at_the_same_time_is_one_record(url, shared_system):
    before = ends(shared_system)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: produce(url, ORDER, idempotency_key="at-once"), range(64)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert ends(shared_system) == before + 1


def test_a_key_that_is_no_key_is_refused(url):
    for key in ("", "two words", "x" * 256):
        answer = produce(url, ORDER, idempotency_key=key)
        assert (answer.status, answer.document["field"]) == (422, "Idempotency-Key")
    assert produce(url, [ORDER], idempotency_key="one-for-many").status == 422


def test_many_at_once_get_ids_and_places_of_their_own(url):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: produce(url, ORDER), range(300)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.document["order_id"] for answer in answers}) == 300
    assert len({(answer.document["partition"], answer.document["offset"]) for answer in answers}) == 300

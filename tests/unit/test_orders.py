"""What a valid order is, and that every refusal names the field."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidOrder
from playground.orders import (
    FIRST_KEYED_ORDER_ID,
    MAX_CLIENT_ORDER_ID,
    MAX_ORDER_ID,
    age_group_of,
    order_id_of_idempotency_key,
    parse_new_order,
    parse_order,
    record_key,
    render_order,
)

GOOD = {"user": "alice", "item": "book", "qty": 2}


def body(**fields) -> bytes:
    return json.dumps({name: value for name, value in (GOOD | fields).items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (body(user=...), "user"),
        (body(item=...), "item"),
        (body(qty=...), "qty"),
        (body(qty="2"), "qty"),
        (body(qty=2.5), "qty"),
        (body(qty=True), "qty"),
        (body(qty=0), "qty"),
        (body(qty=10_001), "qty"),
        (body(qty=None), "qty"),
        (body(user=""), "user"),
        (body(user=" \t "), "user"),
        (body(user="a" * 65), "user"),
        (body(user="a\u0000b"), "user"),
        (body(item="a\u009fb"), "item"),
        (body(item="a\u2028b"), "item"),
        (body(age=-1), "age"),
        (body(age=151), "age"),
        (body(age_group="old"), "age_group"),
        (body(age=17, age_group="adult"), "age_group"),
        (body(order_id=0), "order_id"),
        (body(order_id=MAX_CLIENT_ORDER_ID + 1), "order_id"),
        (body(order_id="1"), "order_id"),
        (body(quantity=1), "quantity"),
        (b'{"user":"a","item":"b","qty":1e400}', "qty"),
        (b'{"user":"a","item":"b","qty":NaN}', "qty"),
        (b'{"user":"a","item":"b","qty":-Infinity,"age":1}', "qty"),
        (b'{"user":"a","item":"b","qty":1', None),
        (b'{"user":"\xff","item":"b","qty":1}', "user"),
        (b'{"user":"\\ud800","item":"b","qty":1}', "user"),
        (b"[" * 100_000, None),
        (b'{"user":' + b'{"a":' * 100_000, "user"),
        (b"", None),
        (b"null", None),
        (b"[]", None),
    ],
)
def test_a_wrong_order_is_refused_and_the_field_is_named(sent, field):
    with pytest.raises(InvalidOrder) as refused:
        parse_new_order(sent)

    assert refused.value.field == field
    assert refused.value.reason
    assert "`" not in refused.value.reason


@pytest.mark.parametrize(
    ("age", "group"),
    [(0, "child"), (17, "child"), (18, "adult"), (39, "adult"), (40, "senior"), (150, "senior")],
)
def test_the_age_group_follows_from_the_age(age, group):
    assert age_group_of(age) == group
    assert parse_new_order(body(age=age)).age_group == group


def test_names_in_any_script_are_welcome():
    names = ("Zoë", "Ягода", "書籍", "كتاب", "👩\u200d🚀", "a b")

    assert [parse_new_order(body(user=name)).user for name in names] == list(names)


text = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029"), min_size=1, max_size=64
).filter(lambda value: value.strip() != "")


@given(user=text, item=text, qty=st.integers(1, 10_000), age=st.none() | st.integers(0, 150))
def test_what_the_api_writes_a_worker_reads(user, item, qty, age):
    new = parse_new_order(body(user=user, item=item, qty=qty, age=age))

    order = parse_order(render_order(new, 7, 1_795_410_760_833))

    assert (order.order_id, order.user, order.item, order.qty, order.age) == (7, user, item, qty, age)
    assert order.age_group == (None if age is None else age_group_of(age))
    assert order.ts == 1_795_410_760_833


@given(st.binary(max_size=200))
def test_no_record_makes_a_worker_stumble(value):
    with contextlib.suppress(InvalidOrder):  # a dead letter; anything else would end the worker
        parse_order(value)


def test_a_tombstone_is_no_order():
    with pytest.raises(InvalidOrder, match="tombstone"):
        parse_order(None)


def test_a_worker_skips_fields_it_does_not_know():
    assert parse_order(b'{"order_id":1,"user":"a","item":"b","qty":1,"colour":"red"}').order_id == 1


def test_the_key_is_the_field_that_was_asked_for():
    order = parse_new_order(body(age=17))

    keys = [record_key(order, 5, strategy) for strategy in ("user", "item", "order_id", "age_group", "none")]

    assert keys == [b"alice", b"book", b"5", b"child", None]


def test_the_key_age_group_needs_an_age():
    with pytest.raises(InvalidOrder) as refused:
        record_key(parse_new_order(body()), 5, "age_group")

    assert refused.value.field == "age_group"


@given(st.text(min_size=1, max_size=255))
def test_an_idempotency_key_has_one_id_apart_from_all_others(key):
    order_id = order_id_of_idempotency_key(key)

    assert FIRST_KEYED_ORDER_ID <= order_id <= MAX_ORDER_ID
    assert order_id == order_id_of_idempotency_key(key)

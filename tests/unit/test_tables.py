"""Tables over orders: what may be asked, windows, and that no text of a caller becomes SQL."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidValue, NotFound
from playground.ksqldb.tables import literal, pull_query
from playground.store.model import ItemMinute
from playground.store.tables import sums
from playground.tables import MAX_ROWS, MINUTE_MS, TableQuery, Window, find_table, in_order

ITEM_COUNT, PER_MINUTE = find_table("item_count"), find_table("ORDERS_PER_MIN")
# A string literal, as SQL reads it: everything up to a quote that is not doubled.
STRING = re.compile(r"'((?:[^']|'')*)'")


def test_an_unknown_table_is_refused_with_those_that_are_known():
    with pytest.raises(NotFound, match="item_count, orders_per_min, item_trend"):
        find_table("users; DROP TABLE item_count")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"table": ITEM_COUNT, "start": 0}, "from"),
        ({"table": ITEM_COUNT, "end": 1}, "to"),
        ({"table": PER_MINUTE, "start": 60, "end": 60}, "to"),
        ({"table": ITEM_COUNT, "key": ""}, "key"),
        ({"table": ITEM_COUNT, "key": "x" * 65}, "key"),
    ],
)
def test_what_has_no_answer_is_refused_with_its_name(given, field):
    with pytest.raises(InvalidValue) as refused:
        TableQuery(**given)

    assert refused.value.field == field


@given(st.text(min_size=1, max_size=64))
def test_a_key_is_one_literal_whatever_is_in_it(key):
    sql = pull_query(TableQuery(ITEM_COUNT, key=key))

    before, after = "SELECT * FROM item_count WHERE item = ", ";"
    assert sql.startswith(before)
    assert sql.endswith(after)
    found = STRING.fullmatch(sql.removeprefix(before).removesuffix(after))
    assert found is not None
    assert found[1].replace("''", "'") == key


def test_numbers_are_numbers():
    assert literal(17) == "17"
    assert literal("17") == "'17'"


minutes = st.lists(
    st.builds(
        ItemMinute,
        minute=st.integers(0, 20).map(lambda n: n * MINUTE_MS),
        item=st.sampled_from(["book", "pen"]),
        orders=st.integers(1, 5),
        quantity=st.integers(1, 50),
    ),
    unique_by=lambda each: (each.minute, each.item),
)


@given(minutes, st.sampled_from([(1, 1), (5, 1), (6, 2), (4, 4)]))
def test_an_order_is_in_every_window_that_covers_its_minute(minutes, shape):
    window = Window(shape[0] * MINUTE_MS, shape[1] * MINUTE_MS)
    expected = Counter()
    for each in minutes:
        for start in range(-window.size_ms, 21 * MINUTE_MS, window.advance_ms):
            if start <= each.minute < start + window.size_ms:
                expected[each.item, start] += each.orders

    assert {key: orders for key, (orders, _) in sums(minutes, window).items()} == dict(expected)


def test_more_rows_than_anybody_looks_at_are_refused():
    rows = [(f"item-{n}", n, n) for n in range(MAX_ROWS + 1)]

    assert len(in_order(ITEM_COUNT, rows[:-1])) == MAX_ROWS
    with pytest.raises(InvalidValue, match="more than 10000"):
        in_order(ITEM_COUNT, rows)

"""Our client's push queries against what a real ksqlDB server did: rows as they come, an open end."""

from itertools import islice

import pytest
from support.recorded_ksqldb import RecordedKsqlDb

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.push import is_push
from playground.waiting import wait_until

ITEMS = "SELECT * FROM item_count EMIT CHANGES;"
ORDERS = "SELECT order_id,item,qty FROM orders_raw EMIT CHANGES;"
LIMITED = "SELECT order_id,item,qty FROM orders_raw EMIT CHANGES LIMIT 3;"
# Shorter than the silences of these tests: a client that keeps to it while it follows is found out.
TIMEOUT_SECONDS = 0.3
SECONDS = 20


@pytest.fixture
def server():
    with RecordedKsqlDb() as found:
        yield found


@pytest.fixture
def client(server):
    return KsqlDb(server.url, timeout_seconds=TIMEOUT_SECONDS)


def test_rows_come_while_the_query_runs_on(server, client):
    with client.follow(ITEMS) as changes:
        assert changes.columns == [("item", "STRING"), ("total", "BIGINT"), ("quantity", "INTEGER")]
        rows = list(islice(changes, 3))
        assert not changes.ended
        [running] = server.push.running

    assert rows == [("lamp", 8, 23), ("pen", 8, 25), ("book", 8, 22)]
    assert server.push.closed == [running]


def test_silence_is_no_sign_of_trouble(server, client):
    server.push.silent_seconds = 4 * TIMEOUT_SECONDS

    with client.follow(ORDERS) as changes:
        assert next(iter(changes)) == ("late1", "apple", 9)


def test_columns_that_do_not_come_are_waited_for_in_bounds(server, client):
    server.push.mute = True

    with pytest.raises(KsqlDbUnavailable, match="did not answer in"), client.follow(ITEMS):
        raise AssertionError("it has begun")
    wait_until(lambda: not server.push.running, "the server to see that nobody listens", SECONDS)


def test_the_time_that_was_asked_for_ends_it(server, client):
    with client.follow(ITEMS, seconds=2 * TIMEOUT_SECONDS) as changes:
        assert len(list(changes)) == 3
        assert not changes.ended

    assert len(server.push.closed) == 1


def test_a_query_that_does_not_run_cannot_be_closed(client):
    with pytest.raises(KsqlDbRefused, match="No query with id nope"):
        client.close_query("nope")


def test_a_limit_in_the_sql_ends_it_and_nothing_is_closed(server, client):
    with client.follow(LIMITED) as changes:
        assert len(list(changes)) == 3
        assert changes.ended

    assert server.push.closed == []


def test_a_query_that_is_closed_by_somebody_else_has_ended(server, client):
    with client.follow(ITEMS) as changes:
        rows = iter(changes)
        assert len(list(islice(rows, 3))) == 3
        [running] = server.push.running
        server.push.close(running)
        assert list(rows) == []
        assert changes.ended


def test_an_error_among_the_rows_is_told_in_ksqldbs_own_words(server, client):
    server.push.ending = "error"

    with (
        pytest.raises(KsqlDbRefused, match="broke off the query after 3 rows: Query terminated") as refused,
        client.follow(ITEMS) as changes,
    ):
        list(changes)

    assert (refused.value.code, refused.value.statement) == (50000, ITEMS)


def test_a_server_that_hangs_up_is_told_with_what_was_there(server, client):
    server.push.ending = "hang up"

    with (
        pytest.raises(KsqlDbUnavailable, match=f"{server.url} broke off the query after 3 rows: it hung up"),
        client.follow(ITEMS) as changes,
    ):
        list(changes)


def test_where_the_rows_begin_is_the_servers_matter_unless_it_is_said(server, client):
    with client.follow(ITEMS):
        assert server.push.properties == {}
    with client.follow(ITEMS, from_beginning=True):
        assert server.push.properties == {"ksql.streams.auto.offset.reset": "earliest"}


def test_what_goes_wrong_in_the_block_stays_what_it_is(server, client):
    with pytest.raises(BrokenPipeError), client.follow(ITEMS):  # `... | head`
        raise BrokenPipeError

    assert len(server.push.closed) == 1


@pytest.mark.parametrize("follow", [True, False])
def test_a_refusal_comes_before_any_row(server, client, follow):
    server.query_error = "unknown table"

    ask = client.follow(ITEMS).__enter__ if follow else lambda: client.query(ITEMS)

    with pytest.raises(KsqlDbRefused, match="NOPE does not exist"):
        ask()


def test_a_pull_query_that_breaks_off_says_so_too(server, client):
    server.push.ending = "hang up"

    with pytest.raises(KsqlDbUnavailable, match="broke off the query after 3 rows: it hung up"):
        client.query(ITEMS)


@pytest.mark.parametrize(
    ("sql", "push"),
    [
        (ITEMS, True),
        ("select item from item_count emit\n  changes limit 3;", True),
        ("SELECT item FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY item EMIT FINAL;", True),
        ("SELECT * FROM item_count;", False),
        ("SELECT * FROM item_count WHERE item='EMIT CHANGES';", False),
        ("SELECT * FROM item_count WHERE item='it''s EMIT CHANGES';", False),
        ("SELECT `EMIT CHANGES` FROM item_count;", False),
        ("SELECT * FROM item_count; -- EMIT CHANGES", False),
        ("SELECT * /* EMIT CHANGES */ FROM item_count;", False),
        ("SELECT emit, changes FROM item_count;", False),
    ],
)
def test_what_emits_is_a_push_query(sql, push):
    assert is_push(sql) == push

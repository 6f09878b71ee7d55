"""The same orders, the same rows: analytics' tables against what a real ksqlDB answered."""

import pytest
from support.recorded_ksqldb import RecordedKsqlDb
from support.recorded_orders import recorded_batch

from playground.errors import KsqlDbUnavailable
from playground.jobs import ANALYTICS
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.statements import read_statements
from playground.ksqldb.tables import KsqlTables
from playground.store.sqlite import SqliteStore
from playground.store.tables import AnalyticsTables
from playground.tables import TABLES, TableQuery, find_table

ITEM_COUNT, PER_MINUTE, TREND = (find_table(name) for name in ("item_count", "orders_per_min", "item_trend"))
# The recorded table per minute had a grace period of a minute, and forgot the windows before this one.
KEPT_FROM = 1795410240000


@pytest.fixture
def server():
    with RecordedKsqlDb() as found:
        for each in read_statements():
            found.known[each.name] = each.kind
        yield found


@pytest.fixture
def ksqldb(server):
    return KsqlTables(KsqlDb(server.url, timeout_seconds=5))


@pytest.fixture
def analytics(tmp_path):
    store = SqliteStore(tmp_path / "orders.db")
    topic = store.topic_ref("orders", "an id")
    store.begin_partitions(ANALYTICS, topic, {0: 0})
    store.apply_analytics(ANALYTICS, topic, "w", [recorded_batch()])
    yield AnalyticsTables(store)
    store.close()


@pytest.mark.parametrize(
    "query",
    [
        TableQuery(ITEM_COUNT),
        TableQuery(ITEM_COUNT, key="book"),
        TableQuery(ITEM_COUNT, key="nothing"),
        TableQuery(ITEM_COUNT, key="O'Reilly"),
        TableQuery(TREND, key="pen"),
    ],
    ids=lambda query: f"{query.table.name} {query.key or ''}",
)
def test_both_engines_give_the_same_rows_for_the_same_orders(ksqldb, analytics, query):
    assert analytics.query(query) == ksqldb.query(query)


def test_tumbling_windows_are_the_same_where_none_was_forgotten(ksqldb, analytics):
    theirs = ksqldb.query(TableQuery(PER_MINUTE))

    assert analytics.query(TableQuery(PER_MINUTE, start=KEPT_FROM)) == theirs
    assert len(theirs.rows) == 6
    # What it forgot is there: see ksql/03-orders_per_min.sql.
    assert len(analytics.query(TableQuery(PER_MINUTE)).rows) == 12


def test_what_is_asked_for_reaches_ksqldb_as_typed_literals(ksqldb, server):
    ksqldb.query(TableQuery(PER_MINUTE, "book", 1795410120000, 1795410240000))

    assert server.said[0] == (
        "SELECT * FROM orders_per_min WHERE item = 'book'"
        " AND windowstart >= 1795410120000 AND windowstart < 1795410240000;"
    )


@pytest.mark.parametrize("error", ["not materialised", "no lag information"])
def test_a_table_that_is_being_restored_is_not_ready(ksqldb, server, error):
    server.query_error = error

    with pytest.raises(KsqlDbUnavailable, match="item_count cannot be asked yet"):
        ksqldb.query(TableQuery(ITEM_COUNT, key="apple"))


def test_a_table_that_was_not_made_yet_says_how_to_make_it(ksqldb, server):
    server.query_error = "unknown table"
    del server.known["ITEM_COUNT"]

    with pytest.raises(KsqlDbUnavailable, match="no table item_count yet") as found:
        ksqldb.query(TableQuery(ITEM_COUNT))

    assert "playground ksql apply" in found.value.next_step


def test_no_rows_while_orders_wait_to_be_read_is_no_empty_table(ksqldb, server):
    """The second face of "not yet": an answer that looks like an absent key."""
    server.reading = True

    for query in (TableQuery(ITEM_COUNT), TableQuery(ITEM_COUNT, key="book")):
        with pytest.raises(KsqlDbUnavailable, match=r"its query has \d+ records to read"):
            ksqldb.query(query)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_has_its_statement_and_the_columns_that_were_recorded(ksqldb, table):
    (statement,) = [each for each in read_statements() if each.name == table.name.upper()]
    query = TableQuery(table, key="pen") if table is TREND else TableQuery(table)

    assert statement.kind == "TABLE"
    assert ksqldb.query(query).columns == table.columns

"""GET /stream-table on a running system: by analytics, by ksqlDB as it was recorded, live, and refusals."""

import time
from urllib.parse import quote

import pytest
from support.asking import ask, produce
from support.listening import Listener
from support.recorded_ksqldb import RecordedKsqlDb
from support.system import System

from playground.ksqldb.statements import read_statements
from playground.waiting import wait_until

MINUTE_MS = 60_000


@pytest.fixture(scope="module", autouse=True)
def analytics(shared_system):
    return shared_system.start_worker("analytics")


@pytest.fixture(scope="module")
def recorded():
    with RecordedKsqlDb() as server:
        for each in read_statements():
            server.known[each.name] = each.kind
        yield server


@pytest.fixture(scope="module")
def with_ksqldb(tmp_path_factory, recorded):
    """Another API of its own, that is told of a ksqlDB; it needs no broker to ask it."""
    system = System(tmp_path_factory.mktemp("ksqldb"), KSQLDB_URL=recorded.url)
    try:
        system.start()
        yield system.settings.api.url
    finally:
        system.end()


def rows_of(url, query):
    answer = ask(url, "GET", f"/stream-table?{query}")
    assert answer.status == 200, answer.document
    return answer.document["rows"]


def order(url, item, count=1, qty=2):
    return [produce(url, {"user": "ann", "item": item, "qty": qty}).document for _ in range(count)]


def test_the_tables_are_listed_with_the_sql_that_makes_them(url, with_ksqldb):
    ours, theirs = (ask(each, "GET", "/stream-table").document for each in (url, with_ksqldb))

    assert (ours["engine"], theirs["engine"]) == ("analytics", "ksqldb")
    assert ours["tables"] == theirs["tables"]
    by_name = {each["table"]: each for each in ours["tables"]}
    assert set(by_name) == {"item_count", "orders_per_min", "item_trend"}
    assert by_name["item_trend"]["window"] == {"size_ms": 300_000, "advance_ms": 60_000}
    assert by_name["item_count"]["window"] is None
    assert "\nCREATE TABLE IF NOT EXISTS item_count AS\n  SELECT" in by_name["item_count"]["sql"]


def test_orders_are_counted_by_item_and_by_windows(url):
    accepted = order(url, "a kite", 3)

    wait_until(
        lambda: (
            rows_of(url, "table=item_count&key=a%20kite") == [{"item": "a kite", "total": 3, "quantity": 6}]
        ),
        "three kites",
        20,
    )
    answer = ask(url, "GET", "/stream-table?table=ITEM_COUNT&key=a%20kite").document
    assert answer["engine"] == "analytics"
    assert [(each["name"], each["type"]) for each in answer["columns"]] == [
        ("item", "STRING"),
        ("total", "BIGINT"),
        ("quantity", "INTEGER"),
    ]
    minutes = rows_of(url, "table=orders_per_min&key=a%20kite")
    assert sum(row["count"] for row in minutes) == len(accepted)
    for row in minutes:
        assert row["windowstart"] % MINUTE_MS == 0
        assert row["windowend"] - row["windowstart"] == MINUTE_MS
    trend = rows_of(url, "table=item_trend&key=a%20kite")
    assert sum(row["orders"] for row in trend) == 5 * len(accepted)  # each is in five windows
    first = trend[0]["windowstart"]
    assert rows_of(url, f"table=item_trend&key=a%20kite&from={first}&to={first + 1}") == trend[:1]
    assert rows_of(url, f"table=item_trend&key=a%20kite&from={first + 1}") == trend[1:]


@pytest.mark.parametrize("table", ["orders_per_min", "item_trend"])
def test_the_largest_stretch_that_can_be_asked_for_is_like_none(url, with_ksqldb, recorded, table):
    """Nothing is made of windows that nobody ordered in."""
    largest = f"table={table}&key=a%20kite&from=0&to={2**53 - 1}"

    assert rows_of(url, largest) == rows_of(url, f"table={table}&key=a%20kite")
    ask(with_ksqldb, "GET", f"/stream-table?{largest}")
    bounds = "windowstart >= 0 AND windowstart < 9007199254740991"
    assert recorded.said[-1] == f"SELECT * FROM {table} WHERE item = 'a kite' AND {bounds};"
    assert ask(url, "GET", f"/stream-table?table={table}&from=0&to={2**53}").status == 422


def test_ksqldbs_rows_come_in_the_same_shape(with_ksqldb):
    answer = ask(with_ksqldb, "GET", "/stream-table?table=item_count&key=book").document

    assert answer["engine"] == "ksqldb"
    assert answer["rows"] == [{"item": "book", "total": 8, "quantity": 22}]
    assert [row["item"] for row in rows_of(with_ksqldb, "table=item_count")] == ["book", "lamp", "pen"]


def test_analytics_can_be_asked_where_ksqldb_answers(with_ksqldb):
    answer = ask(with_ksqldb, "GET", "/stream-table?table=item_count&engine=analytics").document

    assert (answer["engine"], answer["rows"]) == ("analytics", [])


def test_an_attempt_to_inject_is_a_key_like_any_other(url, with_ksqldb, recorded):
    attack = "x'; DROP TABLE item_count; --"

    assert rows_of(url, f"table=item_count&key={quote(attack)}") == []
    ask(with_ksqldb, "GET", f"/stream-table?table=item_count&key={quote(attack)}")
    assert recorded.said[-1] == "SELECT * FROM item_count WHERE item = 'x''; DROP TABLE item_count; --';"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("table=users", 404, "item_count, orders_per_min, item_trend"),
        ("table=item_count%3BDROP", 404, "there is no table"),
        ("table=item_count&from=1", 422, "item_count has no windows"),
        ("table=orders_per_min&from=5&to=5", 422, "later than `from`"),
        ("table=orders_per_min&from=yesterday", 422, "Expected `int`".replace("`", "")),
        ("table=orders_per_min&from=-1", 422, ">= 0"),
        ("key=book", 422, "of which table?"),
        ("table=item_count&engine=ksqldb", 422, "there is no ksqlDB here"),
        ("table=item_count&engine=flink", 422, "Invalid enum value"),
        ("table=item_count&where=1", 422, "known: table, key, from, to, engine"),
        ("table=item_count&key=" + "x" * 65, 422, "length <= 64"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_name(url, query, status, said):
    for path in ("/stream-table", "/stream-table/live"):
        answer = ask(url, "GET", f"{path}?{query}")
        if path.endswith("live") and query == "key=book":
            said = "table: which one?"
        assert (answer.status, said in answer.document["detail"]) == (status, True), answer.document


def test_ksqldb_that_is_not_ready_is_a_503_that_says_why(with_ksqldb, recorded):
    recorded.ready = False
    try:
        answer = ask(with_ksqldb, "GET", "/stream-table?table=item_count")
    finally:
        recorded.ready = True

    assert answer.status == 503
    assert "not yet ready" in answer.document["detail"]
    assert answer.headers["retry-after"]


def test_a_table_is_followed_live(url):
    order(url, "a drum")
    wait_until(lambda: rows_of(url, "table=item_count&key=a%20drum"), "a drum", 20)
    listener = Listener(url, "/stream-table/live?table=item_count&key=a%20drum")
    try:
        wait_until(lambda: listener.seen["rows"], "the whole table", 10)
        assert listener.seen["rows"][0]["rows"] == [{"item": "a drum", "total": 1, "quantity": 2}]

        order(url, "a drum", 2)

        wait_until(
            lambda: listener.seen["changes"] and listener.seen["changes"][-1]["rows"][0]["total"] == 3,
            "the change to three drums",
            20,
        )
        assert len(listener.seen["rows"]) == 1
        assert all(change["gone"] == [] for change in listener.seen["changes"])
    finally:
        listener.close()


def test_a_server_that_goes_away_in_mid_stream_is_told_and_its_return_too(with_ksqldb, recorded):
    listener = Listener(with_ksqldb, "/stream-table/live?table=item_count")
    try:
        wait_until(lambda: listener.seen["rows"], "the whole table", 10)
        recorded.ready = False
        wait_until(lambda: listener.seen["problem"], "the problem", 10)
        assert listener.seen["problem"][0]["status"] == 503
        recorded.ready = True
        wait_until(lambda: len(listener.seen["rows"]) == 2, "the table again", 10)
        assert len(listener.seen["problem"]) == 1  # said once
    finally:
        recorded.ready = True
        listener.close()


def test_only_so_many_tables_are_followed_at_once(url):
    listeners = []
    try:
        for _ in range(20):
            listeners.append(Listener(url, "/stream-table/live?table=item_count"))
            assert listeners[-1].answer.status == 200
        refused = ask(url, "GET", "/stream-table/live?table=item_count")
        assert (refused.status, refused.document["type"]) == (503, "/docs#overloaded")
    finally:
        for each in listeners:
            each.close()
    wait_until(lambda: _free_again(url), "a place to be free again", 10)


def _free_again(url):
    listener = Listener(url, "/stream-table/live?table=item_count")
    listener.close()
    return listener.answer.status == 200


def test_streams_end_with_the_server(tmp_path):
    system = System(tmp_path)
    try:
        system.start()
        listener = Listener(system.settings.api.url, "/stream-table/live?table=item_count")
        wait_until(lambda: listener.seen["rows"], "the whole table", 10)
        began = time.monotonic()
        system.end()
        assert listener.ended.wait(10), f"still open after {time.monotonic() - began:.0f} s"
        listener.close()
    finally:
        system.end()

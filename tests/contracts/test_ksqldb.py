"""Our client against what a real ksqlDB server said, and against a live one.

    PLAYGROUND_KSQLDB_URL=http://127.0.0.1:8088 PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 pytest ...

asks a real server the same and so proves the recordings; its topics must be empty, or hold the input from an
earlier run. Tests that tell the server how to behave stay with the recordings.
"""

import re

import pytest
from support.free_ports import free_port
from support.live_ksqldb import live_or_recorded
from support.recorded_ksqldb import RecordedKsqlDb

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.ksqldb.client import KsqlDb, Source
from playground.ksqldb.statements import read_statements

SECONDS = 60
COLUMNS = [("item", "STRING"), ("total", "BIGINT"), ("quantity", "INTEGER")]
ITEMS = {"book": (8, 22), "lamp": (8, 23), "pen": (8, 25)}


@pytest.fixture(scope="module")
def place():
    """Address of the live server or of the recordings, and how much later its input is."""
    with live_or_recorded() as found:
        yield found


@pytest.fixture
def client(place):
    return KsqlDb(place[0], timeout_seconds=20)


@pytest.fixture
def scripted():
    """A server that knows nothing yet and does what the test wants."""
    with RecordedKsqlDb() as found:
        yield found


def test_a_server_that_is_ready_tells_its_version(client):
    assert re.match(r"\d+\.\d+\.\d+", client.version())


def test_a_server_that_starts_is_not_ready(scripted):
    scripted.ready = False
    client = KsqlDb(scripted.url)

    for ask in (client.version, client.sources, lambda: client.query("SELECT * FROM item_count;")):
        with pytest.raises(KsqlDbUnavailable, match="not yet ready"):
            ask()


def test_nobody_there_is_unavailable_with_the_address():
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(KsqlDbUnavailable, match=url):
        KsqlDb(url).version()


def test_what_was_created_is_listed_by_kind(client):
    for each in read_statements()[:2]:
        client.execute(each.text)

    found = client.sources()
    assert found["ORDERS_RAW"] == Source("ORDERS_RAW", "STREAM", "orders")
    assert found["ITEM_COUNT"] == Source("ITEM_COUNT", "TABLE", "ITEM_COUNT")
    assert {each.name for each in read_statements()} <= set(found)


def test_nothing_is_listed_that_was_not_created(scripted):
    assert KsqlDb(scripted.url).sources() == {}


def test_creating_what_is_there_is_no_error(client):
    for _ in range(2):
        [entity] = client.execute(read_statements()[0].text)

    assert entity["@type"] == "warning_entity"


def test_a_command_that_is_only_queued_is_waited_for(scripted):
    scripted.queued = True

    [entity] = KsqlDb(scripted.url).execute(read_statements()[0].text)

    assert entity["commandStatus"]["status"] == "QUEUED"


def test_rows_come_with_names_in_lower_case_and_types(client):
    found = client.query("SELECT * FROM item_count;")

    assert found.columns == COLUMNS
    assert {item: tuple(rest) for item, *rest in found.rows} == ITEMS


def test_windows_come_with_their_begin_and_end(client, place):
    found = client.query("SELECT * FROM orders_per_min;")

    begin, end = (each + place[1] for each in (1795410240000, 1795410300000))
    assert [name for name, _kind in found.columns] == ["item", "windowstart", "windowend", "count"]
    assert ("book", begin, end, 2) in found.rows


def test_an_absent_key_is_no_rows(client):
    assert client.query("SELECT * FROM item_count WHERE item='nothing';").rows == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM nope;", "NOPE does not exist"),
        ("SELECT * FROM users;", "isn't queryable"),
        ("SELECT nope FROM item_count;", "column 'NOPE' cannot be resolved"),
    ],
)
def test_a_refusal_has_ksqldbs_own_message_and_code(client, sql, words):
    with pytest.raises(KsqlDbRefused, match=words) as refused:
        client.query(sql)

    assert (refused.value.status, refused.value.code, refused.value.statement) == (400, 40001, sql)


def test_at_most_so_many_rows_are_read(client):
    assert len(client.query("SELECT * FROM orders_enriched;", most=5).rows) == 5


def test_a_push_query_tells_what_is_there_and_is_closed_at_the_end(client):
    """A table's row comes again with each change of it: the newest counts."""
    newest = {}
    with client.follow(
        "SELECT * FROM item_count EMIT CHANGES;", seconds=SECONDS, from_beginning=True
    ) as changes:
        assert changes.columns == COLUMNS
        for item, *rest in changes:
            newest[item] = tuple(rest)
            if newest == ITEMS:
                break
        running = changes.query_id

    assert newest == ITEMS
    with pytest.raises(KsqlDbRefused, match=running) as refused:
        client.close_query(running)
    assert (refused.value.status, refused.value.code) == (400, 40000)


def test_a_push_query_with_a_limit_is_ended_by_ksqldb(client):
    sql = "SELECT order_id,item,qty FROM orders_raw EMIT CHANGES LIMIT 3;"

    with client.follow(sql, seconds=SECONDS, from_beginning=True) as changes:
        assert len(list(changes)) == 3
        assert changes.ended
        assert [name for name, _kind in changes.columns] == ["order_id", "item", "qty"]


def test_a_push_query_that_is_silent_ends_when_it_was_told_to(client):
    with client.follow("SELECT * FROM item_count EMIT CHANGES;", seconds=1) as changes:
        assert len(list(changes)) <= sum(total for total, _quantity in ITEMS.values())
        assert not changes.ended

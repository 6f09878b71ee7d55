"""Our client against what a real ksqlDB server said."""

import pytest
from support.free_ports import free_port
from support.recorded_ksqldb import RecordedKsqlDb

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.ksqldb.client import KsqlDb, Source
from playground.ksqldb.statements import read_statements


@pytest.fixture
def server():
    with RecordedKsqlDb() as found:
        yield found


@pytest.fixture
def client(server):
    return KsqlDb(server.url, timeout_seconds=5)


def test_a_server_that_is_ready_tells_its_version(client):
    assert client.version() == "7.9.0"


def test_a_server_that_starts_is_not_ready(server, client):
    server.ready = False

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

    assert client.sources() == {
        "ORDERS_RAW": Source("ORDERS_RAW", "STREAM", "ORDERS_RAW"),
        "ITEM_COUNT": Source("ITEM_COUNT", "TABLE", "ITEM_COUNT"),
    }


def test_creating_what_is_there_is_no_error(client):
    for _ in range(2):
        [entity] = client.execute(read_statements()[0].text)

    assert entity["@type"] == "warning_entity"


def test_a_command_that_is_only_queued_is_waited_for(server, client):
    server.queued = True

    [entity] = client.execute(read_statements()[0].text)

    assert entity["commandStatus"]["status"] == "QUEUED"


def test_rows_come_with_names_in_lower_case_and_types(client):
    found = client.query("SELECT * FROM item_count;")

    assert found.columns == [("item", "STRING"), ("total", "BIGINT"), ("quantity", "INTEGER")]
    assert sorted(found.rows) == [("book", 8, 22), ("lamp", 8, 23), ("pen", 8, 25)]


def test_windows_come_with_their_begin_and_end(client):
    found = client.query("SELECT * FROM orders_per_min;")

    assert [name for name, _kind in found.columns] == ["item", "windowstart", "windowend", "count"]
    assert ("book", 1795410240000, 1795410300000, 2) in found.rows


def test_an_absent_key_is_no_rows(client):
    assert client.query("SELECT * FROM item_count WHERE item='nothing';").rows == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM nope;", "NOPE does not exist"),
        ("SELECT * FROM users;", "isn't queryable"),
    ],
)
def test_a_refusal_has_ksqldbs_own_message_and_code(client, sql, words):
    with pytest.raises(KsqlDbRefused, match=words) as refused:
        client.query(sql)

    assert (refused.value.status, refused.value.code, refused.value.statement) == (400, 40001, sql)


def test_at_most_so_many_rows_are_read(client):
    assert len(client.query("SELECT * FROM orders_enriched;", most=5).rows) == 5

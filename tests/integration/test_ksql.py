"""`playground ksql` with a real broker; ksqlDB itself answers as a real one was recorded."""

import json
import subprocess
import sys

import pytest
from support.recorded_ksqldb import RecordedKsqlDb

from playground.ksqldb.applied import AppliedLog
from playground.ksqldb.statements import read_statements
from playground.settings import child_environment

pytestmark = pytest.mark.slow
COMMAND_SECONDS = 60


@pytest.fixture
def ksqldb():
    with RecordedKsqlDb() as server:
        yield server


@pytest.fixture
def ksql(shared_system, ksqldb):
    """The command `playground ksql`, as a person types it."""

    def run(*words, url=ksqldb.url):
        environment = child_environment(shared_system.settings, {"PLAYGROUND_KSQLDB_URL": url})
        return subprocess.run(
            [sys.executable, "-m", "playground.cli", "ksql", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    return run


def test_apply_makes_everything_once_and_the_topic_remembers(ksql, ksqldb, shared_system):
    statements = read_statements()
    log = AppliedLog(shared_system.settings)
    assert log.read() == {}

    first, second = ksql("apply"), ksql("apply")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.count("made ") == second.stdout.count("kept ") == len(statements)
    assert "made " not in second.stdout
    assert set(ksqldb.known) == {each.name for each in statements}
    remembered = log.read()
    assert {name: entry.digest for name, entry in remembered.items()} == {
        each.name: each.digest for each in statements
    }
    assert all(entry.done for entry in remembered.values())

    del ksqldb.known["ITEM_COUNT"]
    states = {one["makes"]: one for one in json.loads(ksql("status", "-o", "json").stdout)["statements"]}
    assert states["stream orders_raw"]["state"] == "there"
    assert states["stream orders_raw"]["since"].endswith("Z")
    assert (states["table item_count"]["state"], states["table item_count"]["since"]) == ("missing", "")


def test_what_ksqldb_refuses_is_an_error_with_the_file(ksql, ksqldb):
    ksqldb.refuse = "ORDERS_PER_MIN"

    done = ksql("apply")

    assert done.returncode == 1
    assert "03-orders_per_min.sql: ksqlDB refused it" in done.stderr


def test_a_query_is_a_table_or_json(ksql):
    shown = ksql("query", "SELECT * FROM item_count")
    told = json.loads(ksql("query", "SELECT * FROM item_count;", "-o", "json").stdout)

    assert shown.stdout.split()[:3] == ["item", "total", "quantity"]
    assert {"item": "book", "total": 8, "quantity": 22} in told["rows"]
    assert told["columns"][1] == {"name": "total", "type": "BIGINT"}


def test_a_server_that_is_not_there_ends_in_time_and_says_what_to_do(ksql):
    waited = ksql("apply", "--timeout", "2", url="http://127.0.0.1:9")
    asked = ksql("query", "SELECT 1;", url="http://127.0.0.1:9")

    assert waited.returncode == asked.returncode == 1
    assert "ksqlDB: not there yet" in waited.stderr
    assert "cannot be reached" in asked.stderr
    assert "PLAYGROUND_KSQLDB_URL" in asked.stderr

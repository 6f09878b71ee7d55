"""`playground ksql query` as a process: rows while it runs, and how it ends. Answers as recorded."""

import json
import signal
import subprocess
import sys

import pytest
from support.recorded_ksqldb import RecordedKsqlDb

from playground.settings import child_environment, read_settings
from playground.waiting import wait_until

ITEMS = "SELECT * FROM item_count EMIT CHANGES;"
PULL = "SELECT * FROM item_count;"
ROWS = [["lamp", "8", "23"], ["pen", "8", "25"], ["book", "8", "22"]]
SECONDS = 60


@pytest.fixture
def ksqldb():
    with RecordedKsqlDb() as server:
        yield server


class Query:
    """One `playground ksql query`, which writes into files."""

    def __init__(self, folder, url, words):
        self._files = [folder / "out", folder / "err"]
        handles = [file.open("wb") for file in self._files]
        environment = child_environment(read_settings({"PLAYGROUND_KSQLDB_URL": url}))
        command = [sys.executable, "-m", "playground.cli", "ksql", "query", *words]
        self.process = subprocess.Popen(command, env=environment, stdout=handles[0], stderr=handles[1])
        for handle in handles:
            handle.close()

    @property
    def out(self):
        return self._files[0].read_text()

    @property
    def err(self):
        return self._files[1].read_text()

    def wait(self):
        """Its exit code."""
        return self.process.wait(SECONDS)


@pytest.fixture
def query(ksqldb, tmp_path):
    started = []

    def start(*words):
        started.append(Query(tmp_path, ksqldb.url, words))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def cells(text):
    return [line.split() for line in text.splitlines()]


def test_rows_are_shown_while_it_runs_and_ctrl_c_ends_it_quietly(ksqldb, query):
    running = query(ITEMS)
    wait_until(lambda: "book" in running.out, "the last recorded row", SECONDS)
    assert running.process.poll() is None

    running.process.send_signal(signal.SIGINT)

    assert (running.wait(), running.err) == (0, "")
    assert cells(running.out) == [["item", "total", "quantity"], *ROWS]
    assert len({len(line) for line in running.out.splitlines()}) == 1, "columns stand below each other"
    assert len(ksqldb.push.closed) == 1


def test_each_row_is_a_line_of_json(ksqldb, query):
    running = query(ITEMS, "-o", "json", "--limit", "2")

    assert (running.wait(), running.err) == (0, "")
    assert [json.loads(line) for line in running.out.splitlines()] == [
        {"item": "lamp", "total": 8, "quantity": 23},
        {"item": "pen", "total": 8, "quantity": 25},
    ]
    assert len(ksqldb.push.closed) == 1


def test_the_time_that_was_asked_for_ends_it(query):
    running = query(ITEMS, "--seconds", "1")

    assert (running.wait(), running.err) == (0, "")
    assert cells(running.out)[1:] == ROWS


def test_ksqldbs_own_end_is_told(query):
    running = query("SELECT order_id,item,qty FROM orders_raw EMIT CHANGES LIMIT 3;")

    assert (running.wait(), running.err) == (0, "ksqlDB has ended the query\n")
    assert len(cells(running.out)) == 4


@pytest.mark.parametrize(
    ("ending", "words"), [("error", "Query terminated: the topic is gone"), ("hang up", "it hung up")]
)
def test_what_breaks_off_is_an_error_below_the_rows_that_came(ksqldb, query, ending, words):
    ksqldb.push.ending = ending
    running = query(ITEMS)

    assert running.wait() == 1
    assert cells(running.out)[1:] == ROWS
    assert "broke off the query after 3 rows" in running.err
    assert words in running.err
    assert "Traceback" not in running.err


def test_a_pull_query_has_a_limit_and_ends_by_itself(query):
    limited = query(PULL, "--limit", "2", "-o", "json")
    assert limited.wait() == 0
    assert len(json.loads(limited.out)["rows"]) == 2

    for words in (["--seconds", "3"], ["--from-beginning"]):
        refused = query(PULL, *words)
        assert refused.wait() == 2
        assert f"{words[0]} is for a query with EMIT CHANGES" in refused.err

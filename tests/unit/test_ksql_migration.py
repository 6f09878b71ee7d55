"""`ksql/` and what is made of it: in order, once, never half-silent."""

from types import SimpleNamespace

import pytest
from support.recorded_ksqldb import RecordedKsqlDb

from playground.errors import Conflict, InvalidValue, KafkaUnavailable, KsqlDbRefused
from playground.ksqldb import applied
from playground.ksqldb.applied import Applied
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.migration import apply
from playground.ksqldb.statements import read_statements

TABLE = "-- Why?\nCREATE TABLE IF NOT EXISTS {} AS SELECT item, COUNT(*) FROM orders_raw GROUP BY item;\n"


class Log:
    """What was applied, in memory; can fail after so many writes, as a process that is killed."""

    def __init__(self):
        self.entries = {}
        self.left = 99

    def read(self):
        return dict(self.entries)

    def write(self, statement, *, done):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.entries[statement.name] = Applied(statement.name, statement.file, statement.digest, done, 7)


@pytest.fixture
def server():
    with RecordedKsqlDb() as found:
        yield found


@pytest.fixture
def log():
    return Log()


def made(server):
    return [words for words in server.said if words.startswith("CREATE")]


def run(server, log, statements=None):
    return [step.done for step in apply(KsqlDb(server.url), log, statements or read_statements())]


def test_statements_are_applied_in_the_order_of_their_files(server, log):
    statements = read_statements()

    assert run(server, log) == ["made"] * len(statements)
    assert made(server) == [each.text for each in statements]
    assert all(entry.done for entry in log.entries.values())


def test_applying_again_changes_nothing(server, log):
    run(server, log)
    before = made(server)

    assert set(run(server, log)) == {"kept"}
    assert made(server) == before


@pytest.mark.parametrize("writes", range(10))
def test_a_kill_at_any_point_is_healed_by_the_next_call(server, log, writes):
    log.left = writes
    with pytest.raises(KeyboardInterrupt):
        run(server, log)
    log.left = 99

    run(server, log)

    assert set(server.known) == {each.name for each in read_statements()}
    assert set(run(server, log)) == {"kept"}


def test_a_refused_statement_is_told_with_its_file_and_the_rest_is_not_sent(server, log):
    statements = read_statements()
    server.refuse = statements[2].name

    with pytest.raises(KsqlDbRefused) as refused:
        run(server, log)

    told = str(refused.value)
    assert statements[2].file in told
    assert f"{statements[2].name} does not exist" in told
    assert statements[2].text in told
    assert made(server) == [each.text for each in statements[:3]]
    server.refuse = ""
    assert run(server, log)[:3] == ["kept", "kept", "made"]


def test_a_text_that_changed_is_a_conflict_before_anything_is_sent(server, log, tmp_path):
    (tmp_path / "2-totals.sql").write_text(TABLE.format("totals"))
    run(server, log, read_statements(tmp_path))
    before = made(server)
    (tmp_path / "1-new.sql").write_text(TABLE.format("brand_new"))
    (tmp_path / "2-totals.sql").write_text(TABLE.format("totals").replace("COUNT(*)", "SUM(qty)"))

    with pytest.raises(Conflict, match=r"2-totals.sql: table TOTALS was made from another text") as told:
        run(server, log, read_statements(tmp_path))

    assert "DROP TABLE TOTALS;" in told.value.next_step
    assert made(server) == before


def test_comments_and_layout_are_no_change(server, log, tmp_path):
    file = tmp_path / "1-totals.sql"
    file.write_text(TABLE.format("totals"))
    run(server, log, read_statements(tmp_path))
    file.write_text(TABLE.format("totals").replace("Why?", "Because.").replace("AS SELECT", "AS\n  SELECT"))

    assert run(server, log, read_statements(tmp_path)) == ["kept"]


def test_what_somebody_else_made_is_not_taken_for_ours(server, log):
    server.known["ITEM_COUNT"] = "TABLE"

    with pytest.raises(Conflict, match="but not from `playground ksql apply`"):
        run(server, log)
    assert made(server) == []


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE totals AS SELECT 1;",
        "DROP TABLE totals;",
        TABLE.format("one") + TABLE.format("two"),
        TABLE.format("one").replace(";", ""),
        "",
    ],
)
def test_a_file_that_is_not_one_statement_is_named(tmp_path, text):
    (tmp_path / "1-wrong.sql").write_text(text)

    with pytest.raises(InvalidValue, match=r"1-wrong.sql: it must be one CREATE"):
        read_statements(tmp_path)


def test_two_files_for_one_name_and_an_empty_folder_are_mistakes(tmp_path):
    with pytest.raises(InvalidValue, match="there is no"):
        read_statements(tmp_path)
    for file in ("1-a.sql", "2-b.sql"):
        (tmp_path / file).write_text(TABLE.format("totals"))
    with pytest.raises(InvalidValue, match="TOTALS is made by another file too"):
        read_statements(tmp_path)


class Record:
    """One of the topic's."""

    def __init__(self, offset):
        self._offset = offset

    def offset(self):
        return self._offset

    def value(self):
        return b'{"name":"TOTALS","file":"1-totals.sql","digest":"d","done":true,"at":7}'


@pytest.mark.parametrize(("offsets", "whole"), [((3, 4), True), ((4,), True), ((3,), False), ((), False)])
def test_a_log_that_was_read_in_part_is_no_answer(monkeypatch, offsets, whole):
    """Half of it would say that somebody else has made the rest."""
    consumer = SimpleNamespace(get_watermark_offsets=lambda *_: (0, 5), close=lambda: None)
    reader = SimpleNamespace(read=lambda *_: [Record(offset) for offset in offsets], close=lambda: None)
    monkeypatch.setattr(applied, "create_consumer", lambda *_, **__: consumer)
    monkeypatch.setattr(applied, "RecordReader", lambda *_: reader)
    log = applied.AppliedLog(SimpleNamespace(kafka=None))

    if whole:
        assert set(log.read()) == {"TOTALS"}
    else:
        with pytest.raises(KafkaUnavailable, match="could not be read to its end"):
            log.read()

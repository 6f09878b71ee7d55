"""The command line without a playground: usage, exit codes, how answers become lines."""

import subprocess
import sys

import click
import pytest

from playground.api_client import Api, ApiRefused, read_events
from playground.cli import entry
from playground.cli.load import describe_progress, describe_settings
from playground.cli.produce import batches
from playground.cli.scale import describe_late, describe_overrides, parse_assignment
from playground.cli.tail import describe, is_news
from playground.errors import EnvironmentMissing, SettingsError, StackError
from playground.stack import WorkerInstance


@pytest.fixture
def playground(tmp_path, monkeypatch, capsys):
    """Runs a command in a folder where nothing runs; returns exit code, stdout, stderr."""
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path / ".playground"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = entry.run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("command", entry.COMMANDS)
def test_every_command_explains_itself_with_an_example(playground, command):
    code, out, _err = playground(command, "--help")

    assert code == 0
    assert "Example" in out
    assert f"playground {command}" in out


def test_help_imports_neither_kafka_nor_tables():
    code = (
        "import sys; from playground.cli.entry import run; run(['--help']);"
        "sys.exit(any(name in sys.modules for name in ('confluent_kafka', 'rich', 'asyncio')))"
    )

    assert (
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


@pytest.mark.parametrize("command", [["status"], ["down"], ["lag"], ["audit"], ["kill", "processor"]])
def test_without_a_playground_there_is_one_line_and_a_next_step(playground, command, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_API_PORT", "1")  # nobody listens there

    code, _out, err = playground(*command)

    assert code == 1
    assert err == "error: no playground runs in .playground\nnext: make run\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["scale", "processor", "-1"],
        ["produce"],
        ["produce", "--user", "x"],
        ["kill"],
        ["lag", "-o", "xml"],
    ],
)
def test_wrong_usage_is_exit_code_2(playground, arguments):
    code, _out, err = playground(*arguments)

    assert code == 2
    assert "Usage:" in err


def test_settings_that_cannot_be_used_are_exit_code_2(playground, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_API_PROT", "8000")

    code, _out, err = playground("status")

    assert code == 2
    assert "did you mean PLAYGROUND_API_PORT?" in err


def test_exit_codes():
    assert entry.exit_code(StackError("x")) == 1
    assert entry.exit_code(SettingsError(["x"])) == 2
    assert entry.exit_code(EnvironmentMissing("x")) == 3


def test_reset_of_nothing_says_so(playground):
    code, out, _err = playground("reset")

    assert (code, out) == (0, ".playground is empty already\n")


def test_reset_answered_with_no_deletes_nothing(playground, monkeypatch, tmp_path):
    (tmp_path / ".playground").mkdir()
    (tmp_path / ".playground" / "orders.db").touch()
    monkeypatch.setattr(click, "confirm", lambda _question: False)

    code, out, _err = playground("reset")

    assert (code, out) == (1, "nothing deleted\n")
    assert (tmp_path / ".playground" / "orders.db").exists()


@pytest.mark.parametrize(("typed", "meant"), [("stauts", "status"), ("porduce", "produce")])
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(playground, typed, meant):
    code, _out, err = playground(typed)

    assert code == 2
    assert f"No such command '{typed}'. Did you mean '{meant}'?" in err
    assert "playground --help" in err


def test_set_and_reset_contradict_each_other(playground):
    code, _out, err = playground("scale", "processor", "1", "--set", "FAULT_FAILURE_RATIO=1", "--reset")

    assert code == 2
    assert "leave out --reset" in err


def test_settings_that_stay_are_said_with_the_way_back():
    overrides = {"PLAYGROUND_FAULT_FAILURE_RATIO": "0.1", "PLAYGROUND_CONSUMER_BATCH_SIZE": "1"}

    assert describe_overrides("processor", 2, overrides) == (
        "settings of these workers: FAULT_FAILURE_RATIO=0.1, CONSUMER_BATCH_SIZE=1 "
        "(playground scale processor 2 --reset takes them back)"
    )


def test_a_worker_that_does_not_come_up_is_named_with_its_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path / "data"))
    late = [WorkerInstance("processor-2", "processor", None, "restarting", "order-processor", 3)]

    error = describe_late(late, 10)

    assert str(error) == "not all are running after 10 s: processor-2 is restarting (restarts: 3)"
    assert (
        error.next_step
        == "see data/logs/processor-2.log; they are started again and again: `playground status`"
    )
    assert entry.exit_code(error) == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("FAULT_FAILURE_RATIO=0.1", ("PLAYGROUND_FAULT_FAILURE_RATIO", "0.1")),
        ("PLAYGROUND_CONSUMER_BATCH_SIZE=1", ("PLAYGROUND_CONSUMER_BATCH_SIZE", "1")),
        ("fault_failure_ratio=", ("PLAYGROUND_FAULT_FAILURE_RATIO", "")),
    ],
)
def test_assignments(given, expected):
    assert parse_assignment(given) == expected


def test_an_assignment_without_a_value_is_refused():
    with pytest.raises(click.BadParameter):
        parse_assignment("FAULT_FAILURE_RATIO")


def test_batches_skip_empty_lines_but_keep_line_numbers():
    lines = [b"one\n", b"\n", b"two\r\n", *([b"x\n"] * 999)]

    found = list(batches(lines))

    assert [len(portion) for portion in found] == [1000, 1]
    assert found[0][:2] == [(1, b"one"), (3, b"two")]
    assert found[1] == [(1002, b"x")]


def test_server_sent_events_are_read_line_by_line():
    lines = [b": hello\n", b"event: orders\n", b'data: {"orders": []}\n', b"\n", b"data: 1\n", b"\n"]

    assert list(read_events(iter(lines))) == [("orders", {"orders": []}), ("message", 1)]


def test_text_of_orders_cannot_steer_the_terminal():
    order = {
        "order_id": 1,
        "user": "\x1b[2Jmallory",
        "item": "book\u202e",
        "qty": 1,
        "partition": 0,
        "offset": 7,
        "produced_at": "2026-11-23T06:36:32.123Z",
    }

    (line,) = describe("orders", {"orders": [order], "skipped": 0})

    assert line == "06:36:32.123  order 1  ?[2Jmallory wants 1 x book?  partition 0 offset 7"


def test_worker_events_become_lines_and_batches_are_no_news():
    assigned = {
        "at": "2026-11-23T06:36:32.123Z",
        "event": "partitions_assigned",
        "worker": "processor-1",
        "partitions": [{"topic": "orders", "partition": 2}],
    }

    assert list(describe("worker", assigned)) == ["06:36:32.123  processor-1  partitions assigned  orders 2"]
    assert is_news("worker", assigned)
    assert is_news("orders", {"orders": []})
    assert not is_news("worker", {**assigned, "event": "records_handled"})
    assert not is_news("worker", {**assigned, "event": "load_progress"})


@pytest.mark.parametrize(("flags", "lines"), [([], 1), (["--batches"], 3), (["--only", "workers"], 1)])
def test_tail_leaves_out_batches_unless_it_is_asked_for_them(playground, monkeypatch, flags, lines):
    names = ("startup_complete", "records_handled", "load_progress")
    events = [("worker", {"event": name, "worker": "w"}) for name in names]
    api = type("Api", (), {"events": lambda _self: iter(events)})()
    monkeypatch.setattr(sys.modules["playground.cli.tail"], "the_api", lambda: api)

    _code, out, _err = playground("tail", *flags)

    assert len(out.splitlines()) == lines


def test_a_refused_write_reads_like_a_sentence():
    refused = {
        "at": "2026-11-23T06:36:32.123Z",
        "event": "write_refused",
        "worker": "processor-2",
        "topic": "orders",
        "partition": 4,
        "expected": 89,
        "found": 384,
    }

    assert list(describe("worker", refused)) == [
        "06:36:32.123  processor-2  write refused  orders 4  expected 89, found 384"
    ]


def test_load_in_words():
    settings = {
        "rate": 20.0,
        "key": "user",
        "users": 50,
        "items": 12,
        "burst_every_seconds": 10.0,
        "burst_size": 100,
    }

    assert describe_settings(settings) == "20 orders/s, key user, 50 users, 12 items, 100 more every 10 s"
    assert describe_progress(None) == "starting"
    assert describe_progress({"rate": 19.6, "sent": 5, "accepted": 4, "rejected": 1}) == (
        "20/s now, 5 sent, 4 confirmed, 1 not confirmed"
    )
    assert (
        describe_progress({"rate": 19.6, "sent": 5, "accepted": 5, "rejected": 0}, running=False)
        == "20/s, 5 sent, 5 confirmed, 0 not confirmed"
    )


def test_a_problem_document_becomes_an_error_with_its_next_step():
    error = ApiRefused(422, {"detail": "must be at least 1", "field": "qty", "next_step": "try 1"})

    assert str(error) == "qty: must be at least 1"
    assert error.next_step == "try 1"


def test_nobody_listening_is_the_error_that_was_asked_for():
    away = StackError("no playground runs in .playground")

    with pytest.raises(StackError) as raised:
        Api("http://127.0.0.1:1", lambda: away).get("/offsets")

    assert raised.value is away

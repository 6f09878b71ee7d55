"""The local stack as a person meets it: `playground up` with real broker, API and workers."""

import signal
import socket

import pytest
from support.playground_process import PlaygroundProcess, alive, listening

from playground.errors import SettingsError
from playground.local.broker import Broker
from playground.waiting import wait_until

pytestmark = pytest.mark.slow
GONE_SECONDS = 5


@pytest.fixture
def playground(tmp_path):
    with PlaygroundProcess(tmp_path / "data") as process:
        yield process


def assert_nothing_is_left(playground, pids, seconds=GONE_SECONDS):
    wait_until(lambda: not alive(pids), f"the end of all children, alive are {alive(pids)}", seconds)
    # A killed JVM is a zombie while its last threads still hold the sockets.
    wait_until(lambda: not listening(playground.ports()), "the ports to be free", seconds)


def test_ctrl_c_ends_everything_and_the_next_start_continues(playground):
    playground.up()
    first = playground.json("produce", "--user", "alice", "--item", "book")
    cluster = Broker(playground.settings).cluster_id
    pids = playground.child_pids()
    assert len(pids) >= 7, "broker, API, three workers, exporter, guard"

    playground.process.send_signal(signal.SIGINT)

    assert playground.process.wait(30) == 0
    assert_nothing_is_left(playground, pids)
    assert "stopped" in playground.output.read_text()

    playground.up()
    second = playground.json("produce", "--user", "alice", "--item", "book")

    assert Broker(playground.settings).cluster_id == cluster
    assert (second["partition"], second["offset"]) == (first["partition"], first["offset"] + 1)
    wait_until(
        lambda: playground.json("audit")["groups"][0]["partitions"][second["partition"]]["processed"] == 2,
        "both orders processed",
        30,
    )


def test_kill_9_of_the_supervisor_leaves_nothing_not_even_a_paused_worker(playground):
    playground.up()
    playground.stack.pause("processor-1")
    pids = playground.child_pids()

    playground.process.kill()
    playground.process.wait()

    assert_nothing_is_left(playground, pids)
    done = playground.run("status", check=1)
    assert "no playground runs" in done.stderr

    playground.up()  # what the killed one left behind is no obstacle


def test_ctrl_c_while_starting_leaves_nothing(playground):
    playground.start()
    wait_until(
        lambda: [one["name"] for one in playground.stack.status()["services"]] == ["broker"],
        "the broker to be started",
        60,
        ignore=(Exception,),
    )
    pids = playground.child_pids()

    playground.process.send_signal(signal.SIGINT)

    assert playground.process.wait(30) == 0
    assert_nothing_is_left(playground, pids)


@pytest.mark.parametrize(
    ("variable", "purpose"),
    [
        ("API_PORT", "the API and the dashboard"),
        ("KAFKA_PORT", "Kafka"),
        ("KAFKA_CONTROLLER_PORT", "Kafka's controller"),
        ("EXPORTER_PORT", "the exporter's metrics"),
    ],
)
def test_a_taken_port_is_one_line_and_the_variable_to_change(tmp_path, variable, purpose):
    with socket.socket() as other, PlaygroundProcess(tmp_path / "data") as playground:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        playground.environment[f"PLAYGROUND_{variable}"] = str(port)

        done = playground.run("up", check=3)

    error, following = done.stderr.splitlines()
    assert error == f"error: port {port} for {purpose} is taken"
    assert f"PLAYGROUND_{variable}=" in following


def test_two_run_side_by_side_and_one_folder_takes_only_one(playground, tmp_path):
    playground.up()
    with PlaygroundProcess(tmp_path / "second") as second:
        second.up()
        playground.run("produce", "--user", "alice", "--item", "book")
        assert {topic["topic"] for topic in second.json("topics")["topics"]} >= {"orders"}
        ends = [part["end_offset"] for part in second.json("topics")["topics"][0]["partitions"]]
        assert sum(ends) == 0, "the order of one is not seen in the other"

        second.environment["PLAYGROUND_DATA_DIR"] = str(playground.settings.data_dir)
        refused = second.run("up", check=1)

    assert (
        f"already runs in {playground.settings.data_dir} (process {playground.process.pid}" in refused.stderr
    )
    assert playground.stack.status()["phase"] == "ready"


def test_workers_are_scaled_with_settings_killed_and_frozen(playground):
    playground.up()
    stack = playground.stack

    names = [one.name for one in stack.scale("processor", 3, {"PLAYGROUND_FAULT_PROCESSING_DELAY_MS": "1"})]
    assert names == ["processor-1", "processor-2", "processor-3"]
    wait_until(lambda: {one.state for one in stack.workers()} == {"running"}, "all to run", 60)

    with pytest.raises(SettingsError, match="PLAYGROUND_FAULT_PROCESSING_DELAY_MS"):
        stack.scale("processor", 3, {"PLAYGROUND_FAULT_PROCESING_DELAY_MS": "1"})

    killed = stack.kill("processor")
    assert killed.name == "processor-3"

    def reborn():
        return next(one for one in stack.workers() if one.name == "processor-3" and one.state == "running")

    replacement = wait_until(
        lambda: reborn().pid != killed.pid and reborn(), "processor-3 again", 60, ignore=(StopIteration,)
    )
    assert replacement.restarts == 1

    assert stack.pause("processor-1").state == "paused"
    assert stack.resume("processor-1").state == "running"
    assert [one.name for one in stack.scale("processor", 1)] == ["processor-1"]


def test_detached_it_runs_on_until_down_and_reset_begins_anew(playground):
    started = playground.run("up", "--detach")
    assert playground.settings.api.url in started.stdout

    try:
        refused = playground.run("reset", "--yes", check=1)
        assert "already runs" in refused.stderr
        assert "broker" in playground.run("doctor").stdout
        load = playground.json("load", "start", "--rate", "50", "--detach")
        assert load["settings"]["rate"] == 50
        wait_until(lambda: playground.stack.load().progress, "the load's progress", 30)
        assert playground.json("load", "stop")["running"] is False
    finally:
        playground.run("down")

    assert listening(playground.ports()) == []
    playground.run("reset", "--yes")
    assert {entry.name for entry in playground.settings.data_dir.iterdir()} == {"lock"}

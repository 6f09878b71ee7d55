"""`playground up` around somebody else's broker (and database): it uses them and leaves them alone."""

import signal

import psycopg
import pytest
from support.free_ports import free_port
from support.playground_process import PlaygroundProcess, alive, descendants, listening

from playground.local.broker import Broker
from playground.settings import read_settings
from playground.waiting import wait_until

pytestmark = pytest.mark.slow
GONE_SECONDS = 5


@pytest.fixture
def broker(tmp_path):
    """A broker that the playground under test knows by its address only."""
    settings = read_settings(
        {
            "PLAYGROUND_DATA_DIR": str(tmp_path / "theirs"),
            "PLAYGROUND_KAFKA_PORT": str(free_port()),
            "PLAYGROUND_KAFKA_CONTROLLER_PORT": str(free_port()),
        }
    )
    with Broker(settings) as running:
        yield settings.kafka.bootstrap_servers, running


@pytest.fixture
def address(broker):
    return broker[0]


def test_an_order_goes_through_and_ctrl_c_leaves_their_broker_running(broker, tmp_path, postgres):
    address, theirs = broker
    database = postgres.new_database()
    folder = tmp_path / "ours"
    with PlaygroundProcess(folder, KAFKA_BOOTSTRAP_SERVERS=address, DATABASE_URL=database) as playground:
        playground.up()
        theirs_pid = theirs.pid
        pids = playground.child_pids()

        status = playground.json("status")
        assert status["phase"] == "ready"
        assert {one["name"]: one["state"] for one in status["services"]} == {"api": "running"}
        assert {one["name"]: one["state"] for one in status["workers"]} == dict.fromkeys(
            ["processor-1", "processor-2", "analytics-1", "exporter-1"], "running"
        )
        assert [(step["name"], step["state"]) for step in status["steps"]] == [
            (name, "done") for name in ("broker", "topics", "API", "workers")
        ]
        assert status["steps"][0]["detail"] == f"{address}, not ours"
        assert status["addresses"]["Kafka"] == address
        assert status["addresses"]["database"] == database.replace("playground@", "")

        assert theirs_pid not in descendants(playground.process.pid)
        assert not (folder / "broker").exists()
        assert not (folder / "orders.db").exists()
        kafka = playground.settings.kafka
        assert listening([kafka.port, kafka.controller_port]) == []

        placed = playground.json("produce", "--user", "alice", "--item", "book")
        wait_until(lambda: processed(database) == [placed["order_id"]], "the order to be processed", 30)
        wait_until(lambda: playground.json("audit")["balanced"], "the audit to balance", 30)
        doctor = {check["name"]: check for check in playground.json("doctor")["checks"]}
        assert doctor["broker"]["detail"] == f"{address}, cluster {theirs.cluster_id}"
        assert {check["state"] for check in doctor.values()} <= {"ok", "warning"}

        playground.process.send_signal(signal.SIGINT)
        assert playground.process.wait(30) == 0
        wait_until(lambda: not alive(pids), f"the end of all children, alive are {alive(pids)}", GONE_SECONDS)
        wait_until(lambda: not listening(playground.ports()), "the ports to be free", GONE_SECONDS)
        told = playground.output.read_text()

    assert theirs.pid == theirs_pid
    assert theirs.answers()
    assert "stopping: workers, API\n" in told


def test_the_next_start_goes_on_with_what_their_broker_holds(address, tmp_path):
    with PlaygroundProcess(tmp_path / "ours", KAFKA_BOOTSTRAP_SERVERS=address) as playground:
        playground.up()
        first = playground.json("produce", "--user", "alice", "--item", "book")
        playground.run("down")
        assert playground.process.wait(30) == 0

        playground.up()
        second = playground.json("produce", "--user", "alice", "--item", "book")
        assert (second["partition"], second["offset"]) == (first["partition"], first["offset"] + 1)
        assert "made" not in playground.json("status")["steps"][1]["detail"]

        wait_until(lambda: playground.json("audit")["balanced"], "the audit to balance", 30)
        playground.run("down")
        reset = playground.run("reset", "--yes")
        assert f"note: topics on {address} are not ours to delete" in reset.stdout

        playground.environment["PLAYGROUND_TOPIC_PARTITIONS"] = "9"
        (topics,) = [one for one in playground.json("doctor")["checks"] if one["name"] == "topics"]
        wrong = [f"{name} has 6 partitions, not 9" for name in ("orders", "users", "payments")]
        assert topics["detail"] == "; ".join(wrong)
        assert topics["next_step"] == "fine if you changed it; else change it at that broker"


def test_a_broker_that_does_not_answer_is_named_with_the_setting_to_check(tmp_path):
    address = f"127.0.0.1:{free_port()}"
    with PlaygroundProcess(tmp_path / "ours", KAFKA_BOOTSTRAP_SERVERS=address) as playground:
        started = playground.run("up", check=1)
        checks = playground.run("doctor", check=3)

    assert f"error: the broker at {address} does not answer" in started.stderr
    assert "next: check PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS" in started.stderr
    assert f"{address} does not answer" in checks.stdout
    assert "next: check PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS" in checks.stdout
    assert "broker.log" not in checks.stdout + started.stderr, "their log is not in our folder"


def processed(database):
    """The ids in the table of processed orders, past all code of ours."""
    with psycopg.connect(database) as connection:
        return [row[0] for row in connection.execute("SELECT order_id FROM orders")]

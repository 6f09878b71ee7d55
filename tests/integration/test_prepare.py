"""`playground prepare`, run by the chart's job and init containers: its log says what to look at."""

import subprocess
import sys

import pytest
from support.free_ports import free_port
from support.system import System

from playground.clients import create_admin
from playground.settings import child_environment
from playground.topics import describe_topic, topic_specs

COMMAND_SECONDS = 60
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def prepare(tmp_path):
    """The command with a system that is not started, as a pod runs it."""
    system = System(tmp_path)

    def run(*words, **variables):
        given = {f"PLAYGROUND_{name}": value for name, value in variables.items()}
        return subprocess.run(
            [sys.executable, "-m", "playground.cli", "prepare", *words],
            env=child_environment(system.settings, given),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    run.system = system
    return run


def test_a_broker_that_is_not_there_is_named_with_the_values_to_look_at(prepare):
    done = prepare("--timeout", "2", KAFKA_BOOTSTRAP_SERVERS=NOWHERE)

    assert done.returncode == 1
    assert "the orders database: there" in done.stdout
    waiting, _, last = done.stderr.partition("error: ")
    for text in (waiting, last):
        assert NOWHERE in text
        assert "externalKafka: bootstrapServers, securityProtocol, sasl" in text
        assert "PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS" in text
    assert "playground doctor" not in done.stderr  # which does not help in a pod


def test_a_database_that_is_not_there_is_named_with_the_values_to_look_at(prepare):
    address = f"postgresql://somebody:secret-word@127.0.0.1:{free_port()}/orders"

    done = prepare("--timeout", "2", DATABASE_URL=address)

    assert done.returncode == 1
    assert "waited 2 s for the orders database" in done.stderr
    assert "externalDatabase" in done.stderr
    assert "secret-word" not in done.stderr + done.stdout


def test_topics_are_waited_for_by_one_and_made_by_another(prepare):
    prepare.system.broker.start()
    try:
        waited = prepare("--wait-only", "--timeout", "2")
        assert waited.returncode == 1
        assert "topic orders does not exist" in waited.stderr
        assert "the job whose name has `topics`" in waited.stderr

        made, again = prepare(), prepare("--wait-only")
        names = [spec.name for spec in topic_specs(prepare.system.settings)]
        assert f"topics created: {', '.join(names)}" in made.stdout
        assert again.returncode == 0, again.stderr
        admin = create_admin(prepare.system.settings.kafka, "test")
        assert all(describe_topic(admin, name).partitions for name in names)
    finally:
        prepare.system.end()

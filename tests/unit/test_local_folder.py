"""The data folder, its ports, its jars and its logs."""

import dataclasses
import hashlib
import socket

import pytest

from playground.errors import EnvironmentMissing, SettingsError, StackError
from playground.local import folder, jars, quick_start
from playground.local.broker import Broker
from playground.local.broker_config import render_properties, server_properties
from playground.local.control import _result, encode_error
from playground.local.logfile import LogFile
from playground.local.ports import Port, ports_of, require_free
from playground.local.progress import Progress
from playground.settings import read_settings


@pytest.fixture
def settings(tmp_path):
    return read_settings(
        {"PLAYGROUND_DATA_DIR": str(tmp_path / "data"), "PLAYGROUND_CACHE_DIR": str(tmp_path)}
    )


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_names_its_purpose_its_variable_and_a_free_number(taken_port):
    with pytest.raises(EnvironmentMissing, match=f"port {taken_port} for Kafka is taken") as error:
        require_free([Port(taken_port, "Kafka", "PLAYGROUND_KAFKA_PORT")])

    name, number = error.value.next_step.rsplit(" ", 1)[1].split("=")
    assert name == "PLAYGROUND_KAFKA_PORT"
    assert int(number) > taken_port


def test_the_same_port_twice_is_noticed():
    twice = [Port(4711, "Kafka", "PLAYGROUND_KAFKA_PORT"), Port(4711, "the API", "PLAYGROUND_API_PORT")]

    with pytest.raises(EnvironmentMissing, match="wanted twice: for Kafka and for the API"):
        require_free(twice)


def test_an_external_broker_needs_no_port_of_ours():
    settings = read_settings({"PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"})

    assert [port.variable for port in ports_of(settings)] == [
        "PLAYGROUND_API_PORT",
        "PLAYGROUND_EXPORTER_PORT",
    ]


def test_a_folder_is_used_by_one_and_free_again_afterwards(tmp_path):
    with folder.FolderLock(tmp_path):
        assert folder.is_used(tmp_path)
        with pytest.raises(StackError, match="already runs"):
            folder.FolderLock(tmp_path)

    assert not folder.is_used(tmp_path)


def test_clearing_keeps_the_lock_and_refuses_a_foreign_folder(tmp_path):
    for name in ("lock", "orders.db", "orders.db-wal"):
        (tmp_path / name).touch()
    (tmp_path / "broker").mkdir()
    assert folder.is_ours(tmp_path)
    folder.clear(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]

    (tmp_path / "thesis.odt").touch()
    assert not folder.is_ours(tmp_path)
    assert "thesis.odt" in str(folder.not_ours(tmp_path))


def test_a_log_keeps_its_end_and_never_grows_beyond_twice_its_limit(tmp_path):
    log = LogFile(tmp_path / "w.log", limit=100)
    for number in range(50):
        log.write(f"line {number:04}\n".encode())
    log.close()

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) <= 200
    assert (tmp_path / "w.log").read_text().endswith("line 0049\n")


@pytest.fixture
def two_jars(settings, tmp_path, monkeypatch):
    """A class path of two small files, and the list of their checksums."""
    listed = tmp_path / "kafka-9.sha256"
    monkeypatch.setattr(jars, "CHECKSUMS", listed)
    place = jars.jars_dir(settings)
    place.mkdir()
    lines = []
    for name in ("a.jar", "b.jar"):
        (place / name).write_bytes(name.encode())
        lines.append(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n")
    listed.write_text("".join(lines))
    return place


def test_jars_are_checked_once_and_again_when_one_has_changed(settings, two_jars):
    said = []
    assert jars.ensure_jars(settings, said.append) == two_jars
    assert said == ["checking the jars"]
    jars.ensure_jars(settings, said.append)
    assert said == ["checking the jars"], "the second time looks at sizes and times only"

    (two_jars / "b.jar").write_bytes(b"something else")
    with pytest.raises(EnvironmentMissing, match=r"b\.jar .* does not have the checksum") as error:
        jars.ensure_jars(settings)
    assert f"rm -r {two_jars}" in error.value.next_step


def test_a_missing_jar_is_named(settings, two_jars):
    (two_jars / "a.jar").unlink()

    with pytest.raises(EnvironmentMissing, match=r"a\.jar is missing"):
        jars.ensure_jars(settings)


def test_the_list_of_jars_is_sorted_and_whole():
    wanted = jars.read_checksums()

    assert list(wanted) == sorted(wanted)
    assert all(len(checksum) == 64 for checksum in wanted.values())
    assert {"kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar", "log4j-slf4j-impl-2.25.4.jar"} <= set(wanted)


def test_the_broker_listens_on_this_machine_only(settings, tmp_path):
    properties = server_properties(settings, tmp_path)

    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    replication = {name: value for name, value in properties.items() if "replication.factor" in name}
    assert set(replication.values()) == {"1"}
    assert len(replication) == 4
    assert "auto.create.topics.enable=false\n" in render_properties(properties)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("INFO fine\nERROR disk is full (x)\n\tat kafka.Log\nINFO bye\n", "ERROR disk is full (x)"),
        ("org.apache...: Failed to acquire lock on file .lock\n", "another broker uses"),
        ("Invalid cluster.id in meta.properties\n", "belongs to another cluster"),
        ("just this\n", "just this"),
        ("", "it said nothing"),
    ],
)
def test_the_brokers_last_words_explain(settings, log, words):
    broker = Broker(settings)
    broker.log.parent.mkdir(parents=True)
    broker.log.write_text(log)
    broker._starts = {broker.log: 0}

    assert words in broker.last_words()


def test_steps_become_active_done_or_failed():
    seen = []
    progress = Progress(["broker", "API"], lambda: seen.append([step.state for step in progress.steps]))

    with progress.step("broker") as step:
        progress.say(step, "127.0.0.1:9092")
    with pytest.raises(StackError), progress.step("API"):
        raise StackError("no")

    assert seen[0] == ["active", "waiting"]
    assert seen[-1] == ["done", "failed"]
    assert progress.steps[0].detail == "127.0.0.1:9092"


@pytest.mark.parametrize(
    "error",
    [
        StackError("no", next_step="yes"),
        EnvironmentMissing("no"),
        SettingsError(["PLAYGROUND_X: unknown variable"]),
    ],
)
def test_errors_keep_their_type_and_next_step_through_the_socket(error):
    with pytest.raises(type(error)) as raised:
        _result(encode_error(error))

    assert str(raised.value) == str(error)
    assert raised.value.next_step == error.next_step


def test_the_cache_is_shared_between_data_folders(tmp_path):
    one = read_settings({"PLAYGROUND_DATA_DIR": str(tmp_path / "1"), "XDG_CACHE_HOME": str(tmp_path)})
    other = dataclasses.replace(one, data_dir=tmp_path / "2")

    assert jars.jars_dir(one) == jars.jars_dir(other) == tmp_path / "kafka-streaming-playground/kafka-4.3.1"


def test_the_quick_start_cache_is_made_once_and_apart_from_the_real_ports(settings, tmp_path):
    place, seen = tmp_path / "kafka-9", []

    def train(apart, target):
        seen.append(apart)
        target.write_bytes(b"cache")

    first = quick_start.ensure_cache(settings, place, str, train)
    second = quick_start.ensure_cache(settings, place, str, train)

    assert first == second == quick_start.cache_path(place)
    (apart,) = seen
    assert apart.data_dir != settings.data_dir
    assert apart.kafka.port not in {settings.kafka.port, apart.kafka.controller_port}


def test_a_cache_that_cannot_be_made_is_not_tried_again(settings, tmp_path):
    tried = []

    def train(_apart, _target):
        tried.append(1)
        raise EnvironmentMissing("the broker ended while starting")

    assert quick_start.ensure_cache(settings, tmp_path / "kafka-9", str, train) is None
    assert quick_start.ensure_cache(settings, tmp_path / "kafka-9", str, train) is None
    assert tried == [1]

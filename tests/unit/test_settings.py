"""Settings: defaults, all mistakes at once, every one with its name."""

import pytest

from playground.errors import SettingsError
from playground.settings import read_settings


def test_the_defaults_are_those_the_readme_names():
    settings = read_settings({})

    assert (settings.api.port, settings.kafka.port, settings.kafka.controller_port) == (8000, 9092, 9093)
    assert settings.data_dir.name == ".playground"
    assert settings.kafka.bootstrap_servers == "127.0.0.1:9092"
    assert not settings.kafka.external
    assert settings.exporter.port == 9308
    assert settings.consumer.group_protocol == "consumer"


def test_all_mistakes_are_told_at_once():
    with pytest.raises(SettingsError) as refused:
        read_settings(
            {
                "PLAYGROUND_API_PORT": "eighty",
                "PLAYGROUND_KAFKA_PORT": "70000",
                "PLAYGROUND_FAULT_FAILURE_RATIO": "nan",
                "PLAYGROUND_API_PROT": "1",
                "PLAYGROUND_DATABASE_URL": "mysql://u:secret@h/d",
                "PLAYGROUND_KAFKA_SSL_CA_FILE": "/nowhere/ca.pem",
            }
        )

    text = str(refused.value)
    assert len(refused.value.problems) == 6
    assert "PLAYGROUND_API_PROT: unknown variable; did you mean PLAYGROUND_API_PORT?" in text
    assert "secret" not in text


def test_sasl_asks_for_everything_it_needs():
    with pytest.raises(SettingsError) as refused:
        read_settings({"PLAYGROUND_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"})

    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "PLAYGROUND_KAFKA_SASL_MECHANISM",
        "PLAYGROUND_KAFKA_SASL_USERNAME",
        "PLAYGROUND_KAFKA_SASL_PASSWORD_FILE",
    ]


@pytest.mark.parametrize(
    ("assignor", "protocol"), [("cooperative-sticky", "consumer"), ("uniform", "classic")]
)
def test_an_assignor_of_the_other_protocol_is_refused(assignor, protocol):
    with pytest.raises(SettingsError, match="PLAYGROUND_CONSUMER_ASSIGNOR"):
        read_settings(
            {
                "PLAYGROUND_CONSUMER_ASSIGNOR": assignor,
                "PLAYGROUND_CONSUMER_GROUP_PROTOCOL": protocol,
            }
        )


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"CONSUMER_GROUP_PROTOCOL": "classic"}, True),
        ({"CONSUMER_GROUP_PROTOCOL": "classic", "CONSUMER_ASSIGNOR": "range"}, True),
        ({"CONSUMER_GROUP_PROTOCOL": "classic", "CONSUMER_ASSIGNOR": "cooperative-sticky"}, False),
        ({}, False),
    ],
)
def test_naive_delivery_needs_a_group_that_moves_single_partitions(given, refused):
    environment = {"PLAYGROUND_CONSUMER_DELIVERY": "at-least-once"}
    environment |= {f"PLAYGROUND_{name}": value for name, value in given.items()}

    if refused:
        with pytest.raises(SettingsError, match="PLAYGROUND_CONSUMER_DELIVERY: at-least-once needs"):
            read_settings(environment)
    else:
        assert read_settings(environment).consumer.delivery == "at-least-once"


@pytest.mark.parametrize(
    ("given", "worker_1", "worker_2"),
    [
        ("{worker}", "processor-1", "processor-2"),
        ("blue.{worker}.a", "blue.processor-1.a", "blue.processor-2.a"),
        ("fixed", "fixed", "fixed"),
        ("", None, None),
    ],
)
def test_one_setting_makes_every_replica_a_static_member(given, worker_1, worker_2):
    consumer = read_settings({"PLAYGROUND_CONSUMER_GROUP_INSTANCE_ID": given}).consumer

    assert (consumer.instance_id_of("processor-1"), consumer.instance_id_of("processor-2")) == (
        worker_1,
        worker_2,
    )


@pytest.mark.parametrize("given", ["{workr}", "{worker", "{}", "{worker}-{pid}", "{{worker}}"])
def test_other_braces_in_an_instance_id_are_refused(given):
    with pytest.raises(
        SettingsError, match=r"PLAYGROUND_CONSUMER_GROUP_INSTANCE_ID: .*\{worker\} is the only"
    ):
        read_settings({"PLAYGROUND_CONSUMER_GROUP_INSTANCE_ID": given})


def test_workers_answer_probes_only_where_they_are_told_to():
    silent = read_settings({}).worker
    told = read_settings({"PLAYGROUND_WORKER_HTTP_PORT": "8080", "PLAYGROUND_WORKER_HTTP_HOST": "192.0.2.1"})

    assert (silent.http_host, silent.http_port) == ("127.0.0.1", 0)
    assert (told.worker.http_host, told.worker.http_port) == ("192.0.2.1", 8080)


def test_an_external_broker_is_recognised():
    settings = read_settings({"PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS": "broker:9092"})

    assert settings.kafka.external
    assert settings.kafka.bootstrap_servers == "broker:9092"


@pytest.mark.parametrize(
    "given",
    ["ksqldb:8088", "ftp://ksqldb:8088", "http://:8088", "http://ksqldb", "http://k:x", "http://k:1/ksql"],
)
def test_an_address_of_ksqldb_that_cannot_be_one_is_refused(given):
    with pytest.raises(SettingsError, match="PLAYGROUND_KSQLDB_URL: must be http://HOST:PORT"):
        read_settings({"PLAYGROUND_KSQLDB_URL": given})


def test_ksqldb_is_where_it_is_said_to_be_or_nowhere():
    assert read_settings({}).ksqldb.url is None
    assert read_settings({"PLAYGROUND_KSQLDB_URL": "http://k:8088"}).ksqldb.url == "http://k:8088"

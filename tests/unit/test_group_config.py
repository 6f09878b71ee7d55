"""Configs of a group: which field a refusal of the broker is about."""

from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException

from playground.errors import InvalidValue, KafkaUnavailable
from playground.group_config import change_group_config

SESSION = "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms"


def refusing(code, reason):
    """An admin client whose broker refuses every change."""

    def refuse(_seconds):
        raise KafkaException(KafkaError(code, reason))

    def alter(resources, **_options):
        return {resource: SimpleNamespace(result=refuse) for resource in resources}

    return SimpleNamespace(incremental_alter_configs=alter)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"session_timeout_ms": 9000, "heartbeat_interval_ms": 9500}, "session_timeout_ms"),
        ({"heartbeat_interval_ms": 9500, "session_timeout_ms": 9000}, "session_timeout_ms"),
        ({"heartbeat_interval_ms": 9500}, "heartbeat_interval_ms"),
    ],
)
def test_the_field_is_the_one_the_broker_names_if_it_was_to_change(changes, field):
    admin = refusing(KafkaError.INVALID_CONFIG, SESSION)

    with pytest.raises(InvalidValue) as refused:
        change_group_config(admin, "g", changes)

    assert refused.value.field == field
    assert SESSION in str(refused.value)


def test_a_broker_that_is_away_is_not_a_wrong_value():
    admin = refusing(KafkaError._TIMED_OUT, "timed out")

    with pytest.raises(KafkaUnavailable, match="group g cannot be changed: timed out"):
        change_group_config(admin, "g", {"session_timeout_ms": 9000})

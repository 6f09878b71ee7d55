"""A replay that Kafka refuses has moved nothing, and says why."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException

from playground import replay
from playground.errors import Conflict, KafkaUnavailable

PLAN = replay.Plan("g", (replay.Move(0, position=7, target=3), replay.Move(1, 4, 4)), exactly_once=True)


class Refusing:
    """An admin client whose broker takes no offsets: it refuses the request, or a partition of it."""

    def __init__(self, code, *, whole):
        self.error, self.whole = KafkaError(code), whole

    def alter_consumer_group_offsets(self, request, **_more):
        (asked,) = request
        answer = Future()
        if self.whole:
            answer.set_exception(KafkaException(self.error))
        else:
            places = [SimpleNamespace(error=self.error) for _place in asked.topic_partitions]
            answer.set_result(SimpleNamespace(topic_partitions=places))
        return {asked.group_id: answer}


class Untouched:
    """A database that must not be asked for anything."""


@pytest.fixture(autouse=True)
def joined_a_moment_later(monkeypatch):
    """Whoever is a member now was none when the replay looked."""
    monkeypatch.setattr(replay, "read_groups", lambda _admin: {})
    monkeypatch.setattr(replay, "in_use", lambda _admin, group_id, _then: Conflict(f"{group_id} has members"))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (KafkaError.UNKNOWN_MEMBER_ID, Conflict),
        (KafkaError.NON_EMPTY_GROUP, Conflict),
        (KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaUnavailable),
    ],
)
def test_a_refusal_of_kafka_leaves_the_database_alone(code, error, whole):
    with pytest.raises(error):
        replay.replay(Refusing(code, whole=whole), Untouched(), PLAN)

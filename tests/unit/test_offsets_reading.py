"""A snapshot is read while groups commit and producers write: the order of the requests keeps lag right."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ConsumerGroupType,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import KafkaUnavailable, NotFound
from playground.lag import compute_lag
from playground.offsets import read_snapshot


class RacingAdmin:
    """Answers like a broker on which, between any two requests, records arrive and a group commits all."""

    def __init__(self, steps):
        self._steps = iter(steps)
        self.end = self.committed = 0

    def poll(self, _timeout):
        return 0

    def _race(self):
        produced = next(self._steps, 0)
        self.end += produced
        self.committed = self.end  # the group has read everything

    def list_consumer_groups(self, **_):
        listing = SimpleNamespace(
            group_id="g", state=ConsumerGroupState.STABLE, type=ConsumerGroupType.CONSUMER
        )
        self._race()
        return done(SimpleNamespace(valid=[listing], errors=[]))

    def describe_consumer_groups(self, _names, **_):
        self._race()
        described = SimpleNamespace(
            group_id="g",
            state=ConsumerGroupState.STABLE,
            type=ConsumerGroupType.CONSUMER,
            partition_assignor="uniform",
            coordinator=SimpleNamespace(id=1),
            members=[],
        )
        return {"g": done(described)}

    def list_consumer_group_offsets(self, _requests, **_):
        self._race()
        return {"g": done(ConsumerGroupTopicPartitions("g", [TopicPartition("t", 0, self.committed)]))}

    def list_topics(self, **_):
        self._race()
        topic = SimpleNamespace(error=None, partitions={0: None})
        return SimpleNamespace(brokers={1: None}, topics={"t": topic})

    def list_offsets(self, asked, **_):
        self._race()
        ((place, spec),) = asked.items()
        return {place: done(SimpleNamespace(offset=self.end if spec._value == -1 else 0))}


def done(value):
    """A future that has its result."""
    future = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


@given(st.lists(st.integers(0, 100), min_size=10, max_size=10))
def test_a_commit_that_races_with_the_snapshot_is_never_beyond_its_end(steps):
    admin = RacingAdmin(steps)

    snapshot = read_snapshot(admin)
    row = compute_lag(snapshot, {})["g"].partitions[0]

    assert snapshot.committed["g"]["t", 0] <= snapshot.spans["t", 0].end
    assert row.lag == snapshot.spans["t", 0].end - row.committed_offset >= 0
    assert row.reason is None


def test_a_group_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(NotFound, match="analytics, g, order-processor"):
        read_snapshot(RacingAdmin([]), "nobody")


def test_our_groups_are_there_before_they_ever_joined():
    assert set(read_snapshot(RacingAdmin([])).groups) == {"g", "order-processor", "analytics"}


def test_a_broker_that_does_not_answer_is_said_so():
    admin = RacingAdmin([])
    admin.list_consumer_groups = lambda **_: done(KafkaException(KafkaError(KafkaError._TIMED_OUT)))

    with pytest.raises(KafkaUnavailable, match="list the consumer groups"):
        read_snapshot(admin)


def test_a_list_of_groups_that_lacks_a_brokers_share_is_no_list():
    admin = RacingAdmin([])
    error = KafkaError(KafkaError._TRANSPORT, "no answer of broker 2")
    admin.list_consumer_groups = lambda **_: done(SimpleNamespace(valid=[], errors=[error]))

    with pytest.raises(KafkaUnavailable, match="broker 2"):
        read_snapshot(admin)

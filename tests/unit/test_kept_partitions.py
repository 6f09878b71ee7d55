"""After a change of the assignment librdkafka fetches what stays only when something wakes it."""

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from playground.topics import ORDERS
from workers.assignment import Assignment


class FakeConsumer:
    """Sleeps after every change, until the leaders of its partitions are asked something."""

    def __init__(self):
        self.asleep = set()
        self.owned = set()
        self.away = False

    def incremental_assign(self, places):
        self.owned |= {place.partition for place in places}
        self.asleep = set(self.owned)

    def incremental_unassign(self, places):
        self.owned -= {place.partition for place in places}
        self.asleep = set(self.owned)

    def resume(self, places):
        """It does not wake anything."""

    def offsets_for_times(self, places, timeout):
        assert 0 < timeout < 1
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        self.asleep -= {place.partition for place in places}


class Events:
    """Nobody listens."""

    def write(self, event, **fields):
        pass


def places(*numbers):
    return [TopicPartition(ORDERS, number) for number in numbers]


@pytest.fixture
def consumer():
    return FakeConsumer()


@pytest.fixture
def member(monkeypatch, consumer):
    monkeypatch.setattr(Assignment, "_read_positions", lambda _self, numbers: dict.fromkeys(numbers, 7))
    made = Assignment(consumer, None, None, Events(), "group", incremental=True, reset="earliest")
    made.assigned(places(1, 2, 4))
    return made


def test_what_is_kept_goes_on_after_something_is_given_up(member, consumer):
    member.revoked(places(2), lost=False)

    assert (consumer.owned, consumer.asleep) == ({1, 4}, set())


def test_what_is_kept_goes_on_after_something_is_added(member, consumer):
    member.assigned(places(5))

    assert (consumer.owned, consumer.asleep) == ({1, 2, 4, 5}, set())


def test_a_broker_that_is_away_does_not_hinder_giving_up(member, consumer):
    consumer.away = True

    member.revoked(places(2), lost=False)

    assert member.owned == {1, 4}


def test_who_keeps_nothing_asks_nobody(member, consumer):
    consumer.offsets_for_times = None  # would be a TypeError

    member.revoked(places(1, 2, 4), lost=False)

    assert member.owned == set()

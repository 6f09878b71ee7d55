"""A member says that it has given its partitions up before the broker hears that it leaves."""

import pytest
from confluent_kafka import TopicPartition

from playground.events import EventName
from playground.topics import ORDERS
from workers import assignment
from workers.assignment import Assignment
from workers.consumer import ConsumeLoop


class FakeConsumer:
    """librdkafka under KIP-848: it leaves, and asks to give partitions up afterwards."""

    def __init__(self):
        self.unassigned = []
        self.happened = []

    def incremental_assign(self, places):
        pass

    def incremental_unassign(self, places):
        self.unassigned += [place.partition for place in places]

    def pause(self, places):
        pass

    def resume(self, places):
        pass

    def offsets_for_times(self, places, timeout):
        pass

    def commit(self, *, offsets, asynchronous):
        assert offsets
        assert not asynchronous
        self.happened.append("committed")

    def close(self):
        """The broker hears of it; then come the callbacks that nobody waits for any more."""
        self.happened.append("left")
        self.on_assign(self, [TopicPartition(ORDERS, 5)])
        self.on_revoke(self, [TopicPartition(ORDERS, number) for number in (2, 4)])


class FakeEvents:
    """Keeps what is written."""

    def __init__(self):
        self.written = []
        self.happened = []

    def write(self, event, **fields):
        self.written.append((event, fields.get("owned")))
        self.happened.append(event)


@pytest.fixture
def member(monkeypatch):
    events = FakeEvents()
    monkeypatch.setattr(Assignment, "_read_positions", lambda _self, numbers: dict.fromkeys(numbers, 7))
    made = assignment.Assignment(
        FakeConsumer(), None, None, events, "group", incremental=True, reset="earliest"
    )
    made.assigned([TopicPartition(ORDERS, number) for number in (2, 4)])
    return made, events


def test_who_resigns_owns_nothing_and_says_so(member):
    made, events = member

    made.resign()

    assert made.owned == set()
    assert events.written[-1] == (EventName.PARTITIONS_REVOKED, [])


def test_who_owned_nothing_has_nothing_to_say(member):
    made, events = member
    made.resign()
    written = list(events.written)

    made.resign()

    assert events.written == written


def test_it_gives_up_first_and_then_tells_the_broker(member):
    made, events = member
    consumer = made._consumer
    loop = ConsumeLoop(
        worker="processor-1",
        group_id="group",
        consumer=consumer,
        producer=None,
        admin=None,
        assignment=made,
        apply=None,
        faults=None,
        events=events,
        health=None,
        membership=None,
        batch_size=1,
    )
    consumer.on_assign, consumer.on_revoke = loop._on_assign, loop._on_revoke
    events.happened = consumer.happened
    loop._uncommitted = {2: 8}

    loop._leave()

    assert consumer.happened == ["committed", EventName.PARTITIONS_REVOKED, "left"]
    assert made.owned == set()

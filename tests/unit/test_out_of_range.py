"""An offset error may be an old one: a partition stops only when the broker still has no such record."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from playground.topics import ORDERS, TopicDescription
from workers import assignment
from workers.assignment import Assignment

PARTITION, OTHER = 2, 3


class FakeConsumer:
    """librdkafka after an offset error: it seeks no more in that partition, until it is assigned anew."""

    def __init__(self, low, high):
        self.log = (low, high)
        self.paused = set()
        self.placed = {}
        self.failed = {PARTITION}

    def get_watermark_offsets(self, place, timeout):
        assert place.topic == ORDERS
        assert timeout > 0
        if self.log is None:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return self.log

    def seek(self, place):
        if place.partition in self.failed:
            raise KafkaException(KafkaError(KafkaError._STATE))
        self.placed[place.partition] = place.offset

    def incremental_unassign(self, places):
        self.failed -= {place.partition for place in places}

    def incremental_assign(self, places):
        self.placed |= {place.partition: place.offset for place in places}

    def offsets_for_times(self, places, timeout):
        pass

    def pause(self, places):
        self.paused |= {place.partition for place in places}

    def resume(self, places):
        self.paused -= {place.partition for place in places}


class FakeStore:
    """The positions of one group."""

    def __init__(self, positions):
        self.kept = positions

    def topic_ref(self, _topic, _topic_id):
        return 1

    def positions(self, _group_id, _topic_ref):
        return dict(self.kept)


class FakeEvents:
    """Keeps what is written."""

    def __init__(self):
        self.written = []

    def write(self, event, **fields):
        self.written.append((event, fields))


@pytest.fixture
def member(monkeypatch):
    """Makes a member that owns two partitions, the one of the error at offset 100."""
    described = TopicDescription(ORDERS, "id", {PARTITION: 1, OTHER: 1})
    monkeypatch.setattr(assignment, "describe_topic", lambda _admin, _name: described)

    def make(log):
        consumer, events = FakeConsumer(*log), FakeEvents()
        store = FakeStore({PARTITION: 100, OTHER: 7})
        made = Assignment(consumer, None, store, events, "group", incremental=True, reset="earliest")
        made.topic_id, made.topic_ref = "id", 1
        made.positions = {PARTITION: 100, OTHER: 7}
        return made, consumer, events

    return make


@pytest.mark.parametrize(
    "log", [(0, 200), (100, 200), (0, 100), (100, 100)], ids=["inside", "first", "end", "empty"]
)
def test_a_position_that_is_in_range_after_all_is_taken_up_again(member, log):
    made, consumer, events = member(log)

    made.out_of_range(PARTITION, "old news")

    assert consumer.placed == {PARTITION: 100}
    assert made.positions == {PARTITION: 100, OTHER: 7}
    assert made.stopped == made.waiting == consumer.paused == set()
    assert events.written == []


@pytest.mark.parametrize("log", [(101, 200), (0, 99)], ids=["taken by retention", "cut off"])
def test_a_position_that_is_gone_stops_its_partition_and_no_other(member, log):
    made, consumer, events = member(log)

    made.out_of_range(PARTITION, "no such offset")

    assert made.stopped == consumer.paused == {PARTITION}
    assert made.positions == {OTHER: 7}
    assert consumer.placed == {}
    ((name, fields),) = events.written
    assert name == "partition_stopped"
    assert fields == {
        "topic": ORDERS,
        "partition": PARTITION,
        "offset": 100,
        "detail": f"no such offset; the log holds {log[0]} to {log[1]}",
    }


def test_a_broker_that_cannot_be_asked_makes_the_partition_wait(member):
    made, consumer, events = member((0, 200))
    consumer.log = None

    made.out_of_range(PARTITION, "no such offset")

    assert made.waiting == consumer.paused == {PARTITION}
    assert made.stopped == set()
    assert [name for name, _ in events.written] == ["broker_unavailable"]

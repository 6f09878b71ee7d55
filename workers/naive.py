"""At-most-once and at-least-once delivery, as many consumers do it: to be compared, not to be used.

    at-most-once    consume -> commit to Kafka -> handle one by one      a crash loses the rest of the batch
    at-least-once   consume -> handle one by one -> commit to Kafka      a crash repeats what was done of it

The position is Kafka's committed offset, the result a count per order; nothing binds the two together.
`workers.consumer` does. The kind of delivery stands beside each committed offset, as its metadata: whoever
wants to know where the group is must not ask the orders database, where it may have been in another life.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from playground.consumer_settings import AT_LEAST_ONCE, AT_MOST_ONCE
from playground.errors import InvalidOrder
from playground.events import EventName
from playground.orders import parse_order
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message
    from confluent_kafka.admin import AdminClient

    from playground.store.model import Store
    from workers.faults import Faults
    from workers.health import Health
    from workers.membership import Membership
    from workers.worker_metrics import CountedEvents

POLL_SECONDS = 0.2
ASK_SECONDS = 5.0


class NaiveLoop:
    """One member of one group, from `run` until `stop`. `commit_first`: at-most-once."""

    def __init__(
        self,
        *,
        group_id: str,
        consumer: Consumer,
        admin: AdminClient,
        store: Store,
        faults: Faults,
        events: CountedEvents,
        health: Health,
        membership: Membership,
        batch_size: int,
        from_end: bool,
        commit_first: bool,
    ) -> None:
        self._group_id = group_id
        self._consumer = consumer
        self._admin = admin
        self._store = store
        self._faults = faults
        self._events = events
        self._health = health
        self._membership = membership
        self._batch_size = batch_size
        self._from_end = from_end
        self._commit_first = commit_first
        self._delivery = AT_MOST_ONCE if commit_first else AT_LEAST_ONCE
        self._topic_ref = 0
        self._owned: set[int] = set()
        self._stopping = False

    def stop(self) -> None:
        """Finish the batch at hand, leave the group."""
        self._stopping = True

    def stopping(self) -> bool:
        """True once `stop` was called."""
        return self._stopping

    def run(self) -> None:
        """Consume until `stop`. Any error ends it: there is nothing here that heals."""
        self._topic_ref = self._store.topic_ref(ORDERS, describe_topic(self._admin, ORDERS).topic_id)
        self._consumer.subscribe([ORDERS], on_assign=self._on_assign, on_revoke=self._on_revoke)
        self._events.write(EventName.STARTUP_COMPLETE)
        while not self._stopping:
            self._health.beat()
            self._health.obstacle = self._membership.obstacle()
            messages = self._consumer.consume(self._faults.batch_size(self._batch_size), POLL_SECONDS)
            for message in messages:
                _raise(message.error())
            if messages:
                began = time.monotonic()
                self._handle(messages)
                self._events.batch_took(time.monotonic() - began)
        if self._owned:  # said before the broker hears of it: see ConsumeLoop
            given_up, self._owned = self._owned, set()
            self._tell(EventName.PARTITIONS_REVOKED, [TopicPartition(ORDERS, part) for part in given_up])
        self._consumer.close()

    def _handle(self, messages: list[Message]) -> None:
        if self._commit_first:
            self._commit(messages)
        for message in messages:
            self._effect(message)
        if not self._commit_first:
            self._commit(messages)
        self._tell_handled(messages)

    def _effect(self, message: Message) -> None:
        """Work on an order, and let it take effect; records that are none have no effect."""
        try:
            order = parse_order(message.value())
        except InvalidOrder:
            return
        self._faults.handle(1)
        self._store.add_effect(self._group_id, self._topic_ref, message.partition() or 0, order.order_id)

    def _commit(self, messages: list[Message]) -> None:
        ends = {message.partition() or 0: (message.offset() or 0) + 1 for message in messages}
        self._commit_offsets(ends)

    def _commit_offsets(self, offsets: dict[int, int]) -> None:
        places = [
            TopicPartition(ORDERS, part, offset, self._delivery) for part, offset in sorted(offsets.items())
        ]
        self._consumer.commit(offsets=places, asynchronous=False)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Take them from the committed offsets; where there is none, commit where we begin."""
        self._membership.assigned()
        found = consumer.committed(partitions, timeout=ASK_SECONDS)
        for place in found:
            _raise(place.error)
        fresh = [place for place in found if place.offset < 0]
        for place in fresh:
            low, high = consumer.get_watermark_offsets(place, timeout=ASK_SECONDS)
            place.offset = high if self._from_end else low
        consumer.incremental_assign(found)
        if fresh:
            self._commit_offsets({place.partition: place.offset for place in fresh})
        self._owned |= {place.partition for place in partitions}
        self._tell(EventName.PARTITIONS_ASSIGNED, partitions)

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_unassign(partitions)
        if self._owned:  # else given up already, before leaving
            self._owned -= {place.partition for place in partitions}
            self._tell(EventName.PARTITIONS_REVOKED, partitions)

    def _tell(self, event: EventName, partitions: list[TopicPartition]) -> None:
        numbers = sorted(place.partition for place in partitions)
        self._events.write(
            event,
            partitions=[{"topic": ORDERS, "partition": part} for part in numbers],
            owned=sorted(self._owned),
        )

    def _tell_handled(self, messages: list[Message]) -> None:
        spans: dict[int, list[int]] = {}
        for message in messages:
            spans.setdefault(message.partition() or 0, []).append(message.offset() or 0)
        self._events.write(
            EventName.RECORDS_HANDLED,
            partitions=[
                {
                    "partition": part,
                    "first_offset": offsets[0],
                    "last_offset": offsets[-1],
                    "count": len(offsets),
                    "duplicates": 0,
                    "dead_lettered": 0,
                }
                for part, offsets in sorted(spans.items())
            ],
        )


def _raise(error: KafkaError | None) -> None:
    """A worker that cannot read ends; one of exactly-once delivery would wait."""
    if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - no error
        raise KafkaException(error)

"""Writes records to scratch topics with a chosen partitioner.

Where a record goes is decided by librdkafka's own partitioner and reported by the broker, never computed
here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from confluent_kafka import KafkaError

from playground.clients import create_producer
from playground.errors import DeliveryFailed, NotFound
from playground.scratch_topics import TIMEOUT_SECONDS, list_topics, missing_topic
from playground.topics import describe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message, Producer
    from confluent_kafka.admin import AdminClient

    from playground.settings import KafkaSettings

MAX_RECORDS = 500
CLIENT_ID = "playground-lab"
# A new idempotent producer takes half a second to write its first record.
KEPT_PRODUCERS = 4

# Java's way, which every producer here uses, and librdkafka's default. Both spread records without a key.
Partitioner = Literal["murmur2_random", "consistent_random"]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the broker put a record."""

    partition: int
    offset: int


class ScratchWriter:
    """The producers of one process. May be used by several threads."""

    def __init__(self, kafka: KafkaSettings, admin: AdminClient) -> None:
        self._kafka = kafka
        self._admin = admin
        self._lock = threading.Lock()
        self._producers: dict[tuple[str, Partitioner], Producer] = {}

    def write(
        self, topic: str, records: Sequence[tuple[str | None, str, int | None]], partitioner: Partitioner
    ) -> list[Placed]:
        """Write key, value and time (ms since 1970; None: now) of each, in their order; the places, likewise.

        Raises NotFound, KafkaUnavailable, DeliveryFailed (a part was perhaps written).
        """
        producer = self._producer(topic, partitioner)
        outcomes: list[Placed | KafkaError | None] = [None] * len(records)
        for index, (key, value, time) in enumerate(records):
            report = partial(_reported, outcomes, index)
            producer.produce(topic, value, key, timestamp=time or 0, on_delivery=report)
        producer.flush(TIMEOUT_SECONDS + 1)
        placed = [outcome for outcome in outcomes if isinstance(outcome, Placed)]
        if len(placed) < len(records):
            error = next((outcome for outcome in outcomes if isinstance(outcome, KafkaError)), None)
            raise DeliveryFailed(
                f"{len(records) - len(placed)} of {len(records)} records were not acknowledged by {topic}: "
                f"{'no report came in time' if error is None else error.str()}",
                next_step="delete the topic and begin again: a part may have been written",
            )
        return placed

    def close(self) -> None:
        """No more is written; nothing is outstanding, because `write` waits."""
        with self._lock:
            self._producers.clear()

    def _producer(self, topic: str, partitioner: Partitioner) -> Producer:
        """One per topic *id*: a producer that knew a deleted topic would go on with its partitions."""
        try:
            topic_id = describe_topic(self._admin, topic, TIMEOUT_SECONDS).topic_id
        except NotFound:
            raise missing_topic(topic, list_topics(self._admin)) from None
        with self._lock:
            producer = self._producers.get((topic_id, partitioner))
            if producer is None:
                if len(self._producers) >= KEPT_PRODUCERS:
                    self._producers.pop(next(iter(self._producers)))
                producer = self._producers[topic_id, partitioner] = create_producer(
                    self._kafka,
                    CLIENT_ID,
                    partitioner=partitioner,
                    message_timeout_ms=int(TIMEOUT_SECONDS * 1000),
                )
            return producer


def _reported(
    outcomes: list[Placed | KafkaError | None], index: int, error: KafkaError | None, message: Message
) -> None:
    outcomes[index] = error or Placed(message.partition() or 0, message.offset() or 0)

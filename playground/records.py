"""Reads single records or short stretches of partitions, outside of any group.

One consumer that is only ever assigned: it joins nothing, commits nothing, moves nobody.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException, TopicPartition

from playground.clients import create_consumer
from playground.errors import KafkaUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from confluent_kafka import Consumer, Message

    from playground.groups import Place
    from playground.settings import KafkaSettings

POLL_SECONDS = 0.1


class RecordReader:
    """Reads stretches `[from, until)` of partitions. May be used by several threads, one after another."""

    def __init__(self, kafka: KafkaSettings, client_id: str, fetch_bytes: int = 1_048_576) -> None:
        self._kafka = kafka
        self._client_id = client_id
        self._fetch_bytes = fetch_bytes
        self._consumer: Consumer | None = None
        self._lock = threading.Lock()

    def read(self, stretches: Mapping[Place, tuple[int, int]], seconds: float) -> list[Message]:
        """The records of all stretches, as far as they arrive within `seconds`.

        A stretch ends early where its partition has no more records, or not from that offset on.
        Raises KafkaUnavailable when another thread keeps the reader busy for as long.
        """
        deadline = time.monotonic() + seconds
        left = {place: until for place, (start, until) in stretches.items() if start < until}
        if not left:
            return []
        with self._turn(seconds) as consumer:
            consumer.assign([TopicPartition(*place, stretches[place][0]) for place in left])
            try:
                return self._collect(consumer, left, deadline)
            finally:
                consumer.unassign()

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._consumer is not None:
                self._consumer.close()
                self._consumer = None

    def _collect(self, consumer: Consumer, left: dict[Place, int], deadline: float) -> list[Message]:
        records: list[Message] = []
        while left and (remaining := deadline - time.monotonic()) > 0:
            for message in consumer.consume(500, min(remaining, POLL_SECONDS)):
                place = (message.topic() or "", message.partition() or 0)
                if place not in left:
                    continue
                offset = message.offset()
                failed = message.error() is not None or offset is None
                if not failed and offset is not None and offset < left[place]:
                    records.append(message)
                if failed or offset is None or offset >= left[place] - 1:
                    del left[place]
                    # What is read needs no more fetching, so that the others come sooner.
                    consumer.incremental_unassign([TopicPartition(*place)])
        return records

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[Consumer]:
        if not self._lock.acquire(timeout=seconds):
            raise KafkaUnavailable(f"another request has been reading records for {seconds:g} s")
        try:
            if self._consumer is None:
                self._consumer = create_consumer(
                    self._kafka,
                    self._client_id,
                    group_id=self._client_id,  # a name is demanded; nothing joins it
                    fetch_message_max_bytes=self._fetch_bytes,
                    fetch_wait_max_ms=10,
                    queued_max_messages_kbytes=1024,
                )
            yield self._consumer
        except KafkaException as error:
            raise KafkaUnavailable(f"records cannot be read: {error.args[0].str()}") from error
        finally:
            self._lock.release()

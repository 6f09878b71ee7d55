"""What was applied, kept in a compacted topic: ksqlDB itself forgets the text that a person wrote.

Key: the name of the stream or table. Value: an `Applied` as JSON. The newest record of a name counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.cimpl import NewTopic

from playground.clients import create_admin, create_consumer, create_producer
from playground.clock import now_ms
from playground.errors import KafkaUnavailable
from playground.records import RecordReader

if TYPE_CHECKING:
    from playground.ksqldb.statements import Statement
    from playground.settings import Settings

TOPIC = "playground.ksql"
TIMEOUT_SECONDS = 10.0
# The broker's word, and librdkafka's.
NO_TOPIC = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001


class Applied(msgspec.Struct, frozen=True):
    """A statement that was sent to ksqlDB. `done`: it was carried out. `at`: milliseconds since 1970."""

    name: str
    file: str
    digest: str
    done: bool
    at: int


class AppliedLog:
    """That topic. Raises KafkaUnavailable when the broker does not answer in time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self) -> dict[str, Applied]:
        """The newest record of each name; nothing when the topic does not exist."""
        place = (TOPIC, 0)
        consumer = create_consumer(self._settings.kafka, "playground-ksql", group_id="playground-ksql")
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(*place), TIMEOUT_SECONDS)
        except KafkaException as error:
            if error.args[0].code() in NO_TOPIC:
                return {}
            raise KafkaUnavailable(f"topic {TOPIC} cannot be read: {error.args[0].str()}") from error
        finally:
            consumer.close()
        reader = RecordReader(self._settings.kafka, "playground-ksql")
        try:
            records = reader.read({place: (low, high)}, TIMEOUT_SECONDS)
        finally:
            reader.close()
        # Half of it would say that somebody else has made the rest. Compaction never takes the last record.
        if low < high and (not records or records[-1].offset() != high - 1):
            raise KafkaUnavailable(f"topic {TOPIC} could not be read to its end in {TIMEOUT_SECONDS:g} s")
        found = (msgspec.json.decode(record.value() or b"{}", type=Applied) for record in records)
        return {each.name: each for each in found}

    def write(self, statement: Statement, *, done: bool) -> None:
        """Append what became of a statement; returns when the broker has it."""
        entry = Applied(statement.name, statement.file, statement.digest, done, now_ms())
        producer = create_producer(self._settings.kafka, "playground-ksql")
        failed: list[KafkaError] = []

        def reported(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failed.append(error)

        producer.produce(TOPIC, msgspec.json.encode(entry), statement.name, on_delivery=reported)
        if producer.flush(TIMEOUT_SECONDS) or failed:
            reason = failed[0].str() if failed else f"no answer in {TIMEOUT_SECONDS:g} s"
            raise KafkaUnavailable(f"topic {TOPIC} cannot be written: {reason}")

    def create(self) -> None:
        """Make the topic, unless it exists."""
        admin = create_admin(self._settings.kafka, "playground-ksql")
        wanted = NewTopic(
            TOPIC, 1, self._settings.topics.replication_factor, config={"cleanup.policy": "compact"}
        )
        try:
            admin.create_topics([wanted], request_timeout=TIMEOUT_SECONDS)[TOPIC].result(TIMEOUT_SECONDS + 1)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise KafkaUnavailable(f"topic {TOPIC} cannot be made: {error.args[0].str()}") from error
        except TimeoutError:
            raise KafkaUnavailable(f"topic {TOPIC} was not made in {TIMEOUT_SECONDS:g} s") from None

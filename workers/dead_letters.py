"""Records that no handler can take go to `orders.dlq`, with where they came from and why.

A letter is written before its position moves, so none is missing.
A crash between the two writes it again: readers tell by the headers that it is the same record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException

from playground.errors import KafkaUnavailable
from playground.topics import DEAD_LETTERS, ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka import Message, Producer

    from playground.store.model import PartitionBatch

DELIVERY_TIMEOUT_SECONDS = 5.0
# A letter must fit where its record did, headers included; of a larger one only the beginning is kept.
MAX_VALUE_BYTES = 900_000
MAX_KEY_BYTES = 50_000


def publish_dead_letters(
    producer: Producer, group_id: str, messages: Iterable[Message], batches: Iterable[PartitionBatch]
) -> list[dict[str, object]]:
    """Write the dead letters of a batch and wait until the broker has them.

    Headers: `group`, `source-topic`, `source-partition`, `source-offset`, `reason` (UTF-8 text) and
    `value-bytes` (how long the record's value was; the letter has at most MAX_VALUE_BYTES of it).
    Returns one description per letter. Raises KafkaUnavailable when one of them was not acknowledged.
    """
    reasons = {
        (batch.partition, letter.offset): letter.reason for batch in batches for letter in batch.dead_letters
    }
    if not reasons:
        return []
    failed: list[str] = []
    waiting = len(reasons)

    def report(error: KafkaError | None, _message: Message) -> None:
        nonlocal waiting
        waiting -= 1
        if error is not None:
            failed.append(error.str())

    letters: list[dict[str, object]] = []
    for message in messages:
        source = (message.partition(), message.offset())
        reason = reasons.pop(source, None)  # type: ignore[arg-type]
        if reason is None:
            continue
        value, key = message.value(), message.key()
        headers = {
            "group": group_id,
            "source-topic": ORDERS,
            "source-partition": str(source[0]),
            "source-offset": str(source[1]),
            "reason": reason,
            "value-bytes": str(len(value or b"")),
        }
        try:
            producer.produce(
                DEAD_LETTERS,
                value and value[:MAX_VALUE_BYTES],
                key and key[:MAX_KEY_BYTES],
                headers=dict(headers),
                on_delivery=report,
            )
        except (BufferError, KafkaException) as error:
            if isinstance(error, KafkaException) and error.args[0].code() == KafkaError._FATAL:  # noqa: SLF001
                raise
            raise KafkaUnavailable(f"dead letters cannot be written: {error}") from error
        letters.append({"partition": source[0], "offset": source[1], "reason": reason})
    producer.flush(DELIVERY_TIMEOUT_SECONDS)
    if failed or waiting:
        raise KafkaUnavailable(f"{waiting + len(failed)} dead letters were not acknowledged: {failed[:1]}")
    return letters

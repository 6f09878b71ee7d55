"""Records that no handler can take go to `orders.dlq`, with where they came from and why.

A letter is written before its position moves, so none is missing.
A crash between the two writes it again: readers tell by the headers that it is the same record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaException

from playground.errors import KafkaUnavailable
from playground.topics import DEAD_LETTERS, ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka import KafkaError, Message, Producer

    from playground.store.model import PartitionBatch

DELIVERY_TIMEOUT_SECONDS = 10.0


def publish_dead_letters(
    producer: Producer, group_id: str, messages: Iterable[Message], batches: Iterable[PartitionBatch]
) -> list[dict[str, object]]:
    """Write the dead letters of a batch and wait until the broker has them.

    Headers: `group`, `source-topic`, `source-partition`, `source-offset`, `reason` (UTF-8 text).
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
        headers = {
            "group": group_id,
            "source-topic": ORDERS,
            "source-partition": str(source[0]),
            "source-offset": str(source[1]),
            "reason": reason,
        }
        try:
            producer.produce(
                DEAD_LETTERS, message.value(), message.key(), headers=dict(headers), on_delivery=report
            )
        except (BufferError, KafkaException) as error:
            raise KafkaUnavailable(f"dead letters cannot be written: {error}") from error
        letters.append({"partition": source[0], "offset": source[1], "reason": reason})
    producer.flush(DELIVERY_TIMEOUT_SECONDS)
    if failed or waiting:
        raise KafkaUnavailable(f"{waiting + len(failed)} dead letters were not acknowledged: {failed[:1]}")
    return letters

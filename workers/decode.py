"""Messages of one `consume` call -> one PartitionBatch per partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.errors import InvalidOrder
from playground.orders import parse_order
from playground.store.model import DeadLetter, PartitionBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from confluent_kafka import Message

# A reason may quote the record, which may be long.
MAX_REASON = 500


def decode(
    messages: Iterable[Message], positions: Mapping[int, int], known_gaps: Mapping[int, int]
) -> tuple[dict[int, PartitionBatch], dict[int, int]]:
    """Sort messages by partition, and orders from records that are none.

    Messages of partitions that are not in `positions` are dropped: `consume` may still return some
    of a partition that was revoked during the call. So are those before the position.
    A message beyond the expected offset may be left over from before a seek, so a partition's batch ends
    there, unless `known_gaps` says that nothing lies between (a transaction marker, a compacted record).

    Returns the batches, and partition -> offset of the first message beyond a gap.
    """
    batches: dict[int, PartitionBatch] = {}
    gaps: dict[int, int] = {}
    for message in messages:
        partition: int = message.partition()  # type: ignore[assignment]
        offset: int = message.offset()  # type: ignore[assignment]
        batch = batches.get(partition)
        if batch is None:
            position = positions.get(partition)
            if position is None:
                continue
            batch = batches[partition] = PartitionBatch(partition, position, position, [], [])
        if offset != batch.next_offset:
            if offset < batch.next_offset or partition in gaps:
                continue
            if known_gaps.get(partition) != offset:
                gaps[partition] = offset
                continue
        elif partition in gaps:
            continue
        try:
            order = parse_order(message.value())
        except InvalidOrder as error:
            batch.dead_letters.append(DeadLetter(offset, str(error)[:MAX_REASON]))
        else:
            batch.rows.append(
                (
                    order.order_id,
                    order.user,
                    order.item,
                    order.qty,
                    order.age,
                    order.age_group,
                    offset,
                    message.timestamp()[1],
                )
            )
        batch.next_offset = offset + 1
    moved = {part: batch for part, batch in batches.items() if batch.next_offset > batch.expected}
    return moved, gaps

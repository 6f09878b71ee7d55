"""Writes what another client has read just as the order processor does: same rows, same transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.baselines.progress import Progress
from playground.jobs import ORDER_PROCESSOR
from playground.orders import parse_order
from playground.store.model import PartitionBatch
from playground.store.sqlite import SqliteStore
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    # partition, offset, timestamp in milliseconds, value
    Record = tuple[int, int, int, bytes]

BATCH = 1000


class SameRows:
    """A store with positions. `write` makes one transaction, as the consume loop does for a batch."""

    def __init__(self, path: str, partitions: int) -> None:
        self._store = SqliteStore(Path(path))
        self._ref = self._store.topic_ref(ORDERS, "bench")
        self._positions = dict.fromkeys(range(partitions), 0)
        self._store.begin_partitions(ORDER_PROCESSOR, self._ref, self._positions)
        self._progress = Progress(1000)

    def write(self, records: Iterable[Record]) -> None:
        """Decode, validate, write with the positions."""
        batches: dict[int, PartitionBatch] = {}
        for partition, offset, timestamp, value in records:
            batch = batches.get(partition)
            if batch is None:
                position = self._positions[partition]
                batch = batches[partition] = PartitionBatch(partition, position, position, [], [])
            order = parse_order(value)
            batch.rows.append(
                (
                    order.order_id,
                    order.user,
                    order.item,
                    order.qty,
                    order.age,
                    order.age_group,
                    offset,
                    timestamp,
                )
            )
            batch.next_offset = offset + 1
        for done in self._store.apply_orders(ORDER_PROCESSOR, self._ref, "bench", list(batches.values())):
            self._positions[done.partition] = batches[done.partition].next_offset
            self._progress.add(done.processed)

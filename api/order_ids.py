"""Order ids that no other process ever gives out, without asking anybody per order.

A process leases blocks of a million ids by writing a record to the topic `order-ids`: the record's offset
is the number of the block. A block that was not used up when the process ended is never used again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.deliveries import Delivery, Record
from playground.errors import KafkaUnavailable
from playground.orders import FIRST_GENERATED_ORDER_ID, FIRST_KEYED_ORDER_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Lease = Callable[[Record], Awaitable[Delivery]]

BLOCK = 1_000_000
PREFETCH_AT = BLOCK // 5  # ids left when the next block is asked for


class OrderIds:
    """Gives out ids; `lease` writes one record and returns where it went."""

    def __init__(self, lease: Lease, note: bytes) -> None:
        self._lease = lease
        self._note = note
        self._blocks: list[range] = []
        self._next = self._end = 0
        self._leasing: asyncio.Task[None] | None = None

    async def take(self, number: int) -> list[int]:
        """So many new ids, ascending.

        Raises what `lease` raises.
        """
        while self._left() < number:
            await asyncio.shield(self.prefetch())
        if self._end - self._next >= number:  # one block has them all
            ids = list(range(self._next, self._next + number))
            self._next += number
        else:
            ids = [self._one() for _ in range(number)]
        if self._left() < PREFETCH_AT:
            self.prefetch()
        return ids

    def take_one(self) -> int | None:
        """A new id, if one is at hand."""
        if self._next == self._end:
            return None
        self._next += 1
        if self._end - self._next == PREFETCH_AT and not self._blocks:
            self.prefetch()
        return self._next - 1

    def prefetch(self) -> asyncio.Task[None]:
        """Ask for a block, if nobody has yet."""
        if self._leasing is None or self._leasing.done():
            self._leasing = asyncio.create_task(self._lease_block())
            self._leasing.add_done_callback(_seen)
        return self._leasing

    def _left(self) -> int:
        return self._end - self._next + sum(map(len, self._blocks))

    def _one(self) -> int:
        if self._next == self._end:
            block = self._blocks.pop(0)
            self._next, self._end = block.start, block.stop
        self._next += 1
        return self._next - 1

    async def _lease_block(self) -> None:
        delivery = await self._lease(Record(self._note, None))
        first = FIRST_GENERATED_ORDER_ID + delivery.offset * BLOCK + 1
        if first + BLOCK > FIRST_KEYED_ORDER_ID:
            raise KafkaUnavailable("all order ids are used up", next_step="send your own order_id")
        self._blocks.append(range(first, first + BLOCK))


def _seen(task: asyncio.Task[None]) -> None:
    """A failed prefetch is tried again by the next order; asyncio need not complain about it."""
    if not task.cancelled():
        task.exception()

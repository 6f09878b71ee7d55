"""Order ids that no other process ever gives out, without asking anybody per order.

A process leases blocks of a million ids by writing a record to the topic `order-ids`. The record's offset
numbers the block, counted from one that the topic's id decides: offsets begin again when the broker's data
is lost, topic ids never come back. So an orders database that outlives the broker sees no id a second time.
A block that was not used up when the process ended is never used again.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from api.deliveries import Delivery, Record
from playground.errors import KafkaUnavailable
from playground.orders import FIRST_GENERATED_ORDER_ID, FIRST_KEYED_ORDER_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Lease = Callable[[Record], Awaitable[Delivery]]
    AskTopicId = Callable[[], Awaitable[str]]

BLOCK = 1_000_000
BLOCKS = (FIRST_KEYED_ORDER_ID - FIRST_GENERATED_ORDER_ID) // BLOCK
PREFETCH_AT = BLOCK // 5  # ids left when the next block is asked for


def first_block(topic_id: str) -> int:
    """Which of the BLOCKS the lease at offset 0 of this topic owns; the same on every process."""
    return int.from_bytes(sha256(topic_id.encode()).digest()[:8], "big") % BLOCKS


class OrderIds:
    """Gives out ids.

    `lease` writes one record (with `note` in it) to the topic and returns where it went; `ask_topic_id`
    asks for the id that the topic has now.
    """

    def __init__(self, lease: Lease, ask_topic_id: AskTopicId, note: bytes) -> None:
        self._lease = lease
        self._ask_topic_id = ask_topic_id
        self._note = note
        self._topic_id: str | None = None  # as it was after the last lease
        self._blocks: list[range] = []
        self._next = self._end = 0
        self._leasing: asyncio.Task[None] | None = None

    async def take(self, number: int) -> list[int]:
        """So many new ids, ascending.

        Raises what `lease` and `ask_topic_id` raise.
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
        topic_id, offset = await self._lease_offset()
        if offset >= BLOCKS:
            raise KafkaUnavailable("all order ids are used up", next_step="send your own order_id")
        first = FIRST_GENERATED_ORDER_ID + (first_block(topic_id) + offset) % BLOCKS * BLOCK + 1
        self._blocks.append(range(first, first + BLOCK))

    async def _lease_offset(self) -> tuple[str, int]:
        """An offset that is ours, and the id of the topic that it belongs to.

        The topic may be made anew at any time. The same id before and after the write means that the write
        went to that topic.
        """
        before = self._topic_id or await self._ask_topic_id()
        while True:
            delivery = await self._lease(Record(self._note, None))
            self._topic_id = await self._ask_topic_id()
            if self._topic_id == before:
                return before, delivery.offset
            before = self._topic_id


def _seen(task: asyncio.Task[None]) -> None:
    """A failed prefetch is tried again by the next order; asyncio need not complain about it."""
    if not task.cancelled():
        task.exception()

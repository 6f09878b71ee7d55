"""`Idempotency-Key`: the same key again gets the same answer, and never a second record.

Answers are remembered per process, the newest ten thousand. Beyond that, and on every other process, the key
still makes the same order_id, and the workers drop an order_id that they have seen: no second effect either.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from api.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

REMEMBERED = 10_000
HEADER = "Idempotency-Key"
VISIBLE = re.compile(rb"[\x21-\x7e]{1,255}")


def parse_key(value: bytes) -> str:
    """The key out of its header.

    Raises Refused.
    """
    if VISIBLE.fullmatch(value) is None:
        raise _refused("must be 1 to 255 visible ASCII characters")
    return value.decode("ascii")


class Answers:
    """Remembered answers by key. `request` is what must be the same when a key is used again."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._entries: OrderedDict[str, tuple[Any, asyncio.Task[Any]]] = OrderedDict()

    async def once(self, key: str, request: Any, act: Callable[[], Awaitable[Any]]) -> tuple[Any, bool]:
        """The answer of `act`, or the one it gave before, and whether it was given before.

        A failure is not remembered: the next one may try again. Raises what `act` raises, and Refused.
        """
        entry = self._entries.get(key)
        if entry is not None:
            known, task = entry
            if known != request:
                raise _refused("was used before for another order; take a new key for a new order")
            self._entries.move_to_end(key)
            return await asyncio.shield(task), True
        task = asyncio.ensure_future(_run(act))
        self._entries[key] = (request, task)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
        task.add_done_callback(lambda done: self._forget_failure(key, done))
        # Shielded: when this client goes away, another one may be waiting for the same answer.
        return await asyncio.shield(task), False

    def _forget_failure(self, key: str, done: asyncio.Task[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            entry = self._entries.get(key)
            if entry is not None and entry[1] is done:
                del self._entries[key]


async def _run(act: Callable[[], Awaitable[Any]]) -> Any:
    return await act()


def _refused(reason: str) -> Refused:
    return Refused(422, "The Idempotency-Key cannot be used", f"{HEADER} {reason}", field=HEADER)

"""Blocking calls beside the event loop.

Not asyncio.to_thread: its threads are waited for at the end, and a call that nobody wants any more
(an admin call to a broker that has just been stopped) would hold up Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """What `call` returns or raises. When the awaiting task is cancelled, the call is left to itself."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def finish(set_it: Callable[[], None]) -> None:
        def unless_cancelled() -> None:
            if not result.done():
                set_it()

        with contextlib.suppress(RuntimeError):  # the loop may be gone
            loop.call_soon_threadsafe(unless_cancelled)

    def run() -> None:
        try:
            value = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            failure = error
            finish(lambda: result.set_exception(failure))
        else:
            finish(lambda: result.set_result(value))

    threading.Thread(target=run, daemon=True).start()
    return await result

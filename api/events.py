"""GET /events: server-sent events, for the dashboard and for everybody else who watches."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from api.hub import Hub, render_event
from playground import __version__
from playground.clock import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.answers import Receive, Send

HEARTBEAT_SECONDS = 10.0
# A listener that takes nothing for so long is gone, whatever its connection says.
STUCK_SECONDS = 30.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
]


async def stream_events(hub: Hub, receive: Receive, send: Send) -> int:
    """Send events until the client leaves or the server ends; the status.

    Raises Overloaded.
    """
    subscriber = await hub.subscribe()
    leaving = asyncio.create_task(wait_for_leave(receive, subscriber.close))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send_part(send, render_event("hello", {"version": __version__, "taken_at": iso(now_ms())}))
        beat = time.monotonic() + HEARTBEAT_SECONDS
        while not subscriber.closed:
            try:
                async with asyncio.timeout(max(0.0, beat - time.monotonic())):
                    await subscriber.awake.wait()
            except TimeoutError:
                beat = time.monotonic() + HEARTBEAT_SECONDS
                await send_part(send, render_event("heartbeat", {}))
                continue
            await send_part(send, subscriber.take())
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        pass  # stuck; the connection is cut when this returns without an end
    finally:
        leaving.cancel()
        hub.unsubscribe(subscriber)
    return 200


async def send_part(send: Send, content: bytes) -> None:
    """Send some of an answer that goes on. Raises TimeoutError when the client takes nothing."""
    async with asyncio.timeout(STUCK_SECONDS):
        await send({"type": "http.response.body", "body": content, "more_body": True})


async def wait_for_leave(receive: Receive, leave: Callable[[], None]) -> None:
    """Call `leave` when the client closes its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
    leave()

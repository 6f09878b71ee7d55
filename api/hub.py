"""Who listens to GET /events, and what each still has to be sent.

Memory is bounded by the number of listeners: of a snapshot only the newest is kept for a slow one,
of everything else the newest few hundred; what was dropped is counted and said.
A new listener begins with the newest snapshot of each kind, the history of worker events among them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from playground.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SUBSCRIBERS = 100
MAX_WAITING = 500
READY_SECONDS = 3.0
SNAPSHOTS = ("history", "offsets", "groups", "stats", "run")
_encode = msgspec.json.Encoder().encode


def render_event(name: str, document: Any) -> bytes:
    """One event of the stream."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(document))


class Subscriber:
    """One listener's queue; used on the event loop only."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._snapshots: dict[str, bytes] = {}
        self._lost = 0
        self.closed = False
        self.awake = asyncio.Event()

    def push(self, name: str, event: bytes) -> None:
        """Queue an event; a newer snapshot replaces one that was not sent yet."""
        if name in SNAPSHOTS:
            self._snapshots[name] = event
        else:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(event)
        self.awake.set()

    def take(self) -> bytes:
        """Everything that is queued, as one piece."""
        parts = [*self._waiting, *self._snapshots.values()]
        if self._lost:
            parts.insert(0, render_event("lost", {"events": self._lost}))
        self._waiting.clear()
        self._snapshots.clear()
        self._lost = 0
        self.awake.clear()
        return b"".join(parts)

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self.awake.set()


class Hub:
    """Listeners of one process. `start` begins to follow Kafka; it returns what ends that again."""

    def __init__(self, start: Callable[[Hub], Callable[[], None]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = start
        self._stop: Callable[[], None] | None = None
        self._subscribers: set[Subscriber] = set()
        self._latest: dict[str, bytes] = {}
        self._ready = asyncio.Event()
        self._closing = False

    @property
    def size(self) -> int:
        """How many listen."""
        return len(self._subscribers)

    async def subscribe(self) -> Subscriber:
        """A new listener; from here on it misses no order.

        Raises Overloaded when there are too many.
        """
        if self._closing or len(self._subscribers) >= MAX_SUBSCRIBERS:
            raise Overloaded(f"{len(self._subscribers)} listen to events, {MAX_SUBSCRIBERS} may")
        subscriber = Subscriber()
        self._subscribers.add(subscriber)
        if self._stop is None:
            self._ready.clear()
            self._stop = self._start(self)
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            pass  # the broker is away: the stream begins all the same, and says more when it is back
        except BaseException:
            self.unsubscribe(subscriber)
            raise
        subscriber.take()  # what came meanwhile was told before its stream begins, and is in the snapshots
        for name, event in self._latest.items():
            subscriber.push(name, event)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """It left. After the last one nobody follows Kafka any more."""
        self._subscribers.discard(subscriber)
        if not self._subscribers and self._stop is not None:
            self._stop()
            self._stop = None
            self._latest.clear()

    def close(self) -> None:
        """End all streams."""
        self._closing = True
        for subscriber in self._subscribers:
            subscriber.close()

    def ready(self) -> None:
        """Kafka is followed from here on. May be called from any thread."""
        self._later(self._ready.set)

    def publish(self, name: str, document: Any) -> None:
        """Send an event to everybody. May be called from any thread."""
        event = render_event(name, document)
        self._later(lambda: self._push(name, event))

    def keep(self, name: str, document: Any) -> None:
        """A snapshot for new listeners alone: the others know it already. May be called from any thread."""
        event = render_event(name, document)
        self._later(lambda: self._keep(name, event))

    def _keep(self, name: str, event: bytes) -> None:
        if self._stop is not None:
            self._latest[name] = event

    def _push(self, name: str, event: bytes) -> None:
        if name in SNAPSHOTS:
            self._keep(name, event)
        for subscriber in self._subscribers:
            subscriber.push(name, event)

    def _later(self, action: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(action)
        except RuntimeError:
            return  # the loop has ended, and every stream with it

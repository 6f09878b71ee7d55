"""The newest worker events before a listener came: GET /events begins with them.

The topic itself is the memory, so every API process tells the same, also after a restart.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from playground.errors import PlaygroundError
from playground.events import PROGRESS, Event, parse_event
from playground.topics import EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.groups import Place
    from playground.offsets import Span
    from playground.records import RecordReader

KEPT = 20
# Under load most records tell of handled batches: look back further, but not for ever.
STRETCH = 2_000
MOST_STRETCHES = 10
SECONDS = 1.0


class History:
    """The last KEPT worker events that are more than progress, oldest first."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)

    def document(self) -> dict[str, Any]:
        """As the event `history` carries it."""
        return {"events": list(self._events)}

    def add(self, event: Event) -> bool:
        """Whether it belongs to the history; then it does from now on."""
        if event["event"] in PROGRESS:
            return False
        self._events.append(event)
        return True

    def read_back(self, reader: RecordReader, spans: Mapping[Place, Span]) -> None:
        """Fill it with what stands before the ends in `spans`, as far as that can be read in SECONDS."""
        deadline = time.monotonic() + SECONDS
        found: list[Event] = []
        for (topic, partition), span in spans.items():
            if topic == EVENTS and span.start is not None and span.end is not None:
                found += _newest(reader, partition, span.start, span.end, deadline)
        found.sort(key=lambda event: str(event.get("at")))
        self._events.extend(found)


def _newest(reader: RecordReader, partition: int, start: int, end: int, deadline: float) -> list[Event]:
    """Stretch by stretch, the newest first, until there are enough."""
    found: list[Event] = []
    for _ in range(MOST_STRETCHES):
        if end <= start or len(found) >= KEPT or time.monotonic() >= deadline:
            break
        begin = max(start, end - STRETCH)
        try:
            records = reader.read({(EVENTS, partition): (begin, end)}, deadline - time.monotonic())
        except PlaygroundError:
            break  # the page begins without them
        events = [parse_event(record.value() or b"") for record in records]
        found = [event for event in events if event is not None and event["event"] not in PROGRESS] + found
        end = begin
    return found

"""Counting by windows of event time, by the rules of Kafka Streams, which ksqlDB is made of.

Stream time is the latest time of any record read so far; it never goes back. A window is closed when stream
time has reached its end and the grace period after it: a record that comes then is late, and is dropped. And
a table forgets: it keeps the windows that began less than size and grace period before its newest one began.
KIP-328 (grace and retention); compared with Kafka Streams itself in tests/contracts/test_windowing.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playground.tables import Window


@dataclass
class WindowCounts:
    """Counts of one task: it reads records one by one, in the order they come. Times in ms since 1970.

    `counted`: (key, beginning of the window) -> records, of every window there ever was. `late`: pairs of a
    record and a window that was closed, as (key, beginning of the window) -> records.
    """

    window: Window
    grace_ms: int
    stream_time: int | None = None
    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    late: Counter[tuple[str, int]] = field(default_factory=Counter)

    def read(self, key: str, time: int) -> None:
        """One record."""
        self.stream_time = time if self.stream_time is None else max(self.stream_time, time)
        for start in starts(time, self.window):
            closed = start + self.window.size_ms + self.grace_ms <= self.stream_time
            (self.late if closed else self.counted)[key, start] += 1

    def read_all(self, records: Iterable[tuple[str, int]]) -> WindowCounts:
        """Pairs of key and time; itself."""
        for key, time in records:
            self.read(key, time)
        return self

    def table(self) -> dict[tuple[str, int], int]:
        """What a query of the table finds now: the windows that it has not forgotten yet."""
        newest = max((start for _key, start in self.counted), default=0)
        forgotten = newest - self.window.size_ms - self.grace_ms
        return {place: count for place, count in self.counted.items() if place[1] > forgotten}


def starts(time: int, window: Window) -> Iterator[int]:
    """Beginnings of the windows that a moment lies in, the latest first."""
    last = time - time % window.advance_ms
    yield from range(last, time - window.size_ms, -window.advance_ms)

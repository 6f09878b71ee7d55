"""Time lag: when were the records written that the groups have to read next.

The record at a position is read and its timestamp taken: exact, also for a group whose workers are dead.
A timestamp is the producer's clock (CreateTime), so a skewed clock shows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playground.records import RecordReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.settings import KafkaSettings

Spot = tuple[str, int, int]  # topic, partition, offset

READ_SECONDS = 0.5
# Partitions read in one go.
SPOTS_AT_ONCE = 500
CACHE_SPOTS = 200_000


class WrittenAt:
    """Timestamps of records, remembered: a record never changes its time."""

    def __init__(self, kafka: KafkaSettings, client_id: str) -> None:
        self._reader = RecordReader(kafka, client_id, fetch_bytes=16_384)
        self._known: dict[Spot, int] = {}

    def read(self, spots: Iterable[Spot], seconds: float = READ_SECONDS) -> dict[Spot, int]:
        """Timestamps in milliseconds since 1970, as far as they are known or arrive within `seconds`.

        Several groups may wait at different offsets of one partition: those take a round each.
        """
        deadline = time.monotonic() + seconds
        wanted = set(spots)
        unread = wanted - self._known.keys()
        while unread and (left := deadline - time.monotonic()) > 0:
            unread -= self._read_round(sorted(unread), left)
        if len(self._known) > CACHE_SPOTS:
            self._known = {spot: at for spot, at in self._known.items() if spot in wanted}
        return {spot: self._known[spot] for spot in wanted if spot in self._known}

    def _read_round(self, unread: list[Spot], seconds: float) -> set[Spot]:
        """Read one record of each partition; the spots that were tried."""
        stretches: dict[tuple[str, int], tuple[int, int]] = {}
        for topic, partition, offset in unread:
            if len(stretches) < SPOTS_AT_ONCE:
                stretches.setdefault((topic, partition), (offset, offset + 1))
        for message in self._reader.read(stretches, seconds):
            place = (message.topic() or "", message.partition() or 0)
            self._known[(*place, stretches[place][0])] = message.timestamp()[1]
        return {(*place, start) for place, (start, _) in stretches.items()}

    def close(self) -> None:
        """Give the connections back."""
        self._reader.close()

"""Reads lag again and again: a snapshot, the waiting records' times, and rates from what was seen before."""

from __future__ import annotations

import functools
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from playground.clients import create_admin
from playground.errors import KafkaUnavailable
from playground.lag import GroupLag, Sums, compute_lag, lagging_places, sums_of
from playground.lag_seconds import WrittenAt
from playground.offsets import TIMEOUT_SECONDS, Snapshot, read_snapshot
from playground.renewed_admin import RenewedAdmin

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from playground.settings import Settings

HISTORY = 6


@dataclass(frozen=True, slots=True)
class LagReport:
    """A snapshot and the lag of every group in it."""

    snapshot: Snapshot
    groups: dict[str, GroupLag]


class LagReader:
    """The one way to lag. May be used by several threads; they are served one after another."""

    def __init__(self, settings: Settings, client_id: str) -> None:
        self.admin = cast(
            "AdminClient", RenewedAdmin(functools.partial(create_admin, settings.kafka, client_id))
        )
        self._written_at = WrittenAt(settings.kafka, client_id)
        self._history: deque[dict[str, Sums]] = deque(maxlen=HISTORY)
        self._lock = threading.Lock()

    def read(self, group_id: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> LagReport:
        """Lag of all groups, or of one.

        Raises NotFound when that group does not exist, KafkaUnavailable when the broker does not answer.
        """
        if not self._lock.acquire(timeout=timeout_seconds):
            raise KafkaUnavailable(f"earlier requests for offsets got no answer in {timeout_seconds:g} s")
        try:
            snapshot = read_snapshot(self.admin, group_id, timeout_seconds)
            written_at = self._written_at.read(lagging_places(snapshot))
            groups = compute_lag(snapshot, written_at, self._history)
            if group_id is None:
                self._remember(snapshot, groups)
            return LagReport(snapshot, groups)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Give the connections back."""
        self._written_at.close()

    def _remember(self, snapshot: Snapshot, groups: dict[str, GroupLag]) -> None:
        self._history.append({name: sums_of(snapshot, lag.partitions) for name, lag in groups.items()})

"""Deliberate misbehaviour, so that lag, crashes and repeats can be made on purpose."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.settings import FaultSettings

# While a delay is on, a batch is cut so that it takes about this long: a slow worker stays responsive.
SLOW_BATCH_MS = 500


class HandlerFailed(Exception):
    """The pretended failure of a handler; the batch is rolled back and tried again."""


def faults_of(settings: FaultSettings, worker: str) -> FaultSettings:
    """The faults of this worker: none when they are meant for another one."""
    if settings.worker in {None, worker}:
        return settings
    return dataclasses.replace(
        settings, processing_delay_ms=0, batch_delay_ms=0, failure_ratio=0.0, crash_after_records=0
    )


class Faults:
    """The faults of one worker, as its settings say. `stopping` ends a delay early."""

    def __init__(self, settings: FaultSettings, stopping: Callable[[], bool]) -> None:
        self._settings = settings
        self._stopping = stopping
        self._records = 0

    def batch_size(self, wanted: int) -> int:
        """How many records to take at once: fewer when each of them takes long."""
        delay = self._settings.processing_delay_ms
        return min(wanted, max(1, SLOW_BATCH_MS // delay)) if delay else wanted

    def handle(self, records: int) -> None:
        """Pretend to work on `records` records: wait, and maybe fail.

        Raises HandlerFailed.
        """
        self._records += records
        self._wait((self._settings.batch_delay_ms + records * self._settings.processing_delay_ms) / 1000)
        ratio = self._settings.failure_ratio
        if ratio and any(random.random() < ratio for _ in range(records)):  # noqa: S311 - a pretended fault
            raise HandlerFailed

    def reached(self, point: str) -> None:
        """Kill this process at the wanted point, once enough records were handled."""
        after = self._settings.crash_after_records
        if after and self._records >= after and point == self._settings.crash_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stopping():
            time.sleep(min(left, 0.1))

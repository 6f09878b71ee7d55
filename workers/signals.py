"""SIGTERM and SIGINT ask a worker to finish; whatever it is stuck in, it is gone in ten seconds.

Python runs a signal handler between two steps of the main thread, and a call into librdkafka or a
database driver is one step, however long. So the signals are blocked everywhere and a thread waits for them.
Ending hard is safe at any point: what is not committed in the database has not happened.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Promised are ten seconds.
PATIENCE_SECONDS = 9.0
WANTED = {signal.SIGTERM, signal.SIGINT}


class StopSignals:
    """Make it first thing in a process: threads inherit that the signals are blocked."""

    def __init__(self) -> None:
        self._stop: Callable[[], None] | None = None
        self._asked = threading.Event()
        signal.pthread_sigmask(signal.SIG_BLOCK, WANTED)
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def call(self, stop: Callable[[], None]) -> None:
        """What to call when asked to stop; at once when that was asked already."""
        self._stop = stop
        if self._asked.is_set():
            stop()

    def _wait(self) -> None:
        signal.sigwait(WANTED)
        self._asked.set()
        if self._stop is not None:
            self._stop()
        threading.Event().wait(PATIENCE_SECONDS)
        os._exit(0)

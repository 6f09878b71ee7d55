"""Tells the benchmark how far a baseline is, in the words of a worker's event."""

from __future__ import annotations

import sys


class Progress:
    """One line per `every` orders, so that telling costs nothing."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._count = 0

    def add(self, count: int) -> None:
        """So many more orders are done."""
        self._count += count
        if self._count >= self._every:
            sys.stdout.write(f'{{"event":"records_handled","partitions":[{{"count":{self._count}}}]}}\n')
            sys.stdout.flush()
            self._count = 0

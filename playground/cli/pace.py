"""Doing something again and again until Ctrl-C."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def every(seconds: float) -> Iterator[None]:
    """Yields at once and then each time after `seconds`."""
    clock = threading.Event()  # never set: waiting for it is a pause that Ctrl-C ends at once
    while True:
        yield
        clock.wait(seconds)

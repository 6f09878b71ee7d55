"""Waiting for something to become true, with a deadline and a message; the only sleep in the house."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from playground.errors import WaitTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def wait_until(
    probe: Callable[[], T],
    what: str,
    seconds: float,
    *,
    every: float = 0.05,
    ignore: tuple[type[Exception], ...] = (),
) -> T:
    """Call `probe` until it returns something true and return that.

    Exceptions of the types in `ignore` count as "not yet".
    Raises WaitTimeout naming `what` and what was seen last.
    """
    deadline = time.monotonic() + seconds
    seen: object = None
    while True:
        try:
            value = probe()
        except ignore as error:
            seen = error
        else:
            if value:
                return value
            seen = value
        if time.monotonic() >= deadline:
            raise WaitTimeout(what, seconds, seen)
        time.sleep(every)

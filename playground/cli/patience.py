"""Waits for what a command needs before it begins, and says from time to time what is not there yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from playground.errors import (
    KafkaUnavailable,
    KsqlDbUnavailable,
    NotFound,
    PlaygroundError,
    StoreUnavailable,
    WaitTimeout,
)
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

SAY_EVERY_SECONDS = 15.0
AGAIN_SECONDS = 1.0
# Everything else that goes wrong is not healed by waiting.
NOT_YET = (KafkaUnavailable, StoreUnavailable, KsqlDbUnavailable, NotFound)


class Patience:
    """One deadline for all that a command waits for."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def __call__(self, what: str, probe: Callable[[], object], next_step: str) -> None:
        """Ask again until `probe` raises nothing; `next_step` says what to look at when that takes long.

        Raises WaitTimeout, and what waiting does not heal.
        """
        left = self._deadline - time.monotonic()
        try:
            wait_until(_telling(what, probe, next_step), what, left, every=AGAIN_SECONDS, ignore=NOT_YET)
        except WaitTimeout as timeout:
            timeout.next_step = next_step
            raise
        click.echo(f"{what}: there")


def _telling(what: str, probe: Callable[[], object], next_step: str) -> Callable[[], bool]:
    """The same probe, which says from time to time why it is not there yet, and what to look at."""
    say_at = time.monotonic()

    def ask() -> bool:
        nonlocal say_at
        try:
            probe()
        except PlaygroundError as error:
            if time.monotonic() >= say_at:
                say_at = time.monotonic() + SAY_EVERY_SECONDS
                click.echo(f"{what}: not there yet: {error}\n  next: {next_step}", err=True)
            raise
        return True

    return ask

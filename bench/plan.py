"""The table's rows, and which rows are measured together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bench.lab import Lab
    from bench.measure import Variant


@dataclass(frozen=True)
class Row:
    """A line of the table: `ours` against `theirs`, or `ours` against a limit when `theirs` is None.

    `unit`: None takes the group's. `every_round`: the limit holds for the worst round, not for the median.
    """

    key: str
    what: str
    against: str
    ours: str
    theirs: str | None
    reach: float | None
    aim: float | None = None
    unit: str | None = None
    every_round: bool = False


@dataclass(frozen=True)
class Group:
    """Rows that share their runs. `open` brings the variants, in the order of a round."""

    name: str
    unit: str
    rows: tuple[Row, ...]
    open: Callable[[Lab, Callable[[str], None]], AbstractContextManager[list[Variant]]]
    less_is_better: bool = False
    most_rounds: int = 99
    broker: bool = True
    noise_is_harmless: bool = False  # memory does not shrink because others compute

    def needed(self, keys: set[str]) -> set[str]:
        """Names of the variants that these rows need."""
        rows = [row for row in self.rows if row.key in keys]
        return {row.ours for row in rows} | {row.theirs for row in rows if row.theirs}

"""The blocks a report is made of. Texts are plain: who writes them as something escapes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.experiments.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.report.pictures import Picture

# Beside the word, so that nobody depends on a colour.
SIGNS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.INCONCLUSIVE: "?"}
UNKNOWN = "\N{EN DASH}"
MOST_DECIMALS = 2


@dataclass(frozen=True)
class Heading:
    """Level 1 is the title of the whole."""

    level: int
    words: str


@dataclass(frozen=True)
class Paragraph:
    """A few sentences. `lead`: the one that a hasty reader shall see."""

    words: str
    lead: bool = False


@dataclass(frozen=True)
class Command:
    """What to type."""

    words: str


@dataclass(frozen=True)
class Callout:
    """Something that must not be overlooked. `kind`: a verdict, or warning."""

    kind: str
    title: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Option:
    """An answer to choose from, and what is to be said about it."""

    letter: str
    words: str
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Options:
    """Answers to a question."""

    options: Sequence[Option]


@dataclass(frozen=True)
class Grid:
    """A table. A cell is a number, a text, a Verdict, or None for unknown."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""


@dataclass(frozen=True)
class Drawn:
    """A picture."""

    picture: Picture


@dataclass(frozen=True)
class Folded:
    """Blocks that are shown when somebody asks for them."""

    summary: str
    blocks: Sequence[Block] = field(default_factory=list)


Block = Heading | Paragraph | Command | Callout | Options | Grid | Drawn | Folded


def numeric_columns(grid: Grid) -> list[bool]:
    """Which columns hold nothing but numbers and unknowns."""
    return [all(map(_is_number, _column(grid, index))) for index in range(len(grid.columns))]


def cell_texts(grid: Grid) -> list[list[str]]:
    """The rows as people read them; the numbers of a column have the same decimals."""
    decimals = [max(map(_decimals, _column(grid, index)), default=0) for index in range(len(grid.columns))]
    return [[_text(value, places) for value, places in zip(row, decimals, strict=True)] for row in grid.rows]


def setting_text(value: object) -> str | None:
    """A setting as `--set` takes it; None when it has no value."""
    if isinstance(value, list | tuple):
        return ",".join(str(setting_text(each)) for each in value)
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _column(grid: Grid, index: int) -> list[Any]:
    return [row[index] for row in grid.rows]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def _decimals(value: object) -> int:
    """How many a number needs, up to MOST_DECIMALS."""
    if not isinstance(value, float):
        return 0
    shown = round(value, MOST_DECIMALS)
    return next(places for places in range(MOST_DECIMALS + 1) if round(value, places) == shown)


def _text(value: object, decimals: int) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, Verdict):
        return f"{SIGNS[value]} {value}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.{decimals}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

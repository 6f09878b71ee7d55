"""How results are printed: JSON for programs, tables for people.

Colours only on a terminal, and never with NO_COLOR (rich sees to both).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PIPED_WIDTH = 200

output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: the whole document, for programs.",
)


@functools.cache
def console() -> Console:
    """Standard output. A pipe gets wide lines, so that nothing is cut or wrapped there."""
    plain = Console(highlight=False, soft_wrap=False)
    return plain if plain.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


def print_json(document: Any) -> None:
    """One document, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))


def print_line(document: Any) -> None:
    """One document on one line."""
    click.echo(msgspec.json.encode(document))


def make_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str, *, wrap: bool = False
) -> Table | str:
    """A plain table; numbers to the right. Without rows: the sentence `empty`.

    `wrap`: long headings and texts go over several lines, where a narrow terminal would cut them.
    """
    cells = [list(row) for row in rows]
    if not cells:
        return empty
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float | None) for row in cells)
        table.add_column(column, justify="right" if numeric else "left", no_wrap=not wrap)
    for row in cells:
        table.add_row(*map(_cell, row))
    return table


def show(document: Any, output: str, table: Callable[[], Any]) -> None:
    """The document as JSON, or what `table` makes of it."""
    if output == "json":
        print_json(document)
    else:
        console().print(table(), markup=False)


def _cell(value: object) -> Any:
    from rich.text import Text  # noqa: PLC0415 - text of orders is never markup

    if value is None:
        return Text("-")
    if isinstance(value, float):
        return Text(f"{value:.1f}")
    return Text(str(value))

"""The rows of a push query as they come: lines under columns, or one JSON document per line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from playground.cli.output import print_line
from playground.cli.tail import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playground.ksqldb.answers import Columns
    from playground.ksqldb.client import KsqlDb

# How wide a column begins: the rows to come are not known. A time in milliseconds has 13 digits.
WIDTHS = {"STRING": 12, "INTEGER": 6, "BIGINT": 13, "DOUBLE": 9}
NUMBERS = ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL")


def show_changes(
    server: KsqlDb, sql: str, *, limit: int | None, seconds: float | None, from_beginning: bool, output: str
) -> None:
    """Print each row when it comes: `limit` rows at most, for `seconds` at most, or until Ctrl-C.

    Raises KsqlDbRefused, KsqlDbUnavailable; the rows of before stand by then.
    """
    try:
        with server.follow(sql, seconds=seconds, from_beginning=from_beginning) as changes:
            show = _json_lines(changes.columns) if output == "json" else _table_lines(changes.columns)
            for row in islice(changes, limit):
                show(row)
            if changes.ended:
                click.echo("ksqlDB has ended the query", err=True)
    except KeyboardInterrupt:
        return


class GrowingColumns:
    """Lines of a table without an end: a value that is wider than its column makes it wider from there on."""

    def __init__(self, columns: Columns) -> None:
        self._names = [name for name, _kind in columns]
        self._right = [kind.startswith(NUMBERS) for _name, kind in columns]
        self._widths = [max(len(name), WIDTHS.get(kind, 0)) for name, kind in columns]

    def heading(self) -> str:
        """The line above all."""
        return self._line(self._names)

    def line(self, row: Sequence[object]) -> str:
        """One row."""
        return self._line([_cell(value) for value in row])

    def _line(self, cells: Sequence[str]) -> str:
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, cells, strict=True)]
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, self._widths, self._right, strict=True)
        )
        return "  ".join(placed).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else printable(value)


def _table_lines(columns: Columns) -> Callable[[Sequence[object]], None]:
    table = GrowingColumns(columns)
    click.echo(table.heading())
    return lambda row: click.echo(table.line(row))


def _json_lines(columns: Columns) -> Callable[[Sequence[object]], None]:
    names = [name for name, _kind in columns]
    return lambda row: print_line(dict(zip(names, row, strict=True)))

"""The tables over `orders` that GET /stream-table shows, whoever computes them.

`ksql/` has a statement for each; where there is no ksqlDB the analytics group answers the same rows (see
store/tables.py). The time of an order is its record's timestamp, for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from playground.errors import InvalidValue, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

EngineName = Literal["ksqldb", "analytics"]
MINUTE_MS = 60_000
# More rows are no table that a person looks at, and cost everybody memory.
MAX_ROWS = 10_000
MAX_KEY = 64  # of an item's name


@dataclass(frozen=True)
class Column:
    """Name in lower case, and ksqlDB's type."""

    name: str
    type: str


@dataclass(frozen=True)
class Window:
    """Windows of `size_ms` that begin every `advance_ms`: tumbling when both are the same, else hopping."""

    size_ms: int
    advance_ms: int


@dataclass(frozen=True)
class Table:
    """One table, by item; the file of its name in ksql/ makes it. `columns`: in ksqlDB's order, key first."""

    name: str
    columns: tuple[Column, ...]
    window: Window | None = None

    @property
    def key(self) -> str:
        """The column that is the key."""
        return self.columns[0].name


ITEM = Column("item", "STRING")
BOUNDS = (Column("windowstart", "BIGINT"), Column("windowend", "BIGINT"))
TABLES = (
    Table("item_count", (ITEM, Column("total", "BIGINT"), Column("quantity", "INTEGER"))),
    Table("orders_per_min", (ITEM, *BOUNDS, Column("count", "BIGINT")), Window(MINUTE_MS, MINUTE_MS)),
    Table(
        "item_trend",
        (ITEM, *BOUNDS, Column("orders", "BIGINT"), Column("quantity", "INTEGER")),
        Window(5 * MINUTE_MS, MINUTE_MS),
    ),
)


@dataclass(frozen=True)
class TableQuery:
    """Which rows: those of a key, and of windows that begin at `start` or later and before `end`; None: all.

    Both in milliseconds since 1970. Raises InvalidValue for what no table has an answer to.
    """

    table: Table
    key: str | None = None
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        if self.table.window is None and (self.start is not None or self.end is not None):
            field = "to" if self.start is None else "from"
            raise InvalidValue(field, f"{self.table.name} has no windows", next_step=f"leave {field} out")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidValue("to", "it must be later than `from`")
        if self.key is not None and not 1 <= len(self.key) <= MAX_KEY:
            raise InvalidValue("key", f"an item has 1 to {MAX_KEY} characters")


@dataclass(frozen=True)
class TableRows:
    """The answer: columns, and a tuple of values per row."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]


class TableEngine(Protocol):
    """Whoever keeps the tables. `name`: as answers say it."""

    name: EngineName

    def query(self, query: TableQuery) -> TableRows:
        """The rows, by window and key.

        Raises InvalidValue when there are more than MAX_ROWS; StoreUnavailable, KsqlDbUnavailable.
        """
        ...


def find_table(name: str) -> Table:
    """The table of this name, in any case.

    Raises NotFound with the names that there are.
    """
    for table in TABLES:
        if table.name == name.lower():
            return table
    known = ", ".join(table.name for table in TABLES)
    raise NotFound(f"there is no table {name!r}; there are {known}", next_step="GET /stream-table lists them")


def in_order(table: Table, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """By window, then by key: the same order from every engine.

    Raises InvalidValue as `check_size`.
    """
    found = list(rows)
    check_size(table, len(found))
    return sorted(found, key=lambda row: (row[1], row[0]) if table.window else (row[0],))


def check_size(table: Table, rows: int) -> None:
    """Raises InvalidValue for more than MAX_ROWS."""
    if rows > MAX_ROWS:
        field = "from" if table.window else "key"
        next_step = "narrow key, from and to" if table.window else "name one key"
        raise InvalidValue(field, f"{table.name} has more than {MAX_ROWS} such rows", next_step=next_step)

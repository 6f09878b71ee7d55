"""GET /stream-table: the tables of ksql/, from ksqlDB where there is one, else from analytics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from api import documents
from api.routing import Call, Route
from playground.clock import iso, now_ms
from playground.errors import InvalidValue
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.statements import read_statements
from playground.ksqldb.tables import KsqlTables
from playground.store.tables import AnalyticsTables
from playground.tables import MAX_KEY, MAX_ROWS, TABLES, Column, EngineName, TableQuery, find_table

if TYPE_CHECKING:
    from api.services import Services
    from playground.tables import Table, TableEngine

# A page waits for the answer; ksqlDB itself has no time-out.
ASK_SECONDS = 5.0
Moment = Annotated[
    int, msgspec.Meta(ge=0, le=2**53 - 1, description="windows by their beginning, milliseconds since 1970")
]


class TableParameters(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Which table, and which of its rows. Without `table`: which tables there are."""

    table: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_KEY)] | None = None
    start: Moment | None = None
    end: Moment | None = None
    engine: Annotated[EngineName, msgspec.Meta(description="who shall answer, where both could")] | None = (
        None
    )


class ColumnDocument(documents.Document, frozen=True):
    """A column: its name in lower case, and its type in ksqlDB's words."""

    name: str
    type: str


class WindowDocument(documents.Document, frozen=True):
    """Windows of `size_ms` that begin every `advance_ms`."""

    size_ms: int
    advance_ms: int


class StreamTable(documents.Document, frozen=True):
    """A table that can be asked for, and the SQL that makes it in ksqlDB, with the question it answers."""

    table: str
    key: str
    columns: list[ColumnDocument]
    window: WindowDocument | None
    sql: str


class StreamTables(documents.Document, frozen=True):
    """Which tables there are, and who answers for them."""

    engine: EngineName
    tables: list[StreamTable]


class StreamTableRows(documents.Document, frozen=True):
    """Rows of a table, by window and key: one value per column."""

    table: str
    engine: EngineName
    columns: list[ColumnDocument]
    rows: list[dict[str, Any]]
    taken_at: documents.Timestamp


def stream_table(call: Call) -> StreamTables | StreamTableRows:
    """The tables, or the rows of one."""
    given: TableParameters = call.query
    if given.table is not None:
        return read_rows(engine_of(call.services, given.engine), table_query(given))
    beside = {"key": given.key, "from": given.start, "to": given.end, "engine": given.engine}
    for field, value in beside.items():
        if value is not None:
            raise InvalidValue(field, "of which table?", next_step=f"?table={TABLES[0].name}&{field}=...")
    sql = {each.name: each.source for each in read_statements()}
    tables = [_described(table, sql[table.name.upper()]) for table in TABLES]
    # Said without a look at the database, which may be away.
    engine: EngineName = "analytics" if call.services.settings.ksqldb.url is None else "ksqldb"
    return StreamTables(engine, tables)


def table_query(given: TableParameters) -> TableQuery:
    """What was asked.

    Raises NotFound, InvalidValue.
    """
    return TableQuery(find_table(given.table or ""), given.key, given.start, given.end)


def engine_of(services: Services, wanted: EngineName | None = None) -> TableEngine:
    """Who answers, for the thread that asks: ksqlDB where there is one, unless somebody else is wanted.

    Raises InvalidValue.
    """
    url = services.settings.ksqldb.url
    if wanted == "ksqldb" and url is None:
        raise InvalidValue(
            "engine", "there is no ksqlDB here", next_step="start the API with PLAYGROUND_KSQLDB_URL"
        )
    if url is None or wanted == "analytics":
        return AnalyticsTables(services.store())
    return KsqlTables(KsqlDb(url, ASK_SECONDS))


def read_rows(engine: TableEngine, query: TableQuery) -> StreamTableRows:
    """The document.

    Raises what `TableEngine.query` does.
    """
    taken_at = iso(now_ms())
    found = engine.query(query)
    names = [column.name for column in found.columns]
    rows = [dict(zip(names, row, strict=True)) for row in found.rows]
    return StreamTableRows(query.table.name, engine.name, _columns(found.columns), rows, taken_at)


def _described(table: Table, sql: str) -> StreamTable:
    window = None
    if table.window is not None:
        window = WindowDocument(table.window.size_ms, table.window.advance_ms)
    return StreamTable(table.name, table.key, _columns(table.columns), window, sql)


def _columns(columns: tuple[Column, ...]) -> list[ColumnDocument]:
    return [ColumnDocument(each.name, each.type) for each in columns]


ROUTES = (
    Route(
        "GET",
        "/stream-table",
        "The tables that streaming SQL keeps over the orders, and their rows",
        notes="Without parameters: which tables there are, with their SQL. With `table`: its rows, of one "
        "`key` when it is given; of windows those that begin at `from` or later and before `to`. "
        f"At most {MAX_ROWS} rows. ksqlDB answers where PLAYGROUND_KSQLDB_URL names one (503 while it or the "
        "table is not ready), else the analytics group's counts of the same orders: `engine` says which, and "
        "as a parameter asks for one.",
        view=stream_table,
        query=TableParameters,
        answers={200: (StreamTables, StreamTableRows)},
        problems=(404, 503),
    ),
)

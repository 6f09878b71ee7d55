"""The tables as ksqlDB keeps them, asked by pull queries.

An answer without rows has two meanings: there are none, or the table is not there yet. ksqlDB does not say
which (https://docs.ksqldb.io/en/latest/developer-guide/ksqldb-reference/select-pull-query/), so it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.tables import MAX_ROWS, Column, TableRows, in_order

if TYPE_CHECKING:
    from playground.ksqldb.client import KsqlDb
    from playground.tables import EngineName, Table, TableQuery

LATER = "ask again in some seconds; `playground ksql status` says what is there"


class KsqlTables:
    """A `TableEngine`."""

    name: EngineName = "ksqldb"

    def __init__(self, server: KsqlDb) -> None:
        self._server = server

    def query(self, query: TableQuery) -> TableRows:
        table = query.table
        try:
            found = self._server.query(pull_query(query), MAX_ROWS + 1)
            if not found.rows:
                self._check_materialised(table)
        except KsqlDbRefused as refused:
            raise self._not_ready(table, refused) from None
        columns = tuple(Column(name, kind) for name, kind in found.columns)
        return TableRows(columns, in_order(table, found.rows))

    def _check_materialised(self, table: Table) -> None:
        """Raises KsqlDbUnavailable when no row is there although there are orders to make them of."""
        if self._server.query(f"SELECT * FROM {table.name} LIMIT 1;", 1).rows:  # noqa: S608 - a name of ours
            return
        if behind := self._server.behind(table.name):
            raise KsqlDbUnavailable(
                f"{table.name} is being made: its query has {behind} records to read", next_step=LATER
            )

    def _not_ready(self, table: Table, refused: KsqlDbRefused) -> KsqlDbUnavailable:
        """Why ksqlDB refuses a query that is right: by what it has, its sentences differ between versions."""
        if table.name.upper() not in self._server.sources():
            return KsqlDbUnavailable(
                f"ksqlDB has no table {table.name} yet",
                next_step="`playground ksql apply` makes it; in a release a job does, see its log",
            )
        return KsqlDbUnavailable(f"{table.name} cannot be asked yet: {refused}", next_step=LATER)


def pull_query(query: TableQuery) -> str:
    """The SQL: names out of the catalogue, values as literals of their type."""
    table = query.table
    terms = []
    if query.key is not None:
        terms.append(f"{table.key} = {literal(query.key)}")
    if query.start is not None:
        terms.append(f"windowstart >= {literal(query.start)}")
    if query.end is not None:
        terms.append(f"windowstart < {literal(query.end)}")
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    return f"SELECT * FROM {table.name}{where};"  # noqa: S608 - nothing of it is a caller's text


def literal(value: str | int) -> str:
    """A value as ksqlDB reads it: quotes are doubled, and nothing else has a meaning between quotes.

    https://docs.ksqldb.io/en/latest/reference/sql/lexical-structure/
    """
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

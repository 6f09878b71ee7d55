"""Push queries: which they are, and their rows as they come.

https://docs.ksqldb.io/en/latest/developer-guide/ksqldb-reference/select-push-query/
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from playground.ksqldb.answers import Answer, Columns

# What is quoted or a comment, where words mean nothing.
SILENT = re.compile(r"""'(?:[^']|'')*'|`[^`]*`|"[^"]*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
EMIT = re.compile(r"\bEMIT\s+(?:CHANGES|FINAL)\b", re.IGNORECASE)


def is_push(sql: str) -> bool:
    """Whether ksqlDB takes it for a push query, which has no end of its own: it says what to emit."""
    return EMIT.search(SILENT.sub(" ", sql)) is not None


class Changes:
    """A push query that runs; iterate over its rows. `seconds`: how long at most; None: without end."""

    def __init__(self, answer: Answer, connection: socket.socket, seconds: float | None) -> None:
        self._answer = answer
        self._connection = connection
        self._seconds = seconds

    @property
    def columns(self) -> Columns:
        """Pairs of column name (in lower case) and SQL type."""
        return self._answer.columns

    @property
    def query_id(self) -> str:
        """Its name in ksqlDB, for `KsqlDb.close_query`."""
        return self._answer.query_id

    @property
    def ended(self) -> bool:
        """Whether ksqlDB itself has ended the query: a LIMIT in the SQL, or somebody closed it there."""
        return self._answer.ended

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """A tuple of values per row, when it comes.

        Raises KsqlDbRefused with ksqlDB's own words, KsqlDbUnavailable when it hangs up in the middle.
        """
        end = None if self._seconds is None else time.monotonic() + self._seconds
        rows = self._answer.rows()
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return
            # ksqlDB sends nothing while nothing changes: silence is no sign of trouble.
            self._connection.settimeout(left)
            try:
                yield next(rows)
            except (StopIteration, TimeoutError):
                return

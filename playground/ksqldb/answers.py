"""What ksqlDB answers: documents, refusals, and the rows of a query.

The answer of /query-stream is a line that names the columns, then a line per row. ksqlDB has said 200 by
then: what goes wrong later it can only write among the rows, or it hangs up.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from playground.errors import KsqlDbRefused, KsqlDbUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

READ_BYTES = 65_536
# Pairs of column name (in lower case) and SQL type.
Columns = list[tuple[str, str]]


@dataclass(frozen=True)
class Rows:
    """Answer of a pull query: its columns, and a tuple of values per row."""

    columns: Columns
    rows: list[tuple[Any, ...]]


class Answer:
    """The answer of a query while it comes. `url` and `sql` are for messages.

    `columns` and `query_id` are there at once. `ended`: ksqlDB has sent the last row.
    Raises KsqlDbRefused, KsqlDbUnavailable when it does not begin as an answer does.
    """

    def __init__(self, response: http.client.HTTPResponse, url: str, sql: str) -> None:
        self._lines = _lines(response)
        self._url = url
        self._sql = sql
        self._read = 0
        self.ended = False
        head = decode(next(self._lines, b""))
        if isinstance(head, dict) and "message" in head:
            raise refusal(200, head, sql)
        if not isinstance(head, dict) or "columnNames" not in head:
            raise KsqlDbUnavailable(f"ksqlDB at {url} did not answer with rows")
        self.query_id = str(head.get("queryId") or "")
        names, kinds = head["columnNames"], head["columnTypes"]
        self.columns: Columns = [(name.lower(), kind) for name, kind in zip(names, kinds, strict=True)]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One tuple of values per row, to the end of the answer.

        Raises KsqlDbRefused with ksqlDB's own words, KsqlDbUnavailable when it hangs up in the middle;
        TimeoutError when the connection has a time-out and nothing comes.
        """
        try:
            for line in self._lines:
                row = decode(line)
                if not isinstance(row, list):
                    raise self._broken_off(row)
                self._read += 1
                yield tuple(row)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            reason = "it hung up" if isinstance(error, http.client.IncompleteRead) else error
            raise KsqlDbUnavailable(f"ksqlDB at {self._url} {self._so_far()}: {reason}") from None
        self.ended = True

    def _broken_off(self, found: object) -> KsqlDbRefused | KsqlDbUnavailable:
        if not isinstance(found, dict):
            return KsqlDbUnavailable(f"ksqlDB at {self._url} {self._so_far()}: it sent what is no row")
        document = {"message": "it said no reason"} | found
        document["message"] = f"ksqlDB {self._so_far()}: {document['message']}"
        return refusal(200, document, self._sql)

    def _so_far(self) -> str:
        return f"broke off the query after {self._read} row{'' if self._read == 1 else 's'}"


def _lines(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Those that are not empty. Iterating over the response would take a break in the middle for its end."""
    rest = b""
    while data := response.read1(READ_BYTES):
        *whole, rest = (rest + data).split(b"\n")
        yield from filter(bytes.strip, whole)
    if rest.strip():
        yield rest


def decode(content: bytes) -> Any:
    """A document, or None when it is none."""
    try:
        return msgspec.json.decode(content) if content.strip() else None
    except msgspec.DecodeError:
        return None


def refusal(status: int, document: dict[str, Any], statement: str) -> KsqlDbRefused:
    """What ksqlDB said to a statement. Its sentences differ between versions: match on `code`."""
    return KsqlDbRefused(
        str(document.get("message") or f"HTTP {status}"),
        status=status,
        code=document.get("error_code"),
        statement=statement,
    )

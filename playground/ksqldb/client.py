"""A client of ksqlDB's REST API. The only file that speaks to it.

https://docs.ksqldb.io/en/latest/developer-guide/api/
"""

from __future__ import annotations

import http.client
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMEOUT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
CONTENT_TYPE = "application/vnd.ksql.v1+json"
# A query over a topic begins with what is there; otherwise a table would miss the orders of before.
FROM_THE_BEGINNING = {"ksql.streams.auto.offset.reset": "earliest"}
NOT_READY = 503
DONE, BROKEN = "SUCCESS", {"ERROR", "TERMINATED"}


@dataclass(frozen=True)
class Source:
    """A stream or table that ksqlDB knows. `name`: in upper case, as ksqlDB has it."""

    name: str
    kind: str  # STREAM or TABLE
    topic: str


@dataclass(frozen=True)
class Rows:
    """Answer of a query: pairs of column name (in lower case) and SQL type, and a tuple of values per row."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]]


class KsqlDb:
    """One server. Every call has a time-out: with its broker away ksqlDB itself has none."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._timeout = timeout_seconds

    def version(self) -> str:
        """Of the server, when it is ready. Raises KsqlDbUnavailable."""
        info = self._get("/info")["KsqlServerInfo"]
        if info["serverStatus"] != "RUNNING":
            raise KsqlDbUnavailable(f"ksqlDB at {self.url} is {info['serverStatus']}")
        return str(info["version"])

    def sources(self) -> dict[str, Source]:
        """Every stream and table, by name."""
        found = {}
        for words, key, kind in (("SHOW STREAMS;", "streams", "STREAM"), ("SHOW TABLES;", "tables", "TABLE")):
            for entity in self.execute(words):
                for one in entity.get(key, []):
                    found[one["name"]] = Source(one["name"], kind, one["topic"])
        return found

    def behind(self, table: str) -> int:
        """How many records the query that makes a table has not read yet, of its topics.

        Raises KsqlDbRefused, KsqlDbUnavailable.
        """
        (entity,) = self.execute(f"DESCRIBE {table} EXTENDED;")
        return sum(
            max(0, place["logEndOffset"] - max(place["consumerOffset"], place["logStartOffset"]))
            for summary in entity["sourceDescription"]["queryOffsetSummaries"]
            for topic in summary["topicSummaries"]
            for place in topic["offsets"]
        )

    def execute(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement to its end; ksqlDB's entities.

        Raises KsqlDbRefused with ksqlDB's own message, KsqlDbUnavailable.
        """
        body = {"ksql": statement, "streamsProperties": FROM_THE_BEGINNING}
        entities: list[dict[str, Any]] = self._send("POST", "/ksql", body, statement)
        for entity in entities:
            status = entity.get("commandStatus")
            if status is not None:
                self._finish(entity["commandId"], status, statement)
        return entities

    def query(self, sql: str, most: int = 10_000) -> Rows:
        """Run a pull query; at most so many rows.

        Raises KsqlDbRefused, KsqlDbUnavailable.
        """
        with self._exchange("POST", "/query-stream", {"sql": sql, "properties": {}}) as answer:
            if answer.status >= 400:
                raise self._error(answer.status, answer.read(), sql)
            lines = (line for line in answer if line.strip())
            head = self._decode(next(lines, b""))
            if not isinstance(head, dict) or "columnNames" not in head:
                raise KsqlDbUnavailable(f"ksqlDB at {self.url} did not answer with rows")
            rows: list[tuple[Any, ...]] = []
            for line in lines:
                row = self._decode(line)
                if isinstance(row, dict):  # it broke off in the middle
                    raise refusal(200, row, sql)
                rows.append(tuple(row))
                if len(rows) >= most:
                    break
        names: Sequence[str] = head["columnNames"]
        return Rows(
            [(name.lower(), kind) for name, kind in zip(names, head["columnTypes"], strict=True)], rows
        )

    def _finish(self, command: str, status: dict[str, Any], statement: str) -> None:
        """Wait for a command that was only queued."""
        now = dict(status)

        def ended() -> bool:
            if now["status"] in BROKEN:
                raise KsqlDbRefused(now.get("message") or now["status"], statement=statement)
            if now["status"] == DONE:
                return True
            now.update(self._get(f"/status/{command}"))
            return False

        wait_until(ended, f"ksqlDB to carry out {command}", COMMAND_SECONDS, every=0.5)

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", path)
        return found

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None, statement: str = "") -> Any:
        with self._exchange(method, path, body) as answer:
            content = answer.read()
            if answer.status >= 400:
                raise self._error(answer.status, content, statement)
            return self._decode(content)

    @contextmanager
    def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "127.0.0.1", self._parts.port, timeout=self._timeout)
        content = None if body is None else msgspec.json.encode(body)
        try:
            connection.request(method, quote(path), content, {"Content-Type": CONTENT_TYPE})
            yield connection.getresponse()
        except TimeoutError:
            raise KsqlDbUnavailable(f"ksqlDB at {self.url} did not answer in {self._timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise KsqlDbUnavailable(
                f"ksqlDB at {self.url} cannot be reached: {error or type(error).__name__}"
            ) from None
        finally:
            connection.close()

    def _error(self, status: int, content: bytes, statement: str) -> KsqlDbRefused | KsqlDbUnavailable:
        document = self._decode(content)
        if status == NOT_READY or not isinstance(document, dict):
            reason = document.get("message") if isinstance(document, dict) else f"HTTP {status}"
            return KsqlDbUnavailable(f"ksqlDB at {self.url} is not ready: {reason}")
        return refusal(status, document, statement)

    def _decode(self, content: bytes) -> Any:
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

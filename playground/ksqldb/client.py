"""A client of ksqlDB's REST API. The only file that speaks to it.

https://docs.ksqldb.io/en/latest/developer-guide/api/
"""

from __future__ import annotations

import contextlib
import http.client
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.ksqldb.answers import Answer, Rows, decode, refusal
from playground.ksqldb.push import Changes
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
CLOSE_SECONDS = 2.0
MOST_ROWS = 10_000
QUERY_PATH = "/query-stream"
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

    def query(self, sql: str, most: int = MOST_ROWS) -> Rows:
        """Run a pull query; at most so many rows.

        Raises KsqlDbRefused, KsqlDbUnavailable.
        """
        with self._exchange("POST", QUERY_PATH, {"sql": sql, "properties": {}}) as response:
            answer = self._begin(response, sql)
            return Rows(answer.columns, list(islice(answer.rows(), most)))

    @contextmanager
    def follow(
        self, sql: str, *, seconds: float | None = None, from_beginning: bool = False
    ) -> Iterator[Changes]:
        """Run a push query; closed in ksqlDB at the end of the block. `seconds`: None for without end.

        `from_beginning`: what is there already comes first; otherwise the server's settings say.
        Raises KsqlDbRefused, KsqlDbUnavailable: also when the rows do not begin in time.
        """
        properties = FROM_THE_BEGINNING if from_beginning else {}
        connection = self._connection()
        try:
            with self._explained():
                connection.connect()
                stream = connection.sock  # the response may take it away from the connection
                response = self._ask(connection, "POST", QUERY_PATH, {"sql": sql, "properties": properties})
                answer = self._begin(response, sql)
            try:
                yield Changes(answer, stream, seconds)
            finally:
                if not answer.ended:
                    # A proxy on the way may keep the end of our connection to itself.
                    with contextlib.suppress(KsqlDbRefused, KsqlDbUnavailable):
                        KsqlDb(self.url, CLOSE_SECONDS).close_query(answer.query_id)
        finally:
            connection.close()

    def close_query(self, query_id: str) -> None:
        """End a push query, whoever runs it.

        Raises KsqlDbRefused when there is none of that id, KsqlDbUnavailable.
        """
        self._send("POST", "/close-query", {"queryId": query_id})

    def _begin(self, response: http.client.HTTPResponse, sql: str) -> Answer:
        if response.status >= 400:
            raise self._error(response.status, response.read(), sql)
        return Answer(response, self.url, sql)

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
            return decode(content)

    @contextmanager
    def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        connection = self._connection()
        try:
            with self._explained():
                yield self._ask(connection, method, path, body)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(self._parts.hostname or "127.0.0.1", self._parts.port, timeout=self._timeout)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: dict[str, Any] | None
    ) -> http.client.HTTPResponse:
        content = None if body is None else msgspec.json.encode(body)
        connection.request(method, quote(path), content, {"Content-Type": CONTENT_TYPE})
        return connection.getresponse()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise KsqlDbUnavailable(f"ksqlDB at {self.url} did not answer in {self._timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise KsqlDbUnavailable(
                f"ksqlDB at {self.url} cannot be reached: {error or type(error).__name__}"
            ) from None

    def _error(self, status: int, content: bytes, statement: str) -> KsqlDbRefused | KsqlDbUnavailable:
        document = decode(content)
        if status == NOT_READY or not isinstance(document, dict):
            reason = document.get("message") if isinstance(document, dict) else f"HTTP {status}"
            return KsqlDbUnavailable(f"ksqlDB at {self.url} is not ready: {reason}")
        return refusal(status, document, statement)

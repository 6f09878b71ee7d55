"""A server that answers as a real ksqlDB did: see tests/data/ksqldb."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from support.recorded_push import BY_SQL, PushQueries

RECORDED = Path(__file__).parents[1] / "data" / "ksqldb" / "orders.json"
EXCHANGES = {each["name"]: each for each in json.loads(RECORDED.read_text())["exchanges"]}
MADE_LATER = ("not materialised", "no lag information")
CREATE = re.compile(r"CREATE (STREAM|TABLE) IF NOT EXISTS (\w+)", re.IGNORECASE)
TOPIC = re.compile(r"KAFKA_TOPIC\s*=\s*'(\w+)'")


class RecordedKsqlDb:
    """Knows the streams and tables that it was told to create; answers queries with what was recorded.

    `said`: every statement and query, in order. `refuse`: a name whose CREATE gets the recorded error.
    `queued`: CREATE is answered before it is done, as a busy server does. `ready`: False while it starts.
    `reading`: True while tables are not made yet: answers have no rows, and nothing is consumed.
    `query_error`: the name of a recorded error that every query gets. `push`: its push queries.
    """

    def __init__(self, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.known: dict[str, str] = {}
        self.topics: dict[str, str] = {}
        self.said: list[str] = []
        self.refuse = ""
        self.queued = False
        self.ready = True
        self.reading = False
        self.query_error = ""
        self.push = PushQueries()
        self._server = ThreadingHTTPServer(address, _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.push.end_all()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, sent: dict[str, Any] | None) -> tuple[int, str | None, str]:
        """Status, content type and body."""
        if not self.ready or (method, path) == ("GET", "/info"):
            return _as_recorded("info" if self.ready else "not ready")
        if path.startswith("/status/"):
            return 200, "application/json", '{"status":"SUCCESS","message":"Stream created","queryId":null}'
        if path == "/close-query":
            return self.push.close((sent or {})["queryId"])
        words = (sent or {}).get("ksql") or (sent or {})["sql"]
        self.said.append(words)
        if (shape := CREATE.match(words)) is not None:
            if (topic := TOPIC.search(words)) is not None:
                self.topics[shape.group(2).upper()] = topic.group(1)
            return self._create(shape.group(1).upper(), shape.group(2).upper())
        if words.startswith("DESCRIBE "):
            return self._describe()
        return self._show(words) if words in {"SHOW STREAMS;", "SHOW TABLES;"} else self._rows(words)

    def _rows(self, words: str) -> tuple[int, str | None, str]:
        if self.query_error:
            return _as_recorded(self.query_error)
        found = RECORDED_SQL.get(_plain(words.replace(" LIMIT 1;", ";")))
        if found is None:
            return 500, "text/plain", f"nothing was recorded for {words}"
        status, content_type, body = _as_recorded(found)
        if status == 200 and (self.reading or "LIMIT 1" in words):
            body = "\n".join(body.split("\n")[: 1 if self.reading else 2])
        return status, content_type, body

    def _create(self, kind: str, name: str) -> tuple[int, str | None, str]:
        if name == self.refuse:
            status, content_type, body = _as_recorded("unknown table")
            return status, "application/json", body.replace("NOPE", name)
        known, self.known[name] = name in self.known, kind
        recorded = ("ITEM_COUNT", "item_count") if kind == "TABLE" else ("ORDERS_RAW", "orders_raw")
        status, content_type, body = _as_recorded(f"apply {'again ' if known else ''}{recorded[1]}")
        body = body.replace(recorded[0], name).replace(recorded[1], name.lower())
        if self.queued:
            body = body.replace('"status":"SUCCESS"', '"status":"QUEUED"')
        return status, content_type, body

    def _describe(self) -> tuple[int, str | None, str]:
        status, content_type, body = _as_recorded("DESCRIBE item_count EXTENDED;")
        if self.reading:
            body = re.sub(r'"consumerOffset":\d+', '"consumerOffset":0', body)
        return status, content_type, body

    def _show(self, words: str) -> tuple[int, str | None, str]:
        kind = words.split()[1].rstrip("S;")
        status, content_type, body = _as_recorded(words)
        [entity] = json.loads(body)
        pattern = entity[f"{kind.lower()}s"][0]
        entity[f"{kind.lower()}s"] = [
            pattern | {"name": name, "topic": self.topics.get(name, name)}
            for name, made in self.known.items()
            if made == kind
        ]
        return status, content_type, json.dumps([entity])


def _plain(sql: str) -> str:
    """A query as ksqlDB reads it: spaces around comparisons and the case of its own names say nothing."""
    return re.sub(r"\s*(>=|<=|=|<|>)\s*", r"\1", sql.replace("windowstart", "WINDOWSTART"))


def _as_recorded(name: str) -> tuple[int, str | None, str]:
    found = EXCHANGES[name]
    return found["status"], found["content_type"], found["body"]


RECORDED_SQL = {
    _plain(each["sent"]["sql"]): name
    for name, each in EXCHANGES.items()
    if (each["sent"] or {}).get("sql") and name not in MADE_LATER
}


def _handler(ksqldb: RecordedKsqlDb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """The tests' output is for failures."""

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = json.loads(content) if content else None
            pushed = BY_SQL.get((sent or {}).get("sql"))
            if pushed is not None and ksqldb.ready and not ksqldb.query_error:
                ksqldb.said.append(sent["sql"])
                ksqldb.push.properties = sent.get("properties")
                ksqldb.push.serve(self, pushed)
                return
            status, kind, body = ksqldb.answer(self.command, self.path, sent)
            encoded = body.encode()
            self.send_response(status)
            if kind is not None:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST = _serve  # noqa: N815 - the names that http.server looks for

    return Handler

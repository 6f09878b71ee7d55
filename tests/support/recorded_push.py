"""Push queries as a real ksqlDB answered them: an answer that stays open until somebody closes it."""

from __future__ import annotations

import json
import select
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

RECORDED = Path(__file__).parents[1] / "data" / "ksqldb" / "push.json"
PUSHED = {each["name"]: each for each in json.loads(RECORDED.read_text())["exchanges"]}
BY_SQL = {each["sent"]["sql"]: each for each in PUSHED.values() if "sql" in each["sent"]}
LOOK_SECONDS = 0.05
# Not recorded: ksqlDB writes its errors among the rows in the shape that they have elsewhere.
ERROR = '{"@type":"generic_error","error_code":50000,"message":"Query terminated: the topic is gone"}'


class PushQueries:
    """Those that run, and how they end.

    `ending`, after the recorded rows: `open` until it is closed (a query with LIMIT ends by itself), `error`:
    an error object, `hang up`: no end of the answer.
    `silent_seconds`: nothing is sent for so long between the columns and the first row; `mute`: not even
    the columns. `running`: ids of the queries; `closed`: what POST /close-query was asked to close, in order.
    `properties`: what the last query was sent with.
    """

    def __init__(self) -> None:
        self.ending = "open"
        self.silent_seconds = 0.0
        self.mute = False
        self.running: dict[str, threading.Event] = {}
        self.closed: list[str] = []
        self.properties: dict[str, str] | None = None

    def close(self, query_id: str) -> tuple[int, str | None, str]:
        """Status, content type and body of the answer to /close-query."""
        self.closed.append(query_id)
        ending = self.running.pop(query_id, None)
        if ending is None:
            recorded = PUSHED["close-query unknown"]
            return recorded["status"], None, recorded["body"].replace("nope", query_id)
        ending.set()
        return PUSHED["close-query"]["status"], None, ""

    def end_all(self) -> None:
        """The server ends."""
        for ending in list(self.running.values()):
            ending.set()

    def serve(self, handler: BaseHTTPRequestHandler, recorded: dict[str, Any]) -> None:
        """Answer one query to its end."""
        columns, *rows = recorded["body"].split("\n")
        query_id = json.loads(columns)["queryId"]
        ending = self.running[query_id] = threading.Event()
        try:
            _begin(handler, recorded)
            if self.mute:
                _wait(handler, ending)
            _chunk(handler, columns)
            ending.wait(self.silent_seconds)
            for row in rows:
                _chunk(handler, row)
            self._end(handler, ending, limited="LIMIT" in recorded["sent"]["sql"])
        except ConnectionError:
            pass  # who has asked is gone
        finally:
            self.running.pop(query_id, None)
            handler.close_connection = True

    def _end(self, handler: BaseHTTPRequestHandler, ending: threading.Event, *, limited: bool) -> None:
        if self.ending == "hang up":
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.ending == "error":
            _chunk(handler, ERROR)
        elif not limited:
            _wait(handler, ending)
        handler.wfile.write(b"0\r\n\r\n")


def _begin(handler: BaseHTTPRequestHandler, recorded: dict[str, Any]) -> None:
    handler.send_response(recorded["status"])
    handler.send_header("Content-Type", recorded["content_type"])
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def _chunk(handler: BaseHTTPRequestHandler, line: str) -> None:
    data = line.encode() + b"\n"
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def _wait(handler: BaseHTTPRequestHandler, ending: threading.Event) -> None:
    """Until the query is closed, or nobody listens any more."""
    while not ending.wait(LOOK_SECONDS):
        readable, _, _ = select.select([handler.connection], [], [], 0)
        if readable and not handler.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionError

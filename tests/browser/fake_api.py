"""A scripted stand-in for the API: serves the dashboard, canned JSON and a stream of events.

Only for the tests of this folder: they look at the page, so what stands behind it may be scripted.
The real API and the page meet in tests/integration.
"""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playground.waiting import wait_until

DASHBOARD = Path(__file__).parents[2] / "dashboard"
DOCS = Path(__file__).parents[2] / "api" / "static"
PLOTLY = Path(str(distribution("plotly").locate_file("plotly/package_data/plotly.min.js")))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    "/": DASHBOARD / "index.html",
    "/experiments.html": DASHBOARD / "experiments.html",
    "/vendor/plotly.min.js": PLOTLY,
    "/docs": DOCS / "docs.html",
}
CLOSE = ("", "")


@dataclass(frozen=True)
class Seen:
    """A request that the page made."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


class FakeApi:
    """Answers from `answers`, remembers `requests`, and publishes events to every open page."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.greeting: list[tuple[str, dict[str, Any]]] = [("hello", {"version": "0.1.0", "taken_at": "now"})]
        self.table_greeting: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[Seen] = []
        self.streams: dict[str, list[queue.Queue[tuple[str, str]]]] = {
            "/events": [],
            "/stream-table/live": [],
        }
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self._held: tuple[str, str] | None = None
        self._may_answer = threading.Event()

    @property
    def url(self) -> str:
        """Where the dashboard is."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Listen; after a stop on the same port again, as a restarted API would."""
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Close the port and every stream."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        server.server_close()
        for streams in self.streams.values():
            for stream in streams:
                stream.put(CLOSE)
            streams.clear()

    def answer(self, method: str, path: str, document: dict[str, Any], status: int = 200) -> None:
        """Script one answer, from now on."""
        self.answers[method, path] = (status, document)

    def answer_to(self, method: str, path: str, query: str) -> tuple[int, dict[str, Any]] | None:
        """What was scripted for exactly this question, or for its path."""
        return self.answers.get((method, f"{path}?{query}")) or self.answers.get((method, path))

    def refuse(self, method: str, path: str, status: int, title: str, **more: Any) -> None:
        """Script a problem."""
        self.answer(method, path, {"type": "about:blank", "title": title, "status": status, **more}, status)

    def hold(self, method: str, path: str) -> None:
        """Leave the requests of one kind without an answer until `let_go`."""
        self._may_answer.clear()
        self._held = (method, path)

    def let_go(self) -> None:
        """Answer those that wait."""
        self._held = None
        self._may_answer.set()

    def wait_if_held(self, method: str, path: str) -> None:
        """In the thread of a request: wait for as long as it is held."""
        if (method, path) == self._held:
            self._may_answer.wait(20)

    def publish(self, event: str, document: dict[str, Any], path: str = "/events") -> None:
        """Send one event to every open page; waits for the first to listen."""
        streams = self.streams[path]
        wait_until(lambda: streams, f"a page that listens to {path}", 20)
        for stream in streams:
            stream.put((event, json.dumps(document)))

    def sent(self, method: str, path: str) -> list[Seen]:
        """The requests of one kind so far."""
        return [seen for seen in self.requests if (seen.method, seen.path) == (method, path)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that goes away in the middle of an answer is no news."""


def _file_of(path: str) -> Path | None:
    if path in FILES:
        return FILES[path]
    if path.startswith("/docs/") and ".." not in path:
        return DOCS / path.removeprefix("/docs/")
    if path.startswith("/dashboard/") and ".." not in path:
        return DASHBOARD / path.removeprefix("/dashboard/")
    return None


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing: the tests' output is for failures."""

        def _reply(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def _serve(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            document = json.loads(body) if body else None
            api.requests.append(Seen(self.command, address.path, address.query, dict(self.headers), document))
            api.wait_if_held(self.command, address.path)
            path = _file_of(address.path)
            if address.path in api.streams and ("GET", address.path) not in api.answers:
                self._stream(address.path)
            elif found := api.answer_to(self.command, address.path, address.query):
                status, answer = found
                kind = "application/json" if status < 400 else "application/problem+json"
                self._reply(status, kind, json.dumps(answer).encode())
            elif path and path.is_file():
                self._reply(200, f"{TYPES[path.suffix]}; charset=utf-8", path.read_bytes())
            else:
                self._reply(404, "application/problem+json", b'{"title": "No such page", "status": 404}')

        def _stream(self, path: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            mine: queue.Queue[tuple[str, str]] = queue.Queue()
            for event, document in api.greeting if path == "/events" else api.table_greeting:
                mine.put((event, json.dumps(document)))
            api.streams[path].append(mine)
            while (item := mine.get()) != CLOSE:
                self.wfile.write(f"event: {item[0]}\ndata: {item[1]}\n\n".encode())
                self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 (the names http.server calls)

    return Handler

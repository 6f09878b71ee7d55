"""What a worker serves: GET /healthz, /readyz and /metrics, from memory and in threads of its own."""

from __future__ import annotations

import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from playground.errors import EnvironmentMissing
from playground.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.health import Health

PLAIN = "text/plain; charset=utf-8"
REQUEST_SECONDS = 10.0
STOP_LOOK_SECONDS = 0.1


class WorkerServer(ThreadingHTTPServer):
    """Listens from the beginning, answers from `start` on.

    `metrics`: makes the text of /metrics; called in a request's thread.
    `variables`: the settings that chose the address, named when it cannot be had.
    Raises EnvironmentMissing when it cannot listen there.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, address: tuple[str, int], health: Health, metrics: Callable[[], bytes], variables: str
    ) -> None:
        self.health = health
        self.metrics = metrics
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            raise EnvironmentMissing(
                f"a worker cannot listen on {address[0]} port {address[1]}: {error.strerror}",
                next_step=f"set {variables}, or end what listens there",
            ) from error

    def server_bind(self) -> None:
        """Bind, without asking the name service for our own name, which may take seconds in a cluster."""
        socketserver.TCPServer.server_bind(self)

    def start(self) -> None:
        """Answer until the process ends, or `stop`."""
        threading.Thread(
            target=self.serve_forever, args=(STOP_LOOK_SECONDS,), name="http", daemon=True
        ).start()

    def stop(self) -> None:
        """Answer no more."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A scraper that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS
    server: WorkerServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, CONTENT_TYPE, self.server.metrics())
        elif path == "/healthz":
            self._tell(self.server.health.stuck())
        elif path == "/readyz":
            self._tell(self.server.health.not_ready())
        else:
            self._answer(404, PLAIN, b"there is /metrics, /healthz and /readyz\n")

    def _tell(self, reason: str | None) -> None:
        """200, or 503 with the reason."""
        self._answer(503 if reason else 200, PLAIN, f"{reason or 'ok'}\n".encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are no events."""

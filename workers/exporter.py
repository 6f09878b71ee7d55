"""The lag exporter: collects in the background, serves /metrics from memory.

A scrape asks nothing of Kafka, so ten scrapers cost no more than one. While the broker is away the exporter
stays up and says so: `playground_kafka_up 0`, and no lag rather than an old one.
"""

from __future__ import annotations

import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from playground import metrics
from playground.clients import create_producer
from playground.errors import EnvironmentMissing, KafkaUnavailable
from playground.events import EventLog, EventName
from playground.lag_metrics import render_lag
from playground.lag_reader import LagReader
from playground.metrics import CONTENT_TYPE, render_metric
from workers.member import publisher

if TYPE_CHECKING:
    from playground.settings import Settings

WORKER = "exporter-1"
FIRST_SECONDS = 3.0
SCRAPE_SECONDS = 10.0
NEXT = "set PLAYGROUND_EXPORTER_PORT (or PLAYGROUND_EXPORTER_HOST), or end what listens there"


def run(settings: Settings) -> int:
    """Collect and serve until SIGTERM or SIGINT; always 0.

    Raises EnvironmentMissing when the port is taken.
    """
    worker = settings.worker_name or WORKER
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    page = Page()
    server = _listen(settings, page)
    producer = create_producer(settings.kafka, worker, message_timeout_ms=5000)
    events = EventLog(worker, None, publisher(producer))
    collector = Collector(settings, worker, page)
    collecting = threading.Thread(target=collector.run, args=(stop,), daemon=True)
    collecting.start()
    page.first.wait(FIRST_SECONDS)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    events.write(EventName.STARTUP_COMPLETE, port=settings.exporter.port)
    stop.wait()
    server.shutdown()
    server.server_close()
    collecting.join(1)
    events.write(EventName.SHUTDOWN_COMPLETE)
    producer.flush(1)
    return 0


class Page:
    """The text of /metrics; replaced as a whole after each collection."""

    def __init__(self) -> None:
        self.text = _health(up=False, seconds=0.0, taken_at=None)
        self.first = threading.Event()

    def show(self, text: bytes) -> None:
        """Serve this from now on."""
        self.text = text
        self.first.set()


class Collector:
    """Collects lag at each interval."""

    def __init__(self, settings: Settings, client_id: str, page: Page) -> None:
        self._lag = LagReader(settings, client_id)
        self._interval = settings.exporter.interval_ms / 1000
        self._page = page
        self._taken_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Collect until `stop`."""
        while not stop.is_set():
            started = time.monotonic()
            self.collect()
            stop.wait(max(0.05, self._interval - (time.monotonic() - started)))

    def collect(self) -> None:
        """One collection, shown on the page whatever its outcome."""
        started = time.monotonic()
        try:
            report = self._lag.read()
        except KafkaUnavailable:
            self._page.show(_health(up=False, seconds=time.monotonic() - started, taken_at=self._taken_at))
            return
        self._taken_at = report.snapshot.taken_at / 1000
        text = render_lag(report).encode()
        seconds = time.monotonic() - started
        self._page.show(text + _health(up=True, seconds=seconds, taken_at=self._taken_at))


def _health(*, up: bool, seconds: float, taken_at: float | None) -> bytes:
    parts = [
        render_metric(metrics.KAFKA_UP, [((), int(up))]),
        render_metric(metrics.LAG_POLL_SUCCESS, [((), int(up))]),
        render_metric(metrics.LAG_POLL_SECONDS, [((), round(seconds, 6))]),
    ]
    if taken_at is not None:
        parts.append(render_metric(metrics.LAG_POLL_TIMESTAMP, [((), taken_at)]))
    return "".join(parts).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], page: Page) -> None:
        self.page = page
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A scraper that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SCRAPE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """/metrics, and /healthz for those that watch the process."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, CONTENT_TYPE, self.server.page.text)
        elif path == "/healthz":
            self._answer(200, "text/plain; charset=utf-8", b"ok\n")
        else:
            self._answer(404, "text/plain; charset=utf-8", b"there is /metrics and /healthz\n")

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are no events."""


def _listen(settings: Settings, page: Page) -> _Server:
    address = (settings.exporter.host, settings.exporter.port)
    try:
        return _Server(address, page)
    except OSError as error:
        raise EnvironmentMissing(
            f"the exporter cannot listen on {address[0]} port {address[1]}: {error.strerror}", next_step=NEXT
        ) from error

"""The lag exporter: collects in the background, serves /metrics from memory.

A scrape asks nothing of Kafka, so ten scrapers cost no more than one. While the broker is away the exporter
stays up and says so: `playground_kafka_up 0`, and no lag rather than an old one.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

from playground import metrics
from playground.clients import create_producer
from playground.errors import KafkaUnavailable
from playground.events import EventLog, EventName
from playground.lag_metrics import render_lag
from playground.lag_reader import LagReader
from playground.metrics import render_metric
from workers.health import Health
from workers.http_server import WorkerServer
from workers.member import publisher
from workers.rebalance_count import RebalanceCount

if TYPE_CHECKING:
    from playground.settings import Settings

WORKER = "exporter-1"
FIRST_SECONDS = 3.0
# For one collection, beside the interval: each of its few requests has a deadline of seconds.
PATIENCE_SECONDS = 60.0
VARIABLES = "PLAYGROUND_EXPORTER_PORT (or PLAYGROUND_EXPORTER_HOST)"


def run(settings: Settings) -> int:
    """Collect and serve until SIGTERM or SIGINT; always 0.

    Raises EnvironmentMissing when the port is taken.
    """
    worker = settings.worker_name or WORKER
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health = Health(
        PATIENCE_SECONDS + settings.exporter.interval_ms / 1000, "the first collection is not done yet"
    )
    page = Page()
    address = (settings.exporter.host, settings.exporter.port)
    server = WorkerServer(address, health, lambda: page.text, VARIABLES)
    producer = create_producer(settings.kafka, worker, message_timeout_ms=5000)
    events = EventLog(worker, None, publisher(producer))
    collector = Collector(settings, worker, page, health)
    collecting = threading.Thread(target=collector.run, args=(stop,), daemon=True)
    collecting.start()
    page.first.wait(FIRST_SECONDS)
    server.start()
    events.write(EventName.STARTUP_COMPLETE, port=settings.exporter.port)
    stop.wait()
    server.stop()
    collecting.join(1)
    events.write(EventName.SHUTDOWN_COMPLETE)
    producer.flush(1)
    return 0


class Page:
    """The text of /metrics; replaced as a whole after each collection."""

    def __init__(self) -> None:
        self.text = _kafka(up=False, seconds=0.0, taken_at=None)
        self.first = threading.Event()

    def show(self, text: bytes) -> None:
        """Serve this from now on."""
        self.text = text
        self.first.set()


class Collector:
    """Collects lag at each interval.

    Ready from the first collection on, whatever its outcome: it is there to say that Kafka is away, too.
    """

    def __init__(self, settings: Settings, client_id: str, page: Page, health: Health) -> None:
        self._lag = LagReader(settings, client_id)
        self._interval = settings.exporter.interval_ms / 1000
        self._page = page
        self._health = health
        self._rebalances = RebalanceCount()
        self._taken_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Collect until `stop`."""
        while not stop.is_set():
            self._health.beat()
            started = time.monotonic()
            self.collect()
            self._health.obstacle = None
            stop.wait(max(0.05, self._interval - (time.monotonic() - started)))

    def collect(self) -> None:
        """One collection, shown on the page whatever its outcome."""
        started = time.monotonic()
        try:
            report = self._lag.read()
        except KafkaUnavailable:
            self._page.show(_kafka(up=False, seconds=time.monotonic() - started, taken_at=self._taken_at))
            return
        self._taken_at = report.snapshot.taken_at / 1000
        self._rebalances.look(report.snapshot.groups.values())
        text = render_lag(report) + render_metric(metrics.GROUP_REBALANCES, self._rebalances.series())
        seconds = time.monotonic() - started
        self._page.show(text.encode() + _kafka(up=True, seconds=seconds, taken_at=self._taken_at))


def _kafka(*, up: bool, seconds: float, taken_at: float | None) -> bytes:
    parts = [
        render_metric(metrics.KAFKA_UP, [((), int(up))]),
        render_metric(metrics.LAG_POLL_SUCCESS, [((), int(up))]),
        render_metric(metrics.LAG_POLL_SECONDS, [((), round(seconds, 6))]),
    ]
    if taken_at is not None:
        parts.append(render_metric(metrics.LAG_POLL_TIMESTAMP, [((), taken_at)]))
    return "".join(parts).encode()

"""Load: orders at a steady rate, with bursts, through the API's front door like anybody else's.

Open loop: the pace is set by the clock, not by the answers. Each tick sends what is due as one
NDJSON request; when the API cannot keep up, `rate` in the progress event falls below the wanted one.
"""

from __future__ import annotations

import http.client
import random
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from playground.clients import create_producer
from playground.events import EventLog, EventName
from workers.health import Health
from workers.load_beside import Beside
from workers.member import publisher, serve_health
from workers.signals import StopSignals
from workers.worker_metrics import render_load

if TYPE_CHECKING:
    from playground.settings import LoadSettings, Settings

TICK_SECONDS = 0.05
PROGRESS_SECONDS = 1.0
MAX_ORDERS_PER_REQUEST = 2000
REQUEST_TIMEOUT_SECONDS = 15.0
PATIENCE_SECONDS = 60.0  # for one round, which is a request and little else
ITEMS = ("book", "pen", "lamp", "chair", "mug", "desk", "clock", "plant", "bag", "bike", "shoe", "coat")


def run(settings: Settings, worker: str) -> int:
    """Send orders until SIGTERM or SIGINT; always 0.

    Raises EnvironmentMissing when the port for probes is taken.
    """
    signals = StopSignals()
    producer = create_producer(settings.kafka, worker)
    health = Health(PATIENCE_SECONDS, "no order was acknowledged yet")
    load = Load(settings, EventLog(worker, None, publisher(producer)), health)
    signals.call(load.stop)
    serve_health(settings, health, lambda: render_load(worker, load.accepted, load.rejected))
    load.run()
    producer.flush(1)
    return 0


class Load:
    """One run of the load generator, and its count."""

    def __init__(self, settings: Settings, events: EventLog, health: Health) -> None:
        self._settings = settings.load
        self._health = health
        self._url = urlsplit(settings.api.url)
        self._events = events
        self._beside = Beside(settings.load, self._post_beside)
        self._connection: http.client.HTTPConnection | None = None
        self._stopping = False
        self.sent = 0
        self.accepted = 0
        self.rejected = 0

    def stop(self) -> None:
        """End after the request at hand."""
        self._stopping = True

    def run(self) -> None:
        """Send until `stop`."""
        self._events.write(EventName.STARTUP_COMPLETE)
        started = time.monotonic()
        reported, reported_accepted = started, 0
        while not self._stopping:
            self._health.beat()
            now = time.monotonic()
            due = orders_due(self._settings, now - started) - self.sent
            if due > 0:
                self._send(min(due, MAX_ORDERS_PER_REQUEST))
            if now - reported >= PROGRESS_SECONDS:
                self._report((self.accepted - reported_accepted) / (now - reported))
                reported, reported_accepted = now, self.accepted
                self._beside.send()
            if due <= MAX_ORDERS_PER_REQUEST:
                time.sleep(TICK_SECONDS)
        self._report(0.0)
        self._events.write(EventName.SHUTDOWN_COMPLETE)

    def _report(self, rate: float) -> None:
        self._events.write(
            EventName.LOAD_PROGRESS,
            sent=self.sent,
            accepted=self.accepted,
            rejected=self.rejected,
            rate=round(rate, 1),
        )

    def _send(self, count: int) -> None:
        body = b"\n".join(_ENCODE(make_order(self._settings)) for _ in range(count))
        accepted = self._post(body)
        self.sent += count
        self.accepted += accepted
        self.rejected += count - accepted

    def _post(self, body: bytes) -> int:
        """How many of the orders were acknowledged; none when the API is away or says no."""
        status, content = self._ask(f"/produce?key={self._settings.key}", "application/x-ndjson", body)
        if status in {201, 207}:
            ids = [each["order_id"] for each in msgspec.json.decode(content)["accepted"]]
            self._health.obstacle = None if ids else "the API acknowledged no order of the last request"
            self._beside.accepted(ids)
            return len(ids)
        time.sleep(TICK_SECONDS)  # the API said no or is away: no reason to hammer it
        return 0

    def _post_beside(self, path: str, documents: list[dict[str, object]]) -> bool:
        return self._ask(path, "application/json", _ENCODE(documents))[0] == 201

    def _ask(self, path: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        """Status and content of the answer; 0 when the API is away."""
        host, port = self._url.hostname or "127.0.0.1", self._url.port
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(host, port, timeout=REQUEST_TIMEOUT_SECONDS)
            self._connection.request("POST", path, body, {"Content-Type": content_type})
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection = None
            self._health.obstacle = f"the API at {host} port {port} is away: {error or type(error).__name__}"
            return 0, b""
        if answer.status not in {201, 207}:
            self._health.obstacle = f"the API at {host} port {port} answered {answer.status}"
        return answer.status, content


_ENCODE = msgspec.json.Encoder().encode


def orders_due(settings: LoadSettings, elapsed: float) -> int:
    """How many orders should have been sent after `elapsed` seconds: the steady rate and the bursts."""
    due = int(elapsed * settings.rate)
    if settings.burst_every_seconds:
        due += int(elapsed / settings.burst_every_seconds) * settings.burst_size
    return due


def make_order(settings: LoadSettings) -> dict[str, object]:
    """A random order. A user's age is fixed by its number, so that its age group never changes."""
    user = random.randrange(settings.users)  # noqa: S311 - load needs no cryptography
    item = random.randrange(settings.items)  # noqa: S311
    name = ITEMS[item] if item < len(ITEMS) else f"item-{item + 1}"
    return {
        "user": f"user-{user + 1}",
        "item": name,
        "qty": random.randint(1, 5),  # noqa: S311
        "age": 8 + user * 37 % 80,
    }

"""Our own HTTP load: `python -m bench.http_client closed|open URL BODIES CONNECTIONS SECONDS [RATE OUT]`.

closed: each connection sends the next request when it has its answer (used where wrk is not installed).
open: requests become due at RATE per second whether or not answers came, and waiting for a free connection
counts; one line per answer goes to OUT: when it was due and answered (CLOCK_MONOTONIC), status, body.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from bench.http_connection import Connection


class Load:
    """A number of connections, and what came of their requests."""

    def __init__(self, url: str, bodies: Path) -> None:
        self._target = urlsplit(url)
        content_type, texts = json.loads(bodies.read_text())
        self._requests = cycle([self._format(content_type, text.encode()) for text in texts])
        self._idle: deque[Connection] = deque()
        self._waiting: deque[float] = deque()
        self._again: set[asyncio.Task[object]] = set()
        self._loop = asyncio.get_running_loop()
        self.results: list[tuple[float, float, int, bytes]] = []
        self.broken = 0
        self.closed = False
        self.ending = False

    def _format(self, content_type: str, body: bytes) -> bytes:
        path, host = self._target.path or "/", self._target.netloc
        return (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    async def connect(self) -> None:
        host, port = self._target.hostname, self._target.port
        await self._loop.create_connection(lambda: Connection(self), host, port)

    def free(self, connection: Connection) -> None:
        """It may send the next request, if one is due."""
        if self._waiting:
            connection.send(next(self._requests), self._waiting.popleft())
        elif self.closed and not self.ending:
            connection.send(next(self._requests), time.monotonic())
        else:
            self._idle.append(connection)

    def due(self, at: float) -> None:
        """A request is due now."""
        if self._idle:
            self._idle.popleft().send(next(self._requests), at)
        else:
            self._waiting.append(at)

    def answered(self, due: float, status: int, body: bytes) -> None:
        self.results.append((due, time.monotonic(), status, b"" if self.closed else body))

    def lost(self, connection: Connection) -> None:
        self.broken += connection.due is not None
        if connection in self._idle:
            self._idle.remove(connection)
        if not self.ending:
            task = self._loop.create_task(self.connect())
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    def lines(self) -> str:
        """All answers, one per line."""
        return "".join(f"{due} {end} {status} {body.decode()}\n" for due, end, status, body in self.results)

    def summary(self, seconds: float) -> dict[str, float]:
        """What wrk would say."""
        good = sorted(end - due for due, end, status, _ in self.results if 200 <= status < 300)
        p50, p99 = (good[len(good) // 2], good[len(good) * 99 // 100]) if good else (0.0, 0.0)
        return {
            "requests": len(self.results),
            "seconds": seconds,
            "refused": len(self.results) - len(good),
            "broken": self.broken,
            "p50": p50 * 1000,
            "p99": p99 * 1000,
        }


async def main(mode: str, url: str, bodies: str, connections: str, seconds: str, *more: str) -> None:
    load = Load(url, Path(bodies))
    load.closed = mode == "closed"
    began = time.monotonic()
    await asyncio.gather(*(load.connect() for _ in range(int(connections))))
    if load.closed:
        await asyncio.sleep(float(seconds))
    else:
        rate, count = float(more[0]), 0
        began = time.monotonic()
        while (now := time.monotonic() - began) < float(seconds):
            while count < now * rate:
                load.due(began + count / rate)
                count += 1
            await asyncio.sleep(0.0005)
        await asyncio.sleep(1)
    load.ending = True
    if more:
        Path(more[1]).write_text(load.lines())  # noqa: ASYNC240 - the load is over
    print(json.dumps(load.summary(time.monotonic() - began)))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))

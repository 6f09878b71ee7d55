"""A connection of our own HTTP client: enough of HTTP for the servers that are measured."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.http_client import Load


class Connection(asyncio.Protocol):
    """One request at a time over a connection that is kept, or made anew when the server closes it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._load.free(self)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due then."""
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return
        self._buffer = b""
        due, self.due = self.due, None
        self._load.answered(due, int(head[9:12]), body)
        if b"connection: close" in head.lower() or head.startswith(b"HTTP/1.0"):
            self._transport.close()
        else:
            self._load.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._load.lost(self)

"""Reading request bodies within limits: of each, and of all together. Their time limit is the protocol's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.problems import Refused
from playground.errors import Overloaded

if TYPE_CHECKING:
    from api.answers import Receive, Scope

# All bodies that are being read or answered at this moment, in one process.
BUDGET_BODIES = 16
LINGER_SECONDS = 2.0
LINGER_BYTES = 64 * 1_048_576


class ClientGone(Exception):
    """The client closed the connection before it had sent everything."""


class BodyReader:
    """Reads whole bodies; what is held together never exceeds a budget."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._budget = max_bytes * BUDGET_BODIES
        self.held = 0

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. The caller gives its length back with `release`.

        Raises Refused (413), Overloaded, ClientGone.
        """
        self._check_declared(scope)
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body") and message["type"] == "http.request":
            return self._reserved(body)
        return await self._read_rest(body, message["type"], receive)

    def release(self, body: bytes) -> None:
        """The body is not needed any more."""
        self.held -= len(body)

    async def _read_rest(self, first: bytes, kind: str, receive: Receive) -> bytes:
        parts, size, more = [first], len(first), True
        self.held += size
        try:
            while more and kind == "http.request":
                message = await receive()
                kind, part, more = message["type"], message.get("body", b""), message.get("more_body", False)
                size += len(part)
                self.held += len(part)
                self._check_read(size)
                parts.append(part)
        except BaseException:
            self.held -= size
            raise
        if kind == "http.disconnect":
            self.held -= size
            raise ClientGone
        return b"".join(parts)

    def _check_read(self, size: int) -> None:
        if size > self.max_bytes:
            raise self._too_large(f"more than {self.max_bytes}")
        if self.held > self._budget:
            raise Overloaded(f"bodies of {self.held} bytes are being read at this moment")

    def _reserved(self, body: bytes) -> bytes:
        if len(body) > self.max_bytes:
            raise self._too_large(str(len(body)))
        self.held += len(body)
        return body

    def _check_declared(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length":
                declared = int(value) if value.isdigit() else 0
                if declared > self.max_bytes:
                    raise self._too_large(str(declared))
                if self.held + declared > self._budget:
                    raise Overloaded(f"bodies of {self.held} bytes are being read at this moment")
                return

    def _too_large(self, size: str) -> Refused:
        return Refused(
            413,
            "The body is too large",
            f"the body has {size} bytes, {self.max_bytes} are accepted (PLAYGROUND_API_MAX_BODY_BYTES)",
            next_step="send fewer orders per request",
            headers={"Connection": "close"},
        )


async def discard_rest(receive: Receive) -> None:
    """Read on for a moment without keeping anything.

    A connection that is closed while its client still sends is reset, and the client never reads the answer.
    """
    size = 0
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while size < LINGER_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
    except TimeoutError:
        return

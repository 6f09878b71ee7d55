"""What every route gives back, and how it goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from api.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
_encode = msgspec.json.Encoder().encode

# No scripts but our own files, no other host, no frames: text from orders can do nothing on our pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}
_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


@dataclass(frozen=True)
class Answer:
    """A status, a body, and headers. `body`: bytes as they are, anything else as JSON."""

    body: Any
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else _encode(self.body)


def answer_of_problem(problem: Problem) -> Answer:
    """A problem as an answer."""
    return Answer(problem.body(), problem.status, CONTENT_TYPE, problem.headers)


async def send_answer(send: Send, answer: Answer, *, head_only: bool = False) -> None:
    """Send a whole answer."""
    content = answer.content()
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *_SECURITY,
        *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else content})


_CREATED = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), _SECURITY[0]]


async def send_created(send: Send, document: Any) -> None:
    """The answer to a confirmed order: the hot path, so it carries the headers that matter and no more."""
    content = _encode(document)
    headers = [*_CREATED, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": content})

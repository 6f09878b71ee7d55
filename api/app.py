"""The composition root: one ASGI application per process.

`POST /produce` and `GET /events` are answered on the event loop: they wait for others most of the time.
Everything else is Flask in a small pool of threads, because it calls blocking clients.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware

from api.answers import Answer, answer_of_problem, send_answer
from api.beside_orders import PATHS as BESIDE
from api.beside_orders import take_beside
from api.bodies import BodyReader, ClientGone, discard_rest
from api.events import stream_events
from api.following import follow
from api.health import HEALTHY
from api.hub import Hub
from api.metrics import render_meters
from api.pages import create_flask
from api.problems import Refused, problem_of
from api.produce import produce
from api.raw_records import PATH as RAW
from api.raw_records import produce_raw
from api.services import Services
from api.stream_table_live import PATH as LIVE
from api.stream_table_live import TableStreams
from playground.errors import Overloaded
from playground.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from api.answers import Receive, Scope, Send
    from playground.settings import Settings

log = logging.getLogger("playground.api")
THREADS = 8
MAX_WAITING = 64
SMALL_BODY_BYTES = 16_384
FLUSH_SECONDS = 8.0
WRITING = {"/produce": produce, RAW: produce_raw, **dict.fromkeys(BESIDE, take_beside)}
DIRECT = (*WRITING, "/events", LIVE, "/healthz", "/metrics")  # answered without Flask
READING = ("GET", "HEAD", "OPTIONS")
ONCE = (b"host", b"origin", b"content-type", b"content-length")


class App:
    """ASGI 3."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._small_bodies = BodyReader(SMALL_BODY_BYTES)
        self._services: Services | None = None
        self._hub: Hub | None = None
        self._tables: TableStreams | None = None
        self._flask: Any = None
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    def stop_streams(self) -> None:
        """The server is about to wait for open answers: end those that would never end."""
        if self._hub is not None:
            self._hub.close()
        if self._tables is not None:
            self._tables.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._services = Services(self._settings)
        except Exception as error:  # noqa: BLE001 - the server ends with this line, not with a traceback
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._services.order_ids.prefetch()
        self._hub = Hub(partial(follow, self._services))
        self._tables = TableStreams(self._services)
        self._flask = WSGIMiddleware(cast("Any", create_flask(self._services)), workers=THREADS)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        left = await asyncio.to_thread(self._services.close, FLUSH_SECONDS)
        if left:
            log.error("%s records were not acknowledged before the end; nobody was told they were", left)
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = self._services
        assert services is not None  # noqa: S101 - the server starts no request before the lifespan
        started = time.perf_counter()
        services.meters.requests_in_flight += 1
        status = 500
        try:
            status = await self._route(services, scope, receive, send)
        except ClientGone:
            status = 499
        except Exception as error:  # noqa: BLE001 - every error becomes a problem, here
            status = await _send_problem(error, scope, receive, send)
        finally:
            services.meters.requests_in_flight -= 1
            route = scope.get("playground.route", "other")
            services.meters.answered(scope["method"], route, status, time.perf_counter() - started)

    async def _route(self, services: Services, scope: Scope, receive: Receive, send: Send) -> int:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            _refuse_repeated(scope)
        host = headers.get(b"host")
        services.guard.check_host(host)
        method, path = scope["method"], scope["path"]
        if method not in READING:
            services.guard.check_origin(headers.get(b"origin"), headers.get(b"sec-fetch-site"), host)
        scope["playground.route"] = path if path in DIRECT else "other"
        if (write := WRITING.get(path)) is not None:
            _allow(method, "POST")
            return await write(services, scope, receive, send)
        if path in {"/events", LIVE}:
            _allow(method, "GET")
            return await self._stream(path, scope, receive, send)
        if path == "/healthz":
            _allow(method, "GET", "HEAD")
            await send_answer(send, Answer(HEALTHY), head_only=method == "HEAD")
            return 200
        if path == "/metrics":
            _allow(method, "GET", "HEAD")
            await send_answer(send, self._metrics(services), head_only=method == "HEAD")
            return 200
        if method not in READING:
            services.guard.check_control()
        return await self._ask_flask(scope, headers, receive, send)

    async def _stream(self, path: str, scope: Scope, receive: Receive, send: Send) -> int:
        assert self._hub is not None  # noqa: S101 - both are made with the services
        assert self._tables is not None  # noqa: S101
        if path == LIVE:
            return await self._tables.stream(scope, receive, send)
        return await stream_events(self._hub, receive, send)

    def _metrics(self, services: Services) -> Answer:
        listeners = 0 if self._hub is None else self._hub.size
        text = render_meters(services.meters, services.deliveries.in_flight, listeners)
        return Answer(text, content_type=CONTENT_TYPE)

    async def _ask_flask(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> int:
        if self._waiting >= MAX_WAITING:
            raise Overloaded(f"{self._waiting} requests wait for an answer")
        body = b""
        if b"content-length" in headers or b"transfer-encoding" in headers:
            body = await self._small_bodies.read(scope, receive)
            self._small_bodies.release(body)
        seen = 500

        async def replay() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def remember(message: Any) -> None:
            nonlocal seen
            seen = message.get("status", seen)
            await send(message)

        self._waiting += 1
        try:
            await self._flask(scope, replay, remember)
        finally:
            self._waiting -= 1
        return seen


def _allow(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refused(
            405,
            "This method is not allowed here",
            f"{method} is not allowed, {' and '.join(allowed)} are",
            headers={"Allow": ", ".join(allowed)},
        )


def _refuse_repeated(scope: Scope) -> None:
    names = [name for name, _ in scope["headers"]]
    for name in ONCE:
        if names.count(name) > 1:
            raise Refused(400, "A header is there twice", f"{name.decode()} may be sent once")


async def _send_problem(error: Exception, scope: Scope, receive: Receive, send: Send) -> int:
    """Answer with a problem; if the answer had begun already, the server cuts the connection."""
    answer = answer_of_problem(problem_of(error))
    closing = answer.headers.get("Connection") == "close"
    if not closing:
        await send_answer(send, answer, head_only=scope["method"] == "HEAD")
        return answer.status

    async def send_and_stay(message: Any) -> None:
        await send(message | {"more_body": True} if "body" in message else message)

    await send_answer(send_and_stay, answer, head_only=scope["method"] == "HEAD")
    await discard_rest(receive)
    await send({"type": "http.response.body", "body": b""})
    return answer.status

"""The API's own server and application with two more routes that do nothing.

POST /bench/noop        async, beside /produce: reads the body, answers as many bytes as /produce does
POST /bench/flask-noop  the same in Flask, behind the same thread pool as all other routes
"""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask, Response, request

from api import server
from api.answers import send_created
from api.app import THREADS, App
from api.documents import Accepted
from playground.settings import read_settings

ANSWER = Accepted(1_000_000_000_000_001, "orders", 3, 123_456, "2026-11-23T06:36:32.123Z")
flask = Flask(__name__)


@flask.post("/bench/flask-noop")
def noop() -> Response:
    request.get_data()
    return Response(b"{}", 201, content_type="application/json")


class NoopApp(App):
    """The application with the routes in front; they pass its metrics, guard and limits as /produce does."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._noop = WSGIMiddleware(flask, workers=THREADS)

    async def _route(self, services: Any, scope: Any, receive: Any, send: Any) -> tuple[int, str]:
        if scope["path"] == "/bench/noop":
            body = await services.bodies.read(scope, receive)
            services.bodies.release(body)
            await send_created(send, ANSWER)
            return 201, "/bench/noop"
        if scope["path"] == "/bench/flask-noop":
            await self._noop(scope, receive, send)
            return 201, "/bench/flask-noop"
        return await super()._route(services, scope, receive, send)


server.App = NoopApp
settings = read_settings()
raise SystemExit(server.serve(settings, server.bind(settings.api)))

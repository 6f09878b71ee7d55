"""Flask: every route that calls a blocking client, from the same descriptions as /openapi.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api import (
    audit,
    effects,
    experiment_runs,
    experiments,
    files,
    group_admin,
    groups,
    health,
    lab,
    load,
    messages,
    offsets,
    openapi,
    replay,
    stack,
    stats,
    stream_table,
    topic_records,
    topics,
)
from api.answers import SECURITY_HEADERS, Answer, answer_of_problem
from api.problems import Refused, problem_of
from api.routing import Call, Route, read_body, read_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.services import Services

ROUTES: tuple[Route, ...] = (
    *offsets.ROUTES,
    *groups.ROUTES,
    *group_admin.ROUTES,
    *effects.ROUTES,
    *replay.ROUTES,
    *messages.ROUTES,
    *topics.ROUTES,
    *topic_records.ROUTES,
    *stats.ROUTES,
    *audit.ROUTES,
    *stack.ROUTES,
    *load.ROUTES,
    *lab.ROUTES,
    *experiments.ROUTES,
    *experiment_runs.ROUTES,
    *stream_table.ROUTES,
    *health.ROUTES,
    *files.ROUTES,
    *openapi.ROUTES,
)


def create_flask(services: Services) -> Flask:
    """The application with all routes that have a view."""
    flask = Flask("playground", static_folder=None)
    flask.url_map.strict_slashes = True
    for route in ROUTES:
        if route.view is not None:
            rule = route.path.replace("{", "<path:").replace("}", ">")
            flask.add_url_rule(
                rule,
                endpoint=f"{route.method} {route.path}",
                view_func=_view(services, route),
                methods=[route.method],
            )
    flask.register_error_handler(Exception, _failed)
    return flask


def _view(services: Services, route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        request.environ["asgi.scope"]["playground.route"] = route.path
        if route.body is not None and request.mimetype != "application/json":
            given = request.content_type or "missing"
            raise Refused(
                415, "This content type is not taken", f"Content-Type is {given}", field="Content-Type"
            )
        call = Call(
            services,
            path,
            read_query(route, list(request.args.items(multi=True))),
            read_body(route, request.get_data()) if route.body else None,
            dict(request.headers),
        )
        assert route.view is not None  # noqa: S101 - the loop above skips those
        answer = route.view(call)
        return _response(answer if isinstance(answer, Answer) else Answer(answer))

    return view


def _failed(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = _explained(error)
    return _response(answer_of_problem(problem_of(error)))


def _explained(error: HTTPException) -> Exception:
    """Werkzeug's own errors: no such path, another method, a broken request."""
    status = error.code or 500
    if status == 404:
        return Refused(404, "There is no such page", f"{request.path} is not known", next_step="see /docs")
    if status == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        detail = f"{request.method} is not allowed, {allowed} are"
        return Refused(405, "This method is not allowed here", detail, headers={"Allow": allowed})
    if status >= 500:
        return error
    return Refused(status, error.name, error.description or error.name)


def _response(answer: Answer) -> Response:
    headers: dict[str, Any] = {"Cache-Control": "no-store"} | SECURITY_HEADERS | answer.headers
    return Response(answer.content(), answer.status, headers, content_type=answer.content_type)

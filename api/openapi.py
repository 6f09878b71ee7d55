"""GET /openapi.json: the API's description (OpenAPI 3.1), from the same routes that Flask serves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from api import described
from api.answers import JSON, Answer
from api.problems import CONTENT_TYPE
from api.routing import Call, NoQuery, Route
from playground import __version__
from playground.orders import NewOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "#/components/schemas/{name}"
INTRODUCTION = """\
Orders in, confirmed by Kafka; everything that can be seen of the pipeline out.

Errors are application/problem+json: what failed, why, and what to do next.
Requests that change something are refused when a page of another origin sends them.
"""
# Every route may be answered with these, whatever it does.
ALWAYS = (400, 421, 422, 503)
# A visible character, no control characters, no line separators.
_CONTROL = r"\u0000-\u001F\u007F-\u009F\u2028\u2029"
VISIBLE = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
TITLES = {
    304: "Not changed",
    400: "The request cannot be read",
    403: "A page of another origin may not do this, or this API may only be read",
    404: "There is no such thing",
    408: "The request came too slowly",
    409: "That cannot be done to it as it is",
    413: "The body is too large",
    415: "This content type is not taken",
    421: "The Host header names another host",
    422: "A parameter or a field is not valid: `field` names it",
    501: "This stack cannot do that",
    503: "Kafka or the database does not answer, or too much is in flight: try again after Retry-After",
}


def openapi(_call: Call) -> Answer:
    """The document, made once."""
    return Answer(_rendered())


@cache
def _rendered() -> bytes:
    from api.pages import ROUTES  # noqa: PLC0415 - the routes include this one

    return msgspec.json.format(msgspec.json.encode(describe([*described.ROUTES, *ROUTES])), indent=1)


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of these routes."""
    wanted = [route for route in routes if route.described]
    kinds = {kind for route in wanted for kind in _kinds(route)}
    ordered = sorted(kinds, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=PREFIX)
    schema_of = dict(zip(ordered, schemas, strict=True))
    if NewOrder.__name__ in components:
        for name in ("user", "item"):  # checked by hand in playground/orders.py
            components[NewOrder.__name__]["properties"][name]["pattern"] = VISIBLE
    paths: dict[str, Any] = {}
    for route in wanted:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kafka Streaming Playground",
            "version": __version__,
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _kinds(route: Route) -> Iterable[Any]:
    yield described.PROBLEM
    for kind in route.answers.values():
        yield from kind if isinstance(kind, tuple) else (kind,)
    if route.body is not None:
        yield route.body
    if route.consumes:
        yield from route.consumes.values()


def _operation(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, kind in route.answers.items():
        schema = {"anyOf": [schema_of[one] for one in kind]} if isinstance(kind, tuple) else schema_of[kind]
        content = {route.produces: {"schema": schema, **_examples(route, status)}}
        responses[str(status)] = {"description": route.summary, "content": content}
    for status in sorted({*ALWAYS, *route.problems}):
        if str(status) not in responses:
            responses[str(status)] = _problem(status, schema_of)
    operation: dict[str, Any] = {
        "summary": route.summary,
        **({"description": route.notes} if route.notes else {}),
        "operationId": _operation_id(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route), *route.headers],
        "responses": responses,
    }
    consumes = route.consumes or ({JSON: route.body} if route.body is not None else {})
    if consumes:
        content = {
            content_type: {"schema": schema_of[kind], **described.body_example(route, content_type)}
            for content_type, kind in consumes.items()
        }
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _problem(status: int, schema_of: dict[Any, Any]) -> dict[str, Any]:
    described_problem: dict[str, Any] = {
        "description": TITLES[status],
        "content": {CONTENT_TYPE: {"schema": schema_of[described.PROBLEM]}},
    }
    if status == 503:
        described_problem["headers"] = {
            "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}
        }
    return described_problem


def _examples(route: Route, status: int) -> dict[str, Any]:
    example = described.ANSWER_EXAMPLES.get((route.path, status))
    return {} if example is None else {"example": example}


def _operation_id(route: Route) -> str:
    words = route.path.strip("/").replace("{", "").replace("}", "").replace("/", "_").replace("-", "_")
    return f"{route.method.lower()}_{words.replace('.', '_')}"


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query in {None, NoQuery}:
        return []
    (_,), components = msgspec.json.schema_components([route.query], ref_template=PREFIX)
    found = components[route.query.__name__] if route.query is not None else {}
    return [
        {"name": name, "in": "query", "required": False, "schema": _without_null(schema)}
        for name, schema in found["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is left out is no null."""
    cleaned = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    if "anyOf" in cleaned:
        rest = [each for each in cleaned.pop("anyOf") if each != {"type": "null"}]
        cleaned |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    if "enum" in cleaned:
        cleaned["enum"] = [each for each in cleaned["enum"] if each is not None]
    return cleaned


ROUTES = (Route("GET", "/openapi.json", "This description", view=openapi, described=False),)

"""How a route is described: once, for Flask and for /openapi.json alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from api.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.answers import Scope
    from api.services import Services


@dataclass(frozen=True)
class Call:
    """A request as a view sees it: checked parameters and a checked body."""

    services: Services
    path: dict[str, str]
    query: Any = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One method of one path. `view` is None for routes that are answered without Flask."""

    method: str
    path: str
    summary: str
    view: Callable[[Call], Any] | None = None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    answers: dict[int, Any] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    described: bool = True
    # For the description alone; Flask's routes take and give JSON.
    notes: str = ""
    headers: tuple[dict[str, Any], ...] = ()
    consumes: dict[str, Any] = field(default_factory=dict)
    produces: str = "application/json"


class NoQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A route without parameters."""


def read_query(route: Route, pairs: list[tuple[str, str]]) -> Any:
    """The query as the route wants it; empty values count as not given.

    Raises Refused naming the parameter.
    """
    kind = route.query or NoQuery
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise Refused(422, "The query is not valid", f"{name} is there twice", field=name)
        given[name] = value
    fields = {each.encode_name: each.name for each in msgspec.structs.fields(kind)}
    for name in given:
        if name not in fields:
            known = ", ".join(fields) or "none"
            detail = f"{name} is no parameter of this route; known: {known}"
            raise Refused(422, "The query is not valid", detail, field=name)
    for name, value in given.items():  # one by one, so that the one that is wrong can be named
        found = _convert({name: value}, kind, name, strict=False)
        if getattr(found, fields[name]) is None:  # the text "null" is no way to leave a parameter out
            raise Refused(422, "The query is not valid", f"{name}: {value!r} cannot be used", field=name)
    return _convert(given, kind, None, strict=False)


def query_of(route: Route, scope: Scope) -> Any:
    """The same for a request that Flask does not see."""
    return read_query(route, parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def read_body(route: Route, content: bytes) -> Any:
    """The JSON body as the route wants it.

    Raises Refused naming the field.
    """
    if route.body is None:
        return None
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "The body is not JSON", str(error)) from None
    if not isinstance(found, dict):
        raise Refused(400, "The body is not an object", "send a JSON object")
    kinds = {field.name: field.type for field in msgspec.structs.fields(route.body)}
    for name, value in found.items():  # one by one, so that the one that is wrong can be named
        if name not in kinds:
            known = ", ".join(kinds)
            raise Refused(422, "The body is not valid", f"{name} is unknown; known: {known}", field=name)
        _convert(value, kinds[name], name, strict=True)
    return _convert(found, route.body, None, strict=True)


def _convert(given: Any, kind: Any, name: str | None, *, strict: bool) -> Any:
    try:
        return msgspec.convert(given, kind, strict=strict)
    except msgspec.ValidationError as error:
        reason = str(error).split(" - at `", 1)[0].replace("`", "")
        title = "The body is not valid" if strict else "The query is not valid"
        detail = f"{name}: {reason}" if name else reason
        raise Refused(422, title, detail, field=name) from None

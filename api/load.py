"""GET, POST and DELETE /load: orders that come by themselves, where there is a stack to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from api import documents
from api.routing import Call, Route
from playground.errors import AbilityMissing
from playground.orders import KeyStrategy  # noqa: TC001 - msgspec reads it at run time
from playground.stack import Loadable

if TYPE_CHECKING:
    from playground.stack import LoadState


class LoadView(documents.Document, frozen=True):
    """The load generator: what it was told and what it has done. `why_not`: why it can only be looked at."""

    available: bool
    running: bool
    settings: dict[str, float | str] | None
    progress: dict[str, float] | None
    why_not: str | None
    next_step: str | None


class LoadBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Settings of the load generator; what is left out keeps its default."""

    rate: Annotated[float, msgspec.Meta(ge=0.1, le=100_000)] | None = None
    key: KeyStrategy | None = None
    users: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    items: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    burst_every_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None
    burst_size: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    paid_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


def load(call: Call) -> LoadView:
    """What the load generator does now; not available where there is no stack to ask."""
    if not isinstance(call.services.stack, Loadable):
        return LoadView(
            available=False,
            running=False,
            settings=None,
            progress=None,
            **call.services.guard.control_refused(),
        )
    return _view(call, call.services.stack.load())


def start_load(call: Call) -> LoadView:
    """Start it, or start it anew with other settings."""
    body: LoadBody = call.body
    given: dict[str, Any] = msgspec.to_builtins(body)
    return _view(call, _loadable(call).load_start(given))


def stop_load(call: Call) -> LoadView:
    """Stop it."""
    return _view(call, _loadable(call).load_stop())


def _loadable(call: Call) -> Loadable:
    found = call.services.stack
    if not isinstance(found, Loadable):
        raise AbilityMissing(
            "this API runs without a stack that it may control",
            next_step="in the terminal: `playground load start --rate 20`",
        )
    return found


def _view(call: Call, state: LoadState) -> LoadView:
    return LoadView(
        available=True,
        running=state.running,
        settings=None if state.settings is None else dict(state.settings),
        progress=None if state.progress is None else dict(state.progress),
        **call.services.guard.control_refused(),
    )


_LOAD: dict[str, Any] = {"answers": {200: LoadView}, "problems": (403, 413, 415, 501)}
ROUTES = (
    Route("GET", "/load", "What the load generator does", view=load, **_LOAD),
    Route("POST", "/load", "Start the load generator, or change it", view=start_load, body=LoadBody, **_LOAD),
    Route("DELETE", "/load", "Stop the load generator", view=stop_load, **_LOAD),
)

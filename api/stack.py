"""GET /stack, and what may be done to its workers: how many, kill, pause, resume.

The load generator is in api/load.py.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from api import documents
from api.routing import Call, Route
from playground.errors import AbilityMissing, NotFound
from playground.stack import MAX_REPLICAS, Killable, Loadable, Pausable

if TYPE_CHECKING:
    from playground.stack import Stack, WorkerInstance

# A browser waits 15 s. A worker that is not needed any more has 10 s to stop; only a rolling restart that
# somebody else has begun takes longer, and then the answer is 503 while it goes on.
SCALE_SECONDS = 13.0
Ability = Literal["scale", "kill", "pause", "load"]
ABILITIES_NEXT = "GET /stack lists what it can do"


class WorkerView(documents.Document, frozen=True):
    """A worker: a process here, a pod there."""

    name: str
    kind: str
    pid: int | None
    state: Literal["starting", "running", "paused", "restarting", "stopped"]
    group_id: str | None
    restarts: int


class StackView(documents.Document, frozen=True):
    """The workers; `available` is false where the API has no stack to ask.

    `abilities`: what can be done through this API. `why_not`: why nothing can although the stack could.
    """

    available: bool
    abilities: list[Ability]
    workers: list[WorkerView]
    why_not: str | None
    next_step: str | None


class ReplicasBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many workers of a kind there shall be."""

    replicas: Annotated[int, msgspec.Meta(ge=0, le=MAX_REPLICAS)]


def stack(call: Call) -> StackView:
    """Workers and their states; none where there is no stack to ask."""
    found = call.services.stack
    if found is None:
        return StackView(available=False, abilities=[], workers=[], **call.services.guard.control_refused())
    return _stack(call, found)


def scale(call: Call) -> StackView:
    """Have this many of a kind; those that are too many are gone when it answers."""
    found = _existing(call)
    body: ReplicasBody = call.body
    found.scale(call.path["kind"], body.replicas, wait_seconds=SCALE_SECONDS)
    return _stack(call, found)


def kill(call: Call) -> WorkerView:
    """SIGKILL; a new one takes its place."""
    found = _existing(call)
    if not isinstance(found, Killable):
        raise AbilityMissing("this stack cannot kill its workers", next_step=ABILITIES_NEXT)
    return _worker(found.kill(_known_name(call, found)))


def pause(call: Call) -> WorkerView:
    """Freeze it: alive, but silent."""
    found = _pausable(call)
    return _worker(found.pause(_known_name(call, _existing(call))))


def resume(call: Call) -> WorkerView:
    """Let it go on."""
    found = _pausable(call)
    return _worker(found.resume(_known_name(call, _existing(call))))


def _existing(call: Call) -> Stack:
    if call.services.stack is None:
        raise AbilityMissing(
            "this API runs without a stack that it may control",
            next_step="start the whole with `playground up`",
        )
    return call.services.stack


def _pausable(call: Call) -> Pausable:
    found = _existing(call)
    if not isinstance(found, Pausable):
        raise AbilityMissing("this stack cannot freeze its workers", next_step=ABILITIES_NEXT)
    return found


def _known_name(call: Call, found: Stack) -> str:
    """The worker's name. Workers only: an API that was frozen through itself could not be told to go on.

    Raises NotFound listing those that exist.
    """
    name = call.path["name"]
    known = [one.name for one in found.workers()]
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise NotFound(
            f"there is no worker {name!r}; there are {', '.join(known) or 'none'}{hint}",
            next_step="GET /stack lists the workers",
        )
    return name


def _stack(call: Call, found: Stack) -> StackView:
    refused = call.services.guard.control_refused()
    abilities: list[Ability] = ["scale"]
    if isinstance(found, Killable):
        abilities.append("kill")
    if isinstance(found, Pausable):
        abilities.append("pause")
    if isinstance(found, Loadable):
        abilities.append("load")
    return StackView(
        available=True,
        abilities=[] if refused["why_not"] else abilities,
        workers=[_worker(one) for one in found.workers()],
        **refused,
    )


def _worker(one: WorkerInstance) -> WorkerView:
    return WorkerView(one.name, one.kind, one.pid, one.state, one.group_id, one.restarts)


_ACTION: dict[str, Any] = {"answers": {200: WorkerView}, "problems": (403, 404, 413, 501)}
ROUTES = (
    Route(
        "GET",
        "/stack",
        "Workers and their states, and what can be done to them",
        view=stack,
        answers={200: StackView},
        problems=(503,),
    ),
    Route(
        "PUT",
        "/stack/{kind}/replicas",
        "How many workers of a kind run",
        view=scale,
        body=ReplicasBody,
        answers={200: StackView},
        problems=(403, 404, 413, 415, 501),
        notes="Answers when those that are too many have stopped and new ones are started, which is before "
        "these are members of their group. Settings that the workers were given stay.",
    ),
    Route(
        "POST", "/stack/workers/{name}/kill", "Kill a worker; a new one takes its place", view=kill, **_ACTION
    ),
    Route("POST", "/stack/workers/{name}/pause", "Freeze a worker: alive, but silent", view=pause, **_ACTION),
    Route("POST", "/stack/workers/{name}/resume", "Let a frozen worker go on", view=resume, **_ACTION),
)

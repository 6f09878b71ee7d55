"""GET /healthz: this process answers. GET /readyz: orders can be taken and seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.answers import Answer, answer_of_problem
from api.problems import AGAIN, Problem
from api.routing import Call, Route
from playground import __version__
from playground.errors import PlaygroundError
from playground.groups import read_group_list
from playground.topics import ORDER_IDS, ORDERS, topic_specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.services import Services

BROKER_SECONDS = 3.0


class Health(msgspec.Struct, frozen=True):
    """The process is there."""

    status: str
    version: str


class Check(msgspec.Struct, frozen=True):
    """One thing that must be there. `next_step`: what to do when it is not."""

    name: str
    ok: bool
    detail: str


class Ready(msgspec.Struct, frozen=True):
    """Everything that orders need."""

    status: str
    checks: list[Check]


HEALTHY = Health("ok", __version__)


def ready(call: Call) -> Answer:
    """Check broker, topics, producer and database; 503 says which of them is missing."""
    checks = [
        _check("broker and topics", lambda: _topics(call.services)),
        _check("groups", lambda: _groups(call.services)),
        _check("producer", lambda: _producer(call.services)),
        _check("database", lambda: _database(call.services)),
    ]
    failed = [check for check in checks if not check.ok]
    if not failed:
        return Answer(Ready("ready", checks))
    return answer_of_problem(
        Problem(
            503,
            "Not ready",
            "; ".join(f"{check.name}: {check.detail}" for check in failed),
            "not-ready",
            next_step="`playground doctor`, `playground status`",
            headers=dict(AGAIN),
            more={"checks": checks},
        )
    )


def _check(name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=probe())
    except PlaygroundError as error:
        return Check(name, ok=False, detail=str(error))


def _topics(services: Services) -> str:
    existing = services.topic_names(BROKER_SECONDS)
    missing = [spec.name for spec in topic_specs(services.settings) if spec.name not in existing]
    if missing:
        raise PlaygroundError(f"topics missing: {', '.join(missing)}; `playground up` creates them")
    return f"{services.settings.kafka.bootstrap_servers} answers"


def _groups(services: Services) -> str:
    """A broker that has just started may take a moment to load what it knows of groups."""
    return f"{len(read_group_list(services.admin, BROKER_SECONDS))} groups"


def _producer(services: Services) -> str:
    problem = services.deliveries.problem()
    if problem is not None:
        raise PlaygroundError(problem)
    return f"{services.deliveries.in_flight} records in flight ({ORDERS}, {ORDER_IDS})"


def _database(services: Services) -> str:
    services.store().ping()
    return "answers"


ROUTES = (
    Route(
        "GET",
        "/readyz",
        "Broker, topics, producer and database are there",
        view=ready,
        answers={200: Ready},
        problems=(503,),
    ),
)

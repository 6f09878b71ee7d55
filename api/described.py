"""Descriptions of the routes that are answered without Flask, and examples for the page /docs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from api import beside_orders, documents, raw_records, stream_table_live
from api.health import Health
from api.idempotency import HEADER
from api.routing import Route
from playground.metrics import CONTENT_TYPE as METRICS_TYPE
from playground.orders import KeyStrategy, NewOrder

PROBLEM = documents.ProblemDocument
Text = Annotated[str, msgspec.Meta(description="as the content type says")]
Batch = Annotated[list[NewOrder], msgspec.Meta(min_length=1)]
OneOrMany = NewOrder | Batch


class ProduceQuery(msgspec.Struct, frozen=True):
    """Parameters of POST /produce."""

    key: KeyStrategy = "user"


IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key again gets the same answer, never a second order; single orders only",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
}
ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}
ACCEPTED = {
    "order_id": 1_000_000_000_000_001,
    "topic": "orders",
    "partition": 3,
    "offset": 41,
    "timestamp": "2026-11-23T06:36:32.123Z",
}
ANSWER_EXAMPLES: dict[tuple[str, int], Any] = {
    ("/produce", 201): ACCEPTED,
    ("/produce", 207): {
        "accepted": [{"index": 0, **ACCEPTED}],
        "rejected": [{"index": 1, "detail": "Expected int >= 1", "field": "qty", "retryable": False}],
    },
}
BODY_EXAMPLES: dict[tuple[str, str], Any] = {
    ("/produce", "application/json"): ORDER,
    ("/produce", "application/x-ndjson"): '{"user": "alice", "item": "book", "qty": 2}\n',
    ("/load", "application/json"): {"rate": 20, "key": "user"},
    ("/stack/{kind}/replicas", "application/json"): {"replicas": 3},
    ("/groups/{group_id}/config", "application/json"): {"heartbeat_interval_ms": 1000},
    ("/lab/topics", "application/json"): {"topic": "lab.keys", "partitions": 4},
    ("/lab/topics/{topic}/records", "application/json"): {
        "records": [{"key": "child"}, {"key": "adult"}, {"key": "senior"}],
        "partitioner": "murmur2_random",
    },
}

EVENTS = """\
`hello`: the stream begins; `version`, `taken_at`.

`history`: once for each connection, the newest worker events before it, at most 20, oldest first, without \
`records_handled` and `load_progress`: `{"events": [...]}`. None of them comes again as `worker` on this \
connection. After a reconnect it may hold events that were seen before: two that are equal are the same one.

`worker`: one worker event, as it happens.

`orders`: new orders, and how many were `skipped` because they were too many to show.

`offsets`, `groups`, `stats`: the documents of the routes with these names: offsets each second, the others \
when they changed.

`run`: how far an experiment is (`progress` of `GET /runs/{experiment}/{time}`), at most once a second while \
one runs, whoever started it, and once more when it has ended.

`lost`: so many `events` were dropped because this client was too slow.

`heartbeat`: nothing happened for ten seconds.
"""

ROUTES = (
    Route(
        "POST",
        "/produce",
        "Write an order, an array, or NDJSON; answered when Kafka has acknowledged it with acks=all",
        query=ProduceQuery,
        headers=(IDEMPOTENCY_KEY,),
        consumes={"application/json": OneOrMany, "application/x-ndjson": Text},
        answers={201: (documents.Accepted, documents.BatchAnswer), 207: documents.BatchAnswer},
        problems=(403, 408, 413, 415),
    ),
    raw_records.ROUTE,
    *beside_orders.ROUTES,
    stream_table_live.ROUTE,
    Route(
        "GET",
        "/events",
        "Server-sent events: what happens now, and the newest worker events before",
        notes=EVENTS,
        answers={200: Text},
        produces="text/event-stream",
    ),
    Route("GET", "/healthz", "This process answers", answers={200: Health}),
    Route("GET", "/metrics", "Metrics of this API process", answers={200: Text}, produces=METRICS_TYPE),
)


def body_example(route: Route, content_type: str) -> dict[str, Any]:
    """An example of a body, if there is one."""
    found = BODY_EXAMPLES.get((route.path, content_type))
    return {} if found is None else {"example": found}

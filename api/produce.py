"""POST /produce: orders in, and an answer only after the broker acknowledged them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from api.answers import Answer, send_answer, send_created
from api.batches import parse_array, parse_lines, produce_batch
from api.deliveries import Record
from api.documents import Accepted
from api.idempotency import HEADER, parse_key
from api.problems import Refused
from playground.clock import iso, now_ms
from playground.orders import (
    KEY_STRATEGIES,
    KeyStrategy,
    NewOrder,
    order_id_of_idempotency_key,
    parse_new_order,
    record_key,
    render_order,
)
from playground.topics import ORDERS

if TYPE_CHECKING:
    from api.answers import Receive, Scope, Send
    from api.services import Services

JSON = b"application/json"
LINES = (b"application/x-ndjson", b"application/jsonl", b"application/ndjson")
_iso = lru_cache(4096)(iso)


class Asked:
    """What the headers and the query say about the body."""

    __slots__ = ("idempotency_key", "lines", "strategy")

    def __init__(self, scope: Scope) -> None:
        content_type: bytes | None = None
        key: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"content-type":
                content_type = value
            elif name == b"idempotency-key":
                if key is not None:
                    raise Refused(422, "Two Idempotency-Keys", f"{HEADER} is there twice", field=HEADER)
                key = value
        self.lines = _is_lines(content_type)
        self.idempotency_key = None if key is None else parse_key(key)
        self.strategy = read_strategy(scope["query_string"])


async def produce(services: Services, scope: Scope, receive: Receive, send: Send) -> int:
    """Take one order or many, wait for Kafka, answer; returns the status.

    Raises what becomes a problem.
    """
    asked = Asked(scope)
    body = await services.bodies.read(scope, receive)
    try:
        first = b"" if asked.lines else body.lstrip(b" \t\r\n")[:1]
        if asked.lines or first == b"[":
            if asked.idempotency_key is not None:
                raise Refused(422, "A batch takes no key", f"{HEADER} is for single orders", field=HEADER)
            orders = parse_lines(body) if asked.lines else parse_array(body)
            answer = await produce_batch(services, orders, asked.strategy)
            await send_answer(send, answer)
            return answer.status
        order = parse_new_order(body)
    finally:
        services.bodies.release(body)
    if asked.idempotency_key is None:
        await send_created(send, await produce_one(services, order, order.order_id, asked.strategy))
        return 201
    answer = await _once(services, order, asked.idempotency_key, asked.strategy)
    await send_answer(send, answer)
    return answer.status


async def produce_one(
    services: Services, order: NewOrder, order_id: int | None, strategy: KeyStrategy
) -> Accepted:
    """Write one order; what the broker said of it.

    Raises InvalidOrder, Overloaded, KafkaUnavailable, DeliveryFailed.
    """
    if order_id is None:
        order_id = services.order_ids.take_one()
        if order_id is None:
            (order_id,) = await services.order_ids.take(1)
    key = record_key(order, order_id, strategy)
    record = Record(render_order(order, order_id, now_ms()), key)
    delivery = await services.deliveries.send(ORDERS, record)
    services.meters.orders_produced += 1
    return Accepted(order_id, ORDERS, delivery.partition, delivery.offset, _iso(delivery.timestamp))


async def _once(services: Services, order: NewOrder, key: str, strategy: KeyStrategy) -> Answer:
    order_id = order.order_id or order_id_of_idempotency_key(key)

    async def act() -> Accepted:
        return await produce_one(services, order, order_id, strategy)

    accepted, again = await services.answers.once(key, (order, strategy), act)
    return Answer(accepted, 201, headers={"Idempotent-Replayed": "true"} if again else {})


@lru_cache(256)
def _is_lines(content_type: bytes | None) -> bool:
    """True for NDJSON, False for JSON; the charset, if any, must be UTF-8.

    Raises Refused.
    """
    kind, _, parameters = (content_type or b"").partition(b";")
    kind, parameters = kind.strip().lower(), parameters.strip().lower()
    if kind not in (JSON, *LINES) or parameters.replace(b'"', b"") not in {b"", b"charset=utf-8"}:
        given = "missing" if content_type is None else repr(content_type.decode("latin-1"))
        raise Refused(
            415,
            "This content type is not taken",
            f"Content-Type is {given}",
            field="Content-Type",
            next_step="send application/json (an order or an array) or application/x-ndjson (one per line)",
        )
    return kind != JSON


@lru_cache(256)
def read_strategy(query: bytes) -> KeyStrategy:
    """`?key=` and nothing else.

    Raises Refused.
    """
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name != "key" or name in found:
            reason = "is there twice" if name in found else "is no parameter of this route; known: key"
            raise Refused(422, "The query is not valid", f"{name} {reason}", field=name)
        found[name] = value
    strategy: KeyStrategy = found.get("key", "user")
    if strategy not in KEY_STRATEGIES:
        detail = f"key {strategy!r} is none of {', '.join(KEY_STRATEGIES)}"
        raise Refused(422, "The query is not valid", detail, field="key")
    return strategy

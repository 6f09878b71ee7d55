"""Many orders in one request: each is accepted or rejected by itself, by its index."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from api.answers import Answer, answer_of_problem
from api.deliveries import Delivery, Record
from api.documents import BatchAccepted, BatchAnswer, Rejected
from api.problems import AGAIN, Problem, Refused, problem_of
from playground.clock import iso, now_ms
from playground.errors import InvalidOrder, PlaygroundError
from playground.orders import parse_new_order, record_key, render_order
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services import Services
    from playground.orders import KeyStrategy, NewOrder

    Raw = bytes | msgspec.Raw

# Between so many orders, others get their turn: a large batch must not hold up single orders.
CHUNK = 250
_array = msgspec.json.Decoder(list[msgspec.Raw])
_iso = lru_cache(4096)(iso)


def parse_lines(body: bytes) -> list[Raw]:
    """NDJSON: the lines that are not blank."""
    return [line for line in body.split(b"\n") if line and not line.isspace()]


def parse_array(body: bytes) -> list[Raw]:
    """The elements of a JSON array, undecoded.

    Raises InvalidOrder.
    """
    try:
        return list(_array.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidOrder(None, f"not JSON: {error}".replace("`", "")) from None


async def produce_batch(services: Services, raw: Sequence[Raw], strategy: KeyStrategy) -> Answer:
    """Write the valid ones, wait for Kafka, and say of each what became of it.

    Raises Refused when there are none or too many, Overloaded, and KafkaUnavailable when no id could be had.
    """
    limit = services.settings.api.max_batch_orders
    if not raw:
        raise Refused(422, "There are no orders", "the batch is empty; send at least one order")
    if len(raw) > limit:
        detail = f"{len(raw)} orders, {limit} are taken at once (PLAYGROUND_API_MAX_BATCH_ORDERS)"
        raise Refused(413, "Too many orders", detail, next_step="send several smaller batches")
    rejected: dict[int, PlaygroundError] = {}
    orders: dict[int, NewOrder] = {}
    for start in range(0, len(raw), CHUNK):
        if start:
            await asyncio.sleep(0)
        for index in range(start, min(start + CHUNK, len(raw))):
            try:
                orders[index] = parse_new_order(raw[index])
            except InvalidOrder as error:
                rejected[index] = error
    records, ids = await _records(services, orders, strategy, rejected)
    outcomes = await services.deliveries.send_batch(ORDERS, list(records.values())) if records else []
    return _answer(services, ids, dict(zip(records, outcomes, strict=True)), rejected)


async def _records(
    services: Services,
    orders: dict[int, NewOrder],
    strategy: KeyStrategy,
    rejected: dict[int, PlaygroundError],
) -> tuple[dict[int, Record], dict[int, int]]:
    """Records and order ids by index; orders without the field that is the key are rejected here."""
    missing = sum(1 for order in orders.values() if order.order_id is None)
    new_ids = iter(await services.order_ids.take(missing) if missing else ())
    at = now_ms()
    records: dict[int, Record] = {}
    ids: dict[int, int] = {}
    for number, (index, order) in enumerate(orders.items()):
        if number % CHUNK == CHUNK - 1:
            await asyncio.sleep(0)
        order_id = next(new_ids) if order.order_id is None else order.order_id
        try:
            key = record_key(order, order_id, strategy)
        except InvalidOrder as error:
            rejected[index] = error
            continue
        records[index] = Record(render_order(order, order_id, at), key)
        ids[index] = order_id
    return records, ids


def _answer(
    services: Services,
    ids: dict[int, int],
    outcomes: dict[int, Delivery | PlaygroundError],
    rejected: dict[int, PlaygroundError],
) -> Answer:
    accepted = []
    for index, outcome in outcomes.items():
        if isinstance(outcome, Delivery):
            at = _iso(outcome.timestamp)
            place = (ORDERS, outcome.partition, outcome.offset, at)
            accepted.append(BatchAccepted(index, ids[index], *place))
        else:
            rejected[index] = outcome
    services.meters.orders_produced += len(accepted)
    if not rejected:
        return Answer(BatchAnswer(accepted, []), 201)
    refusals = [_rejected(index, error) for index, error in sorted(rejected.items())]
    if accepted:
        return Answer(BatchAnswer(accepted, refusals), 207)
    return _none_accepted(rejected, refusals)


def _rejected(index: int, error: PlaygroundError) -> Rejected:
    if isinstance(error, InvalidOrder):
        return Rejected(index, error.reason, error.field, retryable=False)
    return Rejected(index, str(error), None, retryable=True)


def _none_accepted(rejected: dict[int, PlaygroundError], refusals: list[Rejected]) -> Answer:
    """422 when the orders are to blame, 503 when Kafka is for at least one."""
    more: dict[str, Any] = {"accepted": [], "rejected": refusals}
    for error in rejected.values():
        if not isinstance(error, InvalidOrder):
            found = problem_of(error)
            problem = Problem(
                found.status,
                found.title,
                found.detail,
                found.kind,
                next_step=found.next_step,
                headers=dict(AGAIN),
                more=more,
            )
            return answer_of_problem(problem)
    detail = f"none of {len(refusals)} orders is valid; `rejected` says why, by index"
    return answer_of_problem(Problem(422, "No order was accepted", detail, "invalid-order", more=more))

"""POST /produce/raw: bytes into `orders` as they are, so that bad records can be made on purpose.

Why this is safe enough to be on for a playground of one's own machine:
- It writes what is no order and nothing else. A valid order is refused here, so nobody gets around the rules
  of POST /produce: no order id of somebody else, no order without an owner. All that a worker ever does with
  a record from here is to put it into the dead letters.
- It wants a content type that no page of another origin may send unasked, besides the guard of every route.
- It is off when the API listens to others than this machine, unless PLAYGROUND_API_RAW_RECORDS says
  otherwise: whoever reaches it can fill the dead letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from api.answers import Answer, send_answer
from api.deliveries import ANY_PARTITION, Record
from api.documents import RecordAccepted
from api.problems import Refused
from api.routing import Route, query_of
from playground.clock import iso
from playground.errors import AbilityMissing, InvalidOrder
from playground.orders import parse_order
from playground.topics import ORDERS

if TYPE_CHECKING:
    from api.answers import Receive, Scope, Send
    from api.services import Services

PATH = "/produce/raw"
BYTES = "application/octet-stream"
# What any producer may send with Kafka's default limits, its key and headers included.
MAX_RECORD_BYTES = 900_000


class RawQuery(msgspec.Struct, frozen=True):
    """Where the record goes: a partition, else where its key belongs. `tombstone`: without a value."""

    partition: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | None = None
    tombstone: bool = False


AnyBytes = Annotated[Any, msgspec.Meta(description="any bytes that are not a valid order")]
ROUTE = Route(
    "POST",
    PATH,
    "Write bytes that are no order, as they are: a fault injection for experiments",
    query=RawQuery,
    consumes={BYTES: AnyBytes},
    answers={201: RecordAccepted},
    problems=(403, 408, 413, 415, 501),
    notes=f"For bad records on purpose: workers put them into the dead letters and go on. A valid order is "
    f"422 here (POST /produce takes it). At most {MAX_RECORD_BYTES} bytes. `tombstone=true` with an empty "
    "body writes a record without a value. Answers 501 unless PLAYGROUND_API_RAW_RECORDS allows it, which is "
    "the default for an API that only this machine can reach.",
)


async def produce_raw(services: Services, scope: Scope, receive: Receive, send: Send) -> int:
    """Write one record, wait for Kafka, answer; returns the status.

    Raises what becomes a problem.
    """
    if not services.settings.api.raw_records:
        raise AbilityMissing(
            "this API takes valid orders only",
            next_step="PLAYGROUND_API_RAW_RECORDS=true allows bad records on purpose",
        )
    _check_content_type(scope)
    query: RawQuery = query_of(ROUTE, scope)
    body = await services.bodies.read(scope, receive)
    try:
        key = None if query.key is None else query.key.encode()
        partition = ANY_PARTITION if query.partition is None else query.partition
        record = Record(_value(body, query), key, partition)
        delivery = await services.deliveries.send(ORDERS, record)
    finally:
        services.bodies.release(body)
    at = iso(delivery.timestamp)
    await send_answer(send, Answer(RecordAccepted(ORDERS, delivery.partition, delivery.offset, at), 201))
    return 201


def _check_content_type(scope: Scope) -> None:
    given = dict(scope["headers"]).get(b"content-type", b"")
    if given.strip().lower() != BYTES.encode():
        raise Refused(
            415,
            "This content type is not taken",
            f"Content-Type is {given.decode('latin-1')!r}",
            field="Content-Type",
            next_step=f"send {BYTES}; orders go to POST /produce",
        )


def _value(body: bytes, query: RawQuery) -> bytes | None:
    """The record's value: never an order.

    Raises Refused.
    """
    if len(body) > MAX_RECORD_BYTES:
        detail = f"the body has {len(body)} bytes, a record may have {MAX_RECORD_BYTES}"
        raise Refused(413, "The body is too large", detail, next_step="send a smaller record")
    if query.tombstone:
        if body:
            raise Refused(
                422, "A tombstone has no value", "tombstone: the body is not empty", field="tombstone"
            )
        return None
    try:
        parse_order(body)
    except InvalidOrder:
        return body
    raise Refused(
        422,
        "This is a valid order",
        "only what is no order is written as it is",
        next_step="POST /produce takes orders",
    )

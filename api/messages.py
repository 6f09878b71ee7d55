"""GET /messages: processed orders from the database, pending ones from Kafka, newest first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from api import documents
from api.routing import Call, Route
from playground.clock import iso
from playground.errors import InvalidOrder, NotFound
from playground.jobs import ORDER_PROCESSOR
from playground.offsets import read_spans
from playground.orders import parse_order
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from confluent_kafka import Message

    from api.services import Services
    from playground.groups import Place
    from playground.store.model import ProcessedOrder

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
READ_SECONDS = 2.0
# With a filter, so many of the newest pending records of each partition are looked through.
SEARCHED = 2000


class MessagesQuery(msgspec.Struct, frozen=True):
    """Parameters of GET /messages."""

    source: Literal["db", "kafka", "both"] = "both"
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    user: Text | None = None
    item: Text | None = None
    status: documents.Status | None = None


def messages(call: Call) -> documents.MessageList:
    """Pending orders first from Kafka and then the processed ones, so that one that moves is never missed."""
    query: MessagesQuery = call.query
    found: dict[int, tuple[int, documents.MessageView]] = {}
    if query.source != "db" and query.status != "processed":
        for message in _pending_records(call.services, query):
            _add_pending(found, message, query)
    if query.source != "kafka" and query.status != "pending":
        for row in call.services.store().recent_orders(query.limit, query.user, query.item):
            found[row.order_id] = (row.produced_at, _processed(row))
    newest = sorted(found.values(), key=lambda each: (each[0], each[1].order_id), reverse=True)
    return documents.MessageList([view for _, view in newest[: query.limit]])


def _pending_records(services: Services, query: MessagesQuery) -> list[Message]:
    """The newest records of each partition at or after the order-processor's position."""
    try:
        topic = describe_topic(services.admin, ORDERS)
    except NotFound:
        return []
    positions = {
        account.position.partition: account.position.next_offset
        for account in services.store().accounts([topic.topic_id])
        if account.position.group_id == ORDER_PROCESSOR
    }
    places: list[Place] = [(ORDERS, number) for number in topic.partitions]
    number = query.limit if query.user is None and query.item is None else max(query.limit, SEARCHED)
    stretches: dict[Place, tuple[int, int]] = {}
    for place, span in read_spans(services.admin, places, time.monotonic() + READ_SECONDS).items():
        if span.start is not None and span.end is not None:
            position = max(span.start, positions.get(place[1], span.start))
            stretches[place] = (max(position, span.end - number), span.end)
    return services.records.read(stretches, READ_SECONDS)


def _add_pending(
    found: dict[int, tuple[int, documents.MessageView]], message: Message, query: MessagesQuery
) -> None:
    try:
        order = parse_order(message.value())
    except InvalidOrder:
        return  # it goes to the dead-letter topic; it is no order
    if (query.user is not None and order.user != query.user) or (
        query.item is not None and order.item != query.item
    ):
        return
    produced_at = message.timestamp()[1]
    view = documents.MessageView(
        order_id=order.order_id,
        user=order.user,
        item=order.item,
        qty=order.qty,
        age=order.age,
        age_group=order.age_group,
        status="pending",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        worker=None,
        produced_at=iso(produced_at),
        processed_at=None,
    )
    found[order.order_id] = (produced_at, view)


def _processed(row: ProcessedOrder) -> documents.MessageView:
    return documents.MessageView(
        order_id=row.order_id,
        user=row.user,
        item=row.item,
        qty=row.qty,
        age=row.age,
        age_group=row.age_group,
        status="processed",
        partition=row.partition,
        offset=row.offset,
        worker=row.worker,
        produced_at=iso(row.produced_at),
        processed_at=iso(row.processed_at),
    )


ROUTES = (
    Route(
        "GET",
        "/messages",
        "Orders, newest first: processed ones from the database, pending ones from Kafka",
        view=messages,
        query=MessagesQuery,
        answers={200: documents.MessageList},
        problems=(503,),
    ),
)

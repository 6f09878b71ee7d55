"""The orders that every row uses: the same bytes for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from confluent_kafka import Consumer, TopicPartition

from playground.clients import common_config, create_producer
from playground.orders import FIRST_GENERATED_ORDER_ID, NewOrder, age_group_of, render_order
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.settings import Settings

USERS, ITEMS = 1000, 20
TS = 1_795_410_760_833
BATCH = 1000


def new_order(number: int) -> NewOrder:
    """The n-th order as a client would send it."""
    age = 12 + number % 60
    return NewOrder(
        f"user-{number % USERS}", f"item-{number % ITEMS}", number % 5 + 1, None, age, age_group_of(age)
    )


def request_body(number: int) -> bytes:
    """The n-th order as the body of a request, or a line of one."""
    order = new_order(number)
    return msgspec.json.encode({"user": order.user, "item": order.item, "qty": order.qty, "age": order.age})


def record_value(number: int) -> bytes:
    """The n-th order as it stands in the topic."""
    return render_order(new_order(number), FIRST_GENERATED_ORDER_ID + number, TS + number)


def fill(settings: Settings, records: int, say: Callable[[str], None] = lambda _text: None) -> int:
    """Write that many orders into the topic; the number of bytes of their values."""
    producer = create_producer(
        settings.kafka, "bench-fill", **{"queue.buffering.max.messages": 500_000, "linger.ms": 5}
    )
    size = 0
    for start in range(0, records, BATCH):
        batch = [
            {"value": record_value(number), "key": f"user-{number % USERS}".encode()}
            for number in range(start, min(start + BATCH, records))
        ]
        size += sum(len(message["value"]) for message in batch)
        while batch:
            producer.produce_batch(ORDERS, batch)
            batch = [message for message in batch if "_error" in message]
            for message in batch:
                del message["_error"]
            producer.poll(0.05 if batch else 0)
        if start % 100_000 == 0:
            say(f"filling {ORDERS}: {start:,} of {records:,}")
    left = producer.flush(60)
    assert left == 0, f"{left} orders were not written"
    return size


def count_records(settings: Settings) -> int:
    """Records in the topic, from its end and start offsets."""
    return sum(high - low for low, high in watermarks(settings))


def watermarks(settings: Settings) -> Iterator[tuple[int, int]]:
    """Start and end offset of each partition of `orders`."""
    consumer = Consumer(common_config(settings.kafka, "bench-count") | {"group.id": "bench-count"})
    try:
        for partition in range(settings.topics.partitions):
            yield consumer.get_watermark_offsets(TopicPartition(ORDERS, partition), timeout=10)
    finally:
        consumer.close()

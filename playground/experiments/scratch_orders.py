"""The orders of `partitioning`, written to scratch topics with any key and partitioner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from playground.experiments.lab import scratch_prefix
from playground.orders import FIRST_GENERATED_ORDER_ID, NewOrder, age_group_of, record_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playground.experiments.lab import Lab
    from playground.orders import KeyStrategy

ITEMS = ("book", "pen", "lamp", "chair", "mug", "desk")
AGES = (8, 31, 67)
# The body of a request is limited; records without a key that come together stay together for a moment.
RECORDS_PER_REQUEST = 250
RECORDS_WITHOUT_KEY = 10


def make_orders(number: int, users: int) -> list[NewOrder]:
    """The same orders each time: customers in turn, ages of all three groups, six items."""
    orders = []
    for index in range(number):
        user = index % users
        age = AGES[user % len(AGES)]
        orders.append(
            NewOrder(
                user=f"user-{user + 1}",
                item=ITEMS[(index // len(AGES)) % len(ITEMS)],
                qty=1,
                age=age,
                age_group=age_group_of(age),
            )
        )
    return orders


def write_orders(lab: Lab, key: KeyStrategy, partitions: int, partitioner: str) -> None:
    """Write the orders of the settings, and `placed` into the timeline."""
    orders = make_orders(lab.settings.orders, lab.settings.users)
    records: list[list[Any]] = []
    for first, chunk in chunks_of(orders, RECORDS_WITHOUT_KEY if key == "none" else RECORDS_PER_REQUEST):
        keys = [
            record_key(order, FIRST_GENERATED_ORDER_ID + first + number, key)
            for number, order in enumerate(chunk)
        ]
        texts = [None if each is None else each.decode() for each in keys]
        body = {"partitioner": partitioner, "records": [{"key": text} for text in texts]}
        path = f"/lab/topics/{topic_of(lab, partitions)}/records"
        answer = lab.api.send("POST", path, msgspec.json.encode(body))
        for order, text, place in zip(chunk, texts, answer["places"], strict=True):
            records.append([order.user, text, place["partition"], place["offset"]])
    lab.timeline.add("placed", key=key, partitions=partitions, partitioner=partitioner, records=records)


def chunks_of(orders: Sequence[NewOrder], size: int) -> Iterator[tuple[int, Sequence[NewOrder]]]:
    """Parts of at most `size`, each with the index of its first."""
    for first in range(0, len(orders), size):
        yield first, orders[first : first + size]


def topic_of(lab: Lab, partitions: int) -> str:
    """The scratch topic of this run with so many partitions."""
    return f"{scratch_prefix(lab.run_id)}{partitions}"

"""The 24 orders that stood in the topic when tests/data/ksqldb was recorded, as a worker hands them on."""

from __future__ import annotations

import json

from playground.store.model import OrderRow, PartitionBatch
from support.recorded_ksqldb import EXCHANGES

FIRST_ID, FIRST_MS, EVERY_MS = 1000, 1795410120000, 10_000


def recorded_orders() -> list[OrderRow]:
    """One every ten seconds, by id; who and what stands in the recorded join."""
    lines = EXCHANGES["pull stream orders_enriched"]["body"].strip().split("\n")[1:]
    rows = [json.loads(line) for line in lines]
    return sorted(
        (order_id, user, item, qty, None, None, 0, FIRST_MS + (order_id - FIRST_ID) * EVERY_MS)
        for user, order_id, item, qty, _city, _tier in rows
    )


def batch_of(rows: list[OrderRow]) -> PartitionBatch:
    """All of them in one partition: counts do not depend on it."""
    return PartitionBatch(0, 0, len(rows), rows, [])

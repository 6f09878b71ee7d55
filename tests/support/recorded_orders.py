"""The orders of ksql/tests, which stood in the topic when tests/data/ksqldb was recorded, for a store."""

from __future__ import annotations

import json

from playground.orders import parse_order
from playground.store.model import PartitionBatch
from support.live_ksqldb import read_input


def recorded_batch() -> PartitionBatch:
    """All of them as a worker reads them, in one partition: counts do not depend on it."""
    rows = []
    for offset, each in enumerate(one for one in read_input() if one["topic"] == "orders"):
        order = parse_order(json.dumps(each["value"]).encode())
        given = (order.order_id, order.user, order.item, order.qty, order.age, order.age_group)
        rows.append((*given, offset, each["timestamp"]))
    return PartitionBatch(0, 0, len(rows), rows, [])

"""Baseline: aiokafka writes the same rows the same way."""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer

from bench.baselines.same_rows import BATCH, SameRows
from playground.settings import read_settings
from playground.topics import ORDERS


async def main(path: str) -> None:
    settings = read_settings()
    rows = SameRows(path, settings.topics.partitions)
    consumer = AIOKafkaConsumer(
        ORDERS,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=f"with-aiokafka {path}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    while True:
        found = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
        records = [(m.partition, m.offset, m.timestamp, m.value) for part in found.values() for m in part]
        if records:
            rows.write(records)


asyncio.run(main(sys.argv[1]))

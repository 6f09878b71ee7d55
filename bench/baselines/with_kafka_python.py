"""Baseline: kafka-python writes the same rows the same way."""

from __future__ import annotations

import sys

from kafka import KafkaConsumer

from bench.baselines.same_rows import BATCH, SameRows
from playground.settings import read_settings
from playground.topics import ORDERS


def main(path: str) -> None:
    settings = read_settings()
    rows = SameRows(path, settings.topics.partitions)
    consumer = KafkaConsumer(
        ORDERS,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=f"with-kafka-python {path}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=BATCH,
    )
    while True:
        found = consumer.poll(timeout_ms=1000)
        records = [(m.partition, m.offset, m.timestamp, m.value) for part in found.values() for m in part]
        if records:
            rows.write(records)


main(sys.argv[1])

"""Baseline: `consume(1000)` and `workers.decode.decode`, and nothing is written anywhere."""

from __future__ import annotations

from confluent_kafka import TopicPartition

from bench.baselines.progress import Progress
from playground.clients import create_consumer
from playground.cycles import look_rarely
from playground.settings import read_settings
from playground.topics import ORDERS
from workers.decode import decode


def main() -> None:
    look_rarely()
    settings = read_settings()
    # The product's own consumer settings: fetch.queue.backoff.ms=5 and the same queue.
    consumer = create_consumer(settings.kafka, "consume-only", group_id="consume-only")
    positions = dict.fromkeys(range(settings.topics.partitions), 0)
    consumer.assign([TopicPartition(ORDERS, part, 0) for part in positions])
    progress = Progress(10_000)
    while True:
        batches, _gaps = decode(consumer.consume(1000, 1), positions, {})
        for batch in batches.values():
            positions[batch.partition] = batch.next_offset
            progress.add(len(batch.rows))


main()

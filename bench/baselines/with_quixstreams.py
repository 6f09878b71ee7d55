"""Baseline: quixstreams writes the same rows the same way. Runs in an environment of its own.

A sink gets the records one by one and writes them at each checkpoint, of which there is one per batch.
"""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application
from quixstreams.sinks import BaseSink

from bench.baselines.same_rows import BATCH, SameRows
from playground.settings import read_settings
from playground.topics import ORDERS


class RowSink(BaseSink):
    """Collects until the checkpoint."""

    def __init__(self, rows: SameRows) -> None:
        super().__init__()
        self._rows = rows
        self._records: list[tuple[int, int, int, bytes]] = []

    def setup(self) -> None:
        pass

    def add(  # noqa: PLR0917 - quixstreams calls it so
        self, value: Any, key: Any, timestamp: int, headers: Any, topic: str, partition: int, offset: int
    ) -> None:
        del key, headers, topic
        self._records.append((partition, offset, timestamp, value))

    def flush(self) -> None:
        if self._records:
            self._rows.write(self._records)
            self._records = []

    def on_paused(self) -> None:
        self._records = []


def main(path: str) -> None:
    settings = read_settings()
    application = Application(
        broker_address=settings.kafka.bootstrap_servers,
        consumer_group="with-quixstreams " + path.replace("/", "-"),
        auto_offset_reset="earliest",
        commit_every=BATCH,
        commit_interval=60,
        consumer_extra_config={"fetch.queue.backoff.ms": 5},
    )
    topic = application.topic(ORDERS, key_deserializer="bytes", value_deserializer="bytes")
    application.dataframe(topic).sink(RowSink(SameRows(path, settings.topics.partitions)))
    application.run()


main(sys.argv[1])

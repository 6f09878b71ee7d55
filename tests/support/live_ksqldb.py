"""A real ksqlDB with the input of ksql/tests in its topics: what PLAYGROUND_KSQLDB_URL switches the tests to.

PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS must name its broker. Its topics must be empty: a person's orders are no
place for tests. The input's times are moved to now, or the broker would delete it as too old.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, TopicPartition

from playground.clients import create_admin, create_consumer, create_producer
from playground.clock import now_ms
from playground.ksqldb.applied import AppliedLog
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.migration import apply
from playground.ksqldb.statements import FOLDER, read_statements
from playground.settings import read_settings
from playground.topics import ORDERS, describe_topic, ensure_topics
from playground.waiting import wait_until

if TYPE_CHECKING:
    from playground.settings import Settings

SWITCH = "PLAYGROUND_KSQLDB_URL"
INPUT = FOLDER / "tests" / "input.jsonl"
MINUTE_MS = 60_000
SECONDS = 120


def is_wanted() -> bool:
    """Whether a real server is named."""
    return bool(os.environ.get(SWITCH))  # noqa: TID251 - the tests' own switch


def read_input() -> list[dict[str, Any]]:
    """Topic, key, timestamp (milliseconds since 1970) and value of each record."""
    return [json.loads(line) for line in INPUT.read_text().splitlines()]


def samples() -> dict[str, dict[str, Any]]:
    """Question, SQL and expected rows of each sample, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(Path(INPUT).parent.glob("*.json"))}


class LiveKsqlDb:
    """That server. `moved_ms`: how much later than in the file the input is."""

    def __init__(self, settings: Settings | None = None, *, moved_ms: int | None = None) -> None:
        self._settings = settings or read_settings()
        self.url = str(self._settings.ksqldb.url)
        newest = max(each["timestamp"] for each in read_input())
        till_now = now_ms() - newest
        self.moved_ms = till_now - till_now % MINUTE_MS if moved_ms is None else moved_ms

    def prepare(self) -> None:
        """Topics, input, statements; returns when every order was counted."""
        ensure_topics(self._settings)
        if found := self._orders():
            raise AssertionError(
                f"topic {ORDERS} holds {found} records: the tests want a server of their own"
            )
        self._write()
        log = AppliedLog(self._settings)
        log.create()
        server = KsqlDb(self.url)
        for _step in apply(server, log, read_statements()):
            pass
        orders = sum(each["topic"] == ORDERS for each in read_input())
        wait_until(
            lambda: sum(row[1] for row in server.query("SELECT * FROM item_count;").rows) == orders,
            f"{orders} orders to be counted",
            SECONDS,
            every=0.5,
        )

    def _orders(self) -> int:
        partitions = describe_topic(create_admin(self._settings.kafka, "test"), ORDERS).partitions
        consumer = create_consumer(self._settings.kafka, "test", group_id="test")
        try:
            ends = wait_until(
                lambda: [
                    consumer.get_watermark_offsets(TopicPartition(ORDERS, part), 10) for part in partitions
                ],
                "the ends of its partitions",
                SECONDS,
                ignore=(KafkaException,),  # leaders are still being chosen
            )
        finally:
            consumer.close()
        return sum(high - low for low, high in ends)

    def _write(self) -> None:
        """By topic, profiles first: a join finds those that are there when the order comes."""
        producer = create_producer(self._settings.kafka, "test")
        for each in read_input():
            value = dict(each["value"])
            if "ts" in value:
                value["ts"] += self.moved_ms
            producer.produce(
                each["topic"],
                json.dumps(value).encode(),
                each["key"].encode(),
                timestamp=each["timestamp"] + self.moved_ms,
            )
            assert producer.flush(30) == 0


def moved(row: dict[str, Any], by_ms: int) -> dict[str, Any]:
    """An expected row as it is when the input was moved."""
    times = {"windowstart", "windowend", "ts"}
    return {name: value + by_ms if name in times else value for name, value in row.items()}

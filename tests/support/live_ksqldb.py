"""A real ksqlDB with the input of ksql/tests in its topics: what PLAYGROUND_KSQLDB_URL switches the tests to.

PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS must name its broker. Its topics must be empty, or hold this input from an
earlier run: a person's orders are no place for tests. The input's times are moved to now, or the broker would
delete it as too old.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, TopicPartition

from playground.clients import create_admin, create_consumer, create_producer
from playground.clock import now_ms
from playground.errors import KsqlDbRefused, KsqlDbUnavailable
from playground.ksqldb.applied import AppliedLog
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.migration import apply
from playground.ksqldb.statements import FOLDER, read_statements
from playground.records import RecordReader
from playground.settings import read_settings
from playground.topics import ORDERS, describe_topic, ensure_topics
from playground.waiting import wait_until
from support.recorded_ksqldb import RecordedKsqlDb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.settings import Settings

SWITCH = "PLAYGROUND_KSQLDB_URL"
INPUT = FOLDER / "tests" / "input.jsonl"
MINUTE_MS = 60_000
SECONDS = 120
# What ksqlDB says of a table whose query has just begun.
NOT_YET = (KsqlDbRefused, KsqlDbUnavailable)


def is_wanted() -> bool:
    """Whether a real server is named."""
    return bool(os.environ.get(SWITCH))  # noqa: TID251 - the tests' own switch


def read_input() -> list[dict[str, Any]]:
    """Topic, key, timestamp (milliseconds since 1970) and value of each record."""
    return [json.loads(line) for line in INPUT.read_text().splitlines()]


def samples() -> dict[str, dict[str, Any]]:
    """Question, SQL and expected rows of each sample, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(Path(INPUT).parent.glob("*.json"))}


@functools.cache
def the_live_one() -> LiveKsqlDb:
    """The server that is named, prepared once per process."""
    found = LiveKsqlDb()
    found.prepare()
    return found


@contextmanager
def live_or_recorded() -> Iterator[tuple[str, int]]:
    """Address of the server that was named, else of the recordings; how much later its input is."""
    if is_wanted():
        live = the_live_one()
        yield live.url, live.moved_ms
        return
    with RecordedKsqlDb() as server:
        for each in read_statements():
            server.known[each.name] = each.kind
        yield server.url, 0


class LiveKsqlDb:
    """That server. `moved_ms`: how much later than in the file the input is."""

    def __init__(self, settings: Settings | None = None, *, moved_ms: int | None = None) -> None:
        self._settings = settings or read_settings()
        self.url = str(self._settings.ksqldb.url)
        newest = max(each["timestamp"] for each in read_input())
        till_now = now_ms() - newest
        self.moved_ms = till_now - till_now % MINUTE_MS if moved_ms is None else moved_ms

    def prepare(self) -> None:
        """Topics, input, statements; returns when every query has read its topics to their ends."""
        lock = Path(tempfile.gettempdir()) / f"playground-live-ksqldb-{os.getuid()}"
        with lock.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # test processes run side by side
            self._bring_input()
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
            ignore=NOT_YET,
        )
        for name in (each.name for each in read_statements() if " AS SELECT " in each.text):
            wait_until(
                lambda name=name: server.behind(name) == 0,
                f"{name} to be made of everything",
                SECONDS,
                every=0.5,
                ignore=NOT_YET,
            )

    def _bring_input(self) -> None:
        ensure_topics(self._settings)
        found = self._orders()
        if not found:
            self._write()
            return
        self.moved_ms = min(at for _key, at in found) - min(at for _key, at in _orders_of_input())
        if sorted(found) != sorted((key, at + self.moved_ms) for key, at in _orders_of_input()):
            raise AssertionError(
                f"topic {ORDERS} holds {len(found)} records: the tests want a server of their own"
            )

    def _orders(self) -> list[tuple[str, int]]:
        """Key and time of each order that is there."""
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
        reader = RecordReader(self._settings.kafka, "test")
        try:
            records = reader.read(dict(zip(((ORDERS, part) for part in partitions), ends, strict=True)), 30)
        finally:
            reader.close()
        assert len(records) == sum(high - low for low, high in ends), "the orders could not be read"
        return [((each.key() or b"").decode(), each.timestamp()[1]) for each in records]

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


def _orders_of_input() -> list[tuple[str, int]]:
    return [(each["key"], each["timestamp"]) for each in read_input() if each["topic"] == ORDERS]


def moved(row: dict[str, Any], by_ms: int) -> dict[str, Any]:
    """An expected row as it is when the input was moved."""
    times = {"windowstart", "windowend", "ts"}
    return {name: value + by_ms if name in times else value for name, value in row.items()}

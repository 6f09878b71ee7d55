"""Follows Kafka for the listeners of GET /events: orders and worker events, and a snapshot each second.

Three threads, from the first listener to the last: one tails the topics, one takes snapshots, one looks
whether an experiment runs.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, TopicPartition

from api.experiment_following import RunFollower
from api.groups import render_groups
from api.history import History
from api.offsets import render_offsets
from api.stats import read_stats
from playground.clients import create_consumer
from playground.clock import iso
from playground.errors import InvalidOrder, PlaygroundError
from playground.events import parse_event
from playground.offsets import read_spans
from playground.orders import parse_order
from playground.topics import EVENTS, ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import Consumer, Message

    from api.hub import Hub
    from api.services import Services

log = logging.getLogger("playground.api")
TAIL = "playground-api-tail"
POLL_SECONDS = 0.2
NEW_PARTITIONS_SECONDS = 3.0
SNAPSHOT_SECONDS = 1.0
STATS_EVERY = 2  # snapshots
SHOWN_PER_POLL = 10  # at five polls a second: about fifty orders


def follow(services: Services, hub: Hub) -> Callable[[], None]:
    """Begin to follow; returns what ends it."""
    stop = threading.Event()
    for work in (_Tail(services, hub).run, _Snapshots(services, hub).run, RunFollower(services, hub).run):
        threading.Thread(target=work, args=(stop,), daemon=True).start()
    return stop.set


class _Tail:
    """Orders and worker events, from their ends on; and the history of the worker events before."""

    def __init__(self, services: Services, hub: Hub) -> None:
        self._services = services
        self._hub = hub
        self._known: set[tuple[str, int]] = set()
        self._history = History()

    def run(self, stop: threading.Event) -> None:
        consumer = create_consumer(self._services.settings.kafka, TAIL, group_id=TAIL)
        look_again = 0.0
        while not stop.is_set():
            if time.monotonic() >= look_again:
                look_again = time.monotonic() + NEW_PARTITIONS_SECONDS
                self._look_for_partitions(consumer)
            try:
                messages = consumer.consume(500, POLL_SECONDS)
                if not stop.is_set():  # else the next listener has a tail of its own, which tells them
                    self._publish(consumer, messages)
            except KafkaException as error:
                log.warning("the tail of events stumbles: %s", error.args[0].str())
        consumer.close()

    def _look_for_partitions(self, consumer: Consumer) -> None:
        """Begin at the end the first time; partitions that appear later are read from their beginning."""
        first = not self._known
        try:
            metadata = self._services.admin.list_topics(timeout=2)
            places = {
                (name, number)
                for name in (ORDERS, EVENTS)
                if name in metadata.topics and metadata.topics[name].error is None
                for number in metadata.topics[name].partitions
            }
            spans = read_spans(self._services.admin, places - self._known, time.monotonic() + 2)
        except (PlaygroundError, KafkaException):
            return  # the broker is away: look again
        new = [
            TopicPartition(*place, (span.end if first else span.start) or 0)
            for place, span in spans.items()
            if span.end is not None
        ]
        if new:
            consumer.incremental_assign(new)
            self._known |= {(each.topic, each.partition) for each in new}
        if first and places:
            self._history.read_back(self._services.records, spans)
            self._hub.publish("history", self._history.document())
            self._hub.ready()

    def _publish(self, consumer: Consumer, messages: list[Message]) -> None:
        orders: list[dict[str, Any]] = []
        skipped = 0
        for message in messages:
            if message.error() is not None:
                self._lost_place(consumer, message)
            elif message.topic() == EVENTS:
                event = parse_event(message.value() or b"")
                if event is not None:
                    self._hub.publish("worker", event)
                    if self._history.add(event):
                        self._hub.keep("history", self._history.document())
            elif len(orders) < SHOWN_PER_POLL:
                orders += _order(message)
            else:
                skipped += 1
        if orders or skipped:
            self._hub.publish("orders", {"orders": orders, "skipped": skipped})

    def _lost_place(self, consumer: Consumer, message: Message) -> None:
        """The topic was made anew, or its log was cut: find the place again."""
        place = (message.topic() or "", message.partition() or 0)
        if place in self._known:
            self._known.discard(place)
            consumer.incremental_unassign([TopicPartition(*place)])


def _order(message: Message) -> list[dict[str, Any]]:
    try:
        order = parse_order(message.value())
    except InvalidOrder:
        return []
    return [
        {
            "order_id": order.order_id,
            "user": order.user,
            "item": order.item,
            "qty": order.qty,
            "age": order.age,
            "age_group": order.age_group,
            "partition": message.partition(),
            "offset": message.offset(),
            "produced_at": iso(message.timestamp()[1]),
            "status": "pending",
        }
    ]


class _Snapshots:
    """Offsets each second; groups and statistics when they changed."""

    def __init__(self, services: Services, hub: Hub) -> None:
        self._services = services
        self._hub = hub
        self._shown: dict[str, Any] = {}

    def run(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            due = time.monotonic() + SNAPSHOT_SECONDS
            try:
                self._take(with_stats=number % STATS_EVERY == 0)
            except PlaygroundError as error:
                log.info("no snapshot for events: %s", error)
            except Exception:
                log.exception("no snapshot for events, by a mistake of ours")
            number += 1
            stop.wait(max(0.0, due - time.monotonic()))

    def _take(self, *, with_stats: bool) -> None:
        report = self._services.lag.read()
        self._hub.publish("offsets", render_offsets(report))
        self._changed("groups", render_groups(report.snapshot.groups.values()))
        if with_stats:
            self._changed("stats", read_stats(self._services.store()))

    def _changed(self, name: str, document: Any) -> None:
        if self._shown.get(name) != document:
            self._shown[name] = document
            self._hub.publish(name, document)

"""Puts a member of a group together from the settings and runs it until a signal: the composition root."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from confluent_kafka import KafkaException

from playground.clients import create_admin, create_consumer, create_producer
from playground.consumer_settings import AT_MOST_ONCE, EXACTLY_ONCE
from playground.events import EventName
from playground.renewed_admin import RenewedAdmin
from playground.store import open_store
from workers.assignment import Assignment
from workers.consumer import ConsumeLoop
from workers.faults import Faults, faults_of
from workers.health import Health
from workers.membership import Membership
from workers.naive import NaiveLoop
from workers.signals import StopSignals
from workers.worker_metrics import CountedEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AdminClient

    from playground.consumer_settings import ConsumerSettings
    from playground.settings import Settings
    from playground.store.model import Store
    from workers.consumer import Apply


def run_member(settings: Settings, worker: str, group_id: str, job: Callable[[Store], Apply]) -> int:
    """Be a member of `group_id` until SIGTERM or SIGINT.

    Returns the process's exit code: 0 after a clean leave, 1 after a fatal client error.
    Raises StoreUnavailable when the database cannot be opened at the start, EnvironmentMissing when the
    port for probes is taken.
    """
    loop: ConsumeLoop | NaiveLoop | None = None
    signals = StopSignals()
    producer = create_producer(
        settings.kafka,
        worker,
        message_timeout_ms=10_000,
        error_cb=lambda error: loop.client_failed(error) if isinstance(loop, ConsumeLoop) else None,
    )
    events = CountedEvents(worker, group_id, publisher(producer))
    health = Health(settings.consumer.max_poll_interval_ms / 1000, "it has not begun to consume yet")
    serve_health(settings, health, lambda: events.render(health))
    faults = Faults(faults_of(settings.faults, worker), lambda: loop is not None and loop.stopping())
    store = open_store(settings, faults.reached)
    # A member that lost its way to the controller would never learn where its new partitions begin.
    admin = cast("AdminClient", RenewedAdmin(functools.partial(create_admin, settings.kafka, worker)))
    properties = _group_properties(settings.consumer, group_id, worker)
    consumer = create_consumer(settings.kafka, worker, **properties)
    membership = Membership(consumer, group_id, silent=settings.consumer.group_protocol == "consumer")
    if settings.consumer.delivery == EXACTLY_ONCE:
        assignment = Assignment(
            consumer,
            admin,
            store,
            events,
            group_id,
            incremental=settings.consumer.incremental,
            reset=settings.consumer.auto_offset_reset,
        )
        loop = ConsumeLoop(
            worker=worker,
            group_id=group_id,
            consumer=consumer,
            producer=producer,
            admin=admin,
            assignment=assignment,
            apply=job(store),
            faults=faults,
            events=events,
            health=health,
            membership=membership,
            batch_size=settings.consumer.batch_size,
        )
    else:
        loop = NaiveLoop(
            group_id=group_id,
            consumer=consumer,
            admin=admin,
            store=store,
            faults=faults,
            events=events,
            health=health,
            membership=membership,
            batch_size=settings.consumer.batch_size,
            from_end=settings.consumer.auto_offset_reset == "latest",
            commit_first=settings.consumer.delivery == AT_MOST_ONCE,
        )
    signals.call(loop.stop)
    try:
        loop.run()
    except KafkaException as error:
        fatal: KafkaError = error.args[0]
        events.write(EventName.FATAL, code=fatal.name(), detail=fatal.str())
        producer.flush(1)
        return 1
    events.write(EventName.SHUTDOWN_COMPLETE)
    producer.flush(1)
    store.close()
    return 0


def serve_health(settings: Settings, health: Health, metrics: Callable[[], bytes]) -> None:
    """Answer probes and scrapes until the process ends, if the settings want that.

    Raises EnvironmentMissing when the port is taken.
    """
    if not settings.worker.http_port:
        return
    from workers.http_server import WorkerServer  # noqa: PLC0415 - a server that few workers need

    address = (settings.worker.http_host, settings.worker.http_port)
    variables = "PLAYGROUND_WORKER_HTTP_PORT (or PLAYGROUND_WORKER_HTTP_HOST)"
    WorkerServer(address, health, metrics, variables).start()


def publisher(producer: Any) -> Callable[[str, bytes], None]:
    """Hand event lines to Kafka without waiting; when its queue is full they are on stdout alone."""

    def publish(topic: str, value: bytes) -> None:
        try:
            producer.produce(topic, value)
            producer.poll(0)
        except (BufferError, KafkaException):
            pass

    return publish


def _group_properties(consumer: ConsumerSettings, group_id: str, worker: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "group_id": group_id,
        "group_protocol": consumer.group_protocol,
        "max_poll_interval_ms": consumer.max_poll_interval_ms,
    }
    if (instance_id := consumer.instance_id_of(worker)) is not None:
        properties["group_instance_id"] = instance_id
    if consumer.group_protocol == "consumer":
        # Session and heartbeat are the broker's to set under KIP-848.
        if consumer.assignor is not None:
            properties["group_remote_assignor"] = consumer.assignor
        return properties
    return properties | {
        "partition_assignment_strategy": consumer.assignor or "range,roundrobin",
        "session_timeout_ms": consumer.session_timeout_ms,
        "heartbeat_interval_ms": max(100, consumer.session_timeout_ms // 12),
    }

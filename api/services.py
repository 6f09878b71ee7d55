"""What the routes of one process share. Built when the server starts, never at import: see clients.py."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException

from api.bodies import BodyReader
from api.deliveries import Deliveries, Record
from api.experiment_process import RunProcesses
from api.guard import Guard
from api.idempotency import Answers
from api.meters import Meters
from api.order_ids import OrderIds
from playground.clients import create_producer
from playground.errors import KafkaUnavailable, NotFound
from playground.experiments.run_state import RunStates
from playground.experiments.runs import Runs
from playground.lag_reader import LagReader
from playground.local.stack import LocalStack
from playground.records import RecordReader
from playground.scratch_records import ScratchWriter
from playground.store import open_store
from playground.topics import ORDER_IDS, describe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import KafkaError, Producer

    from api.deliveries import Delivery
    from playground.settings import Settings
    from playground.stack import Stack
    from playground.store.model import Store

CLIENT_ID = "playground-api"
# The producer gives up a little before the request does, so that the answer is the producer's report.
MESSAGE_TIMEOUT_SHARE = 0.9
QUEUE_KBYTES = 65_536
TOPIC_ID_SECONDS = 2.0
# A run that ends with the API gives the workers back meanwhile; the supervisor waits 8 s for the API.
RUN_SECONDS = 6.0


class Services:
    """One per process; made on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.guard = Guard(settings.api)
        self.bodies = BodyReader(settings.api.max_body_bytes)
        self.meters = Meters()
        self.answers = Answers()
        self.deliveries = Deliveries(
            self._create_producer,
            max_in_flight=settings.api.max_in_flight,
            timeout_seconds=settings.api.delivery_timeout_ms / 1000,
        )
        self.order_ids = OrderIds(
            self._lease, self._id_of_leases, f"{socket.gethostname()} {os.getpid()}".encode()
        )
        self.lag = LagReader(settings, CLIENT_ID)
        self.records = RecordReader(settings.kafka, CLIENT_ID)
        self.scratch = ScratchWriter(settings.kafka, self.lag.admin)
        self._stack: Stack | None = None
        self._connecting = threading.Lock()
        self.runs = Runs(settings.runs_dir)
        self.run_states = RunStates(self.runs)
        self.run_processes = RunProcesses(settings, self.runs, self.run_states)
        self._threads = threading.local()

    @property
    def admin(self) -> Any:
        """The process's one admin client; it may be used from every thread."""
        return self.lag.admin

    @property
    def stack(self) -> Stack | None:
        """The stack that this API belongs to; None: it may control none.

        Raises StackError when it does not answer.
        """
        with self._connecting:
            if self._stack is None:
                self._stack = _connect(self.settings)
            return self._stack

    def store(self) -> Store:
        """This thread's connection to the orders database.

        Raises StoreUnavailable.
        """
        store: Store | None = getattr(self._threads, "store", None)
        if store is None:
            store = self._threads.store = open_store(self.settings)
        return store

    def topic_names(self, seconds: float) -> set[str]:
        """The topics that the broker has.

        Raises KafkaUnavailable.
        """
        try:
            return set(self.admin.list_topics(timeout=seconds).topics)
        except KafkaException as error:
            servers = self.settings.kafka.bootstrap_servers
            raise KafkaUnavailable(f"{servers} does not answer: {error.args[0].str()}") from error

    def close(self, seconds: float) -> int:
        """Wait for outstanding delivery reports; the number of records without one."""
        self.run_processes.close(RUN_SECONDS)
        left = self.deliveries.close(seconds)
        self.records.close()
        self.scratch.close()
        self.lag.close()
        return left

    async def _lease(self, record: Record) -> Delivery:
        return await self.deliveries.send(ORDER_IDS, record)

    async def _id_of_leases(self) -> str:
        """The id of the topic `order-ids`.

        Raises KafkaUnavailable, also when there is no such topic: to a customer both mean "later".
        """
        try:
            found = await asyncio.to_thread(describe_topic, self.admin, ORDER_IDS, TOPIC_ID_SECONDS)
        except NotFound as error:
            raise KafkaUnavailable(f"{error}; nothing was written", next_step=error.next_step) from None
        return found.topic_id

    def _create_producer(self, on_error: Callable[[KafkaError], None]) -> Producer:
        api = self.settings.api
        return create_producer(
            self.settings.kafka,
            CLIENT_ID,
            error_cb=on_error,
            message_timeout_ms=max(50, int(api.delivery_timeout_ms * MESSAGE_TIMEOUT_SHARE)),
            queue_buffering_max_messages=api.max_in_flight + 1000,
            queue_buffering_max_kbytes=QUEUE_KBYTES,
        )


def _connect(settings: Settings) -> Stack | None:
    if settings.control_socket is not None:
        return LocalStack(settings.control_socket)
    if settings.cluster_namespace:
        from playground.cluster.release import Place  # noqa: PLC0415 - only pods need Kubernetes' client
        from playground.cluster.signals import cluster_stack  # noqa: PLC0415

        return cluster_stack(Place(namespace=settings.cluster_namespace))
    return None

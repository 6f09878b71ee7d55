"""Hands records to one idempotent producer and waits for the broker to acknowledge them.

Every record gets a future (a batch one for all), resolved from its delivery report and nothing else.
Reports arrive on one polling thread; many of them wake the event loop once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import KafkaError, KafkaException

from api.problems import UNKNOWN_OUTCOME
from playground.errors import DeliveryFailed, InvalidValue, KafkaUnavailable, Overloaded, PlaygroundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from confluent_kafka import Message, Producer

    Create = Callable[[Callable[[KafkaError], None]], Producer]
    Report = tuple[asyncio.Future["Delivery"], KafkaError | None, Message]

log = logging.getLogger("playground.api")
POLL_SECONDS = 0.1
# librdkafka's RD_KAFKA_PARTITION_UA: the partitioner decides.
ANY_PARTITION = -1
# Reports that follow within this time share one wake-up of the event loop.
GATHER_SECONDS = 0.001
SWEEP_SECONDS = 0.1
# Records handed over before others get their turn on the event loop.
CHUNK = 1000
# Never handed to the broker: the outcome is known.
NEVER_SENT = {KafkaError._PURGE_QUEUE, KafkaError._QUEUE_FULL}  # noqa: SLF001 - librdkafka's own names
REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.INVALID_RECORD,
    KafkaError.POLICY_VIOLATION,
}
MISSING = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}  # noqa: SLF001


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """Where the broker put a record, and its timestamp in milliseconds since 1970."""

    partition: int
    offset: int
    timestamp: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record to hand over. `value` None: a tombstone.

    `partition` ANY_PARTITION: where the key belongs; batches know no other.
    """

    value: bytes | None
    key: bytes | None
    partition: int = ANY_PARTITION


class Deliveries:
    """One producer of one process. All methods but `close` belong to the event loop's thread."""

    def __init__(self, create: Create, *, max_in_flight: int, timeout_seconds: float) -> None:
        self._create = create
        self._loop = asyncio.get_running_loop()
        self._max = max_in_flight
        self._timeout = timeout_seconds
        self._done: deque[Callable[[], None]] = deque()
        self._deadlines: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._woken = False
        self._fatal: KafkaError | None = None
        self._stopped = threading.Event()
        self.in_flight = 0
        self._producer = create(self._on_error)
        self._thread = threading.Thread(target=self._poll, name="deliveries", daemon=True)
        self._thread.start()
        self._sweep()

    async def send(self, topic: str, record: Record) -> Delivery:
        """Hand over one record and wait for its report.

        Raises Overloaded, KafkaUnavailable, DeliveryFailed.
        """
        self._admit(1)
        future: asyncio.Future[Delivery] = self._loop.create_future()
        report = partial(self._reported, future)
        try:
            self._producer.produce(topic, record.value, record.key, record.partition, report)
        except BufferError:
            raise Overloaded("the producer's queue is full") from None
        except KafkaException as error:
            raise self._explain(error.args[0], sent=False) from error
        self.in_flight += 1
        self._deadlines.append((self._loop.time() + self._timeout, future))
        return await future

    async def send_batch(self, topic: str, records: Sequence[Record]) -> list[Delivery | PlaygroundError]:
        """Hand over many records at once; one outcome for each, in their order.

        Raises Overloaded when they are more than may be in flight: then none was handed over.
        """
        self._admit(len(records))
        batch = _Batch(self, len(records), self._loop.create_future())
        messages: list[dict[str, Any]] = [
            {"value": record.value, "key": record.key, "callback": partial(batch.reported, index)}
            for index, record in enumerate(records)
        ]
        self.in_flight += len(records)
        for start in range(0, len(messages), CHUNK):
            if start:
                await asyncio.sleep(0)  # let single orders through
            self._hand_over(topic, messages[start : start + CHUNK])
        for index, message in enumerate(messages):
            if "_error" in message:
                batch.refused(index, message["_error"])
        self._deadlines.append((self._loop.time() + self._timeout, batch.future))
        with contextlib.suppress(KafkaUnavailable):  # in time or not: each order's outcome says it
            await batch.future
        return [self._outcome(outcome) for outcome in batch.outcomes]

    def problem(self) -> str | None:
        """Why no record can be taken now, if so. May be asked from any thread."""
        if not self._thread.is_alive():
            return "nobody waits for delivery reports"
        if self.in_flight >= self._max:
            return f"{self.in_flight} orders wait for Kafka, no more are taken"
        return None

    def close(self, seconds: float) -> int:
        """Wait for outstanding reports, at most so long; the number of records without one."""
        left = self._producer.flush(seconds)
        self._stopped.set()
        self._thread.join(POLL_SECONDS * 5)
        return int(left)

    def _hand_over(self, topic: str, messages: list[dict[str, Any]]) -> None:
        """Produce these; those that the producer did not take get an `_error`."""
        try:
            self._producer.produce_batch(topic, messages)
        except BufferError:
            reason = KafkaError(KafkaError._QUEUE_FULL)  # noqa: SLF001
        except KafkaException as error:
            reason = error.args[0]
        else:
            return
        for message in messages:
            message.setdefault("_error", reason)

    def _outcome(self, outcome: Delivery | KafkaError | None) -> Delivery | PlaygroundError:
        if isinstance(outcome, Delivery):
            return outcome
        return _no_report(self._timeout) if outcome is None else self._explain(outcome, sent=True)

    def _admit(self, number: int) -> None:
        if self._fatal is not None:
            self._rebuild()
        if self.in_flight + number > self._max:
            raise Overloaded(f"{self.in_flight} orders wait for Kafka, {self._max} may")

    def _poll(self) -> None:
        while not self._stopped.wait(GATHER_SECONDS):
            self._producer.poll(POLL_SECONDS)

    def _sweep(self) -> None:
        """Give up on futures whose time is over. One timer for all is cheaper than one for each."""
        now = self._loop.time()
        while self._deadlines and (self._deadlines[0][1].done() or self._deadlines[0][0] <= now):
            _, future = self._deadlines.popleft()
            if not future.done():
                future.set_exception(_no_report(self._timeout))
        if not self._stopped.is_set():
            self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def _reported(self, future: asyncio.Future[Delivery], error: KafkaError | None, message: Message) -> None:
        self.later(partial(self._settle, future, error, message))

    def later(self, action: Callable[[], None]) -> None:
        """Run on the event loop's thread; many actions share one wake-up."""
        self._done.append(action)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._woken = False  # before emptying: an action that comes after the last look wakes us again
        while self._done:
            self._done.popleft()()

    def _settle(self, future: asyncio.Future[Delivery], error: KafkaError | None, message: Message) -> None:
        self.in_flight -= 1
        if future.done():  # the request gave up waiting
            return
        if error is None:
            future.set_result(delivery_of(message))
        else:
            future.set_exception(self._explain(error, sent=True))

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error

    def _rebuild(self) -> None:
        """An idempotent producer never recovers from a fatal error: take a new one.

        What the old one still holds is reported by it as failed.
        """
        log.error("the producer failed for good and is replaced: %s", self._fatal)
        old, self._fatal = self._producer, None
        self._producer = self._create(self._on_error)
        threading.Thread(target=_retire, args=(old,), daemon=True).start()

    def _explain(self, error: KafkaError, *, sent: bool) -> PlaygroundError:
        if error.fatal():
            self._fatal = error
        code, text = error.code(), error.str()
        if code == KafkaError._QUEUE_FULL:  # noqa: SLF001
            return Overloaded("the producer's queue is full")
        if code == KafkaError._UNKNOWN_PARTITION:  # noqa: SLF001 - one that was asked for
            return InvalidValue("partition", "the topic has no such partition; nothing was written")
        if code in REFUSED:
            return DeliveryFailed(f"{text}; nothing was written", next_step="check the topic and its rights")
        if code in MISSING:
            step = "`playground up` creates the topics; see /readyz"
            return KafkaUnavailable(f"the topic is missing: {text}; nothing was written", next_step=step)
        if not sent or code in NEVER_SENT:
            return KafkaUnavailable(f"{text}; nothing was written")
        return KafkaUnavailable(f"Kafka did not acknowledge the order ({text}): {UNKNOWN_OUTCOME}")


class _Batch:
    """Outcomes of one batch; the last one resolves the future."""

    def __init__(self, deliveries: Deliveries, size: int, future: asyncio.Future[None]) -> None:
        self._deliveries = deliveries
        self._size = size
        self._settled = count(1)  # next() is atomic; reports and refusals come from two threads
        self.future = future
        self.outcomes: list[Delivery | KafkaError | None] = [None] * size

    def reported(self, index: int, error: KafkaError | None, message: Message) -> None:
        self.outcomes[index] = delivery_of(message) if error is None else error
        self._count()

    def refused(self, index: int, error: KafkaError) -> None:
        self.outcomes[index] = error
        self._count()

    def _count(self) -> None:
        if next(self._settled) == self._size:
            self._deliveries.later(self._resolve)

    def _resolve(self) -> None:
        self._deliveries.in_flight -= self._size
        if not self.future.done():
            self.future.set_result(None)


def delivery_of(message: Message) -> Delivery:
    """Where the broker put an acknowledged record."""
    return Delivery(message.partition() or 0, message.offset() or 0, message.timestamp()[1])


def _no_report(seconds: float) -> KafkaUnavailable:
    return KafkaUnavailable(f"Kafka did not acknowledge the order in {seconds:g} s: {UNKNOWN_OUTCOME}")


def _retire(producer: Producer) -> None:
    producer.purge()
    producer.flush(POLL_SECONDS * 10)

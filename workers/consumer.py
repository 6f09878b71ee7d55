"""The one consume loop, for every group.

An order's way through it:
    consume -> decode -> handle -> results and positions in one transaction -> commit to Kafka

The transaction is the truth. The commit to Kafka comes after it and only tells others (lag tools,
`kafka-consumer-groups`) where this group stands; a worker never starts from it.
So a crash at any point repeats work that left no trace, and a member that lost its partitions
without noticing (a zombie) has its write refused, because the position is no longer what it expected.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from playground.errors import KafkaUnavailable, StaleWrite, StoreUnavailable
from playground.events import EventName, unavailable
from playground.topics import ORDERS
from workers.dead_letters import publish_dead_letters
from workers.decode import decode
from workers.faults import HandlerFailed
from workers.topic_watch import TopicWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from confluent_kafka import Consumer, Message, Producer
    from confluent_kafka.admin import AdminClient

    from playground.store.model import Applied, PartitionBatch
    from workers.assignment import Assignment
    from workers.faults import Faults
    from workers.health import Health
    from workers.membership import Membership
    from workers.worker_metrics import CountedEvents

    Apply = Callable[[str, int, str, Sequence[PartitionBatch]], list[Applied]]

POLL_SECONDS = 0.2
COMMIT_EVERY_SECONDS = 0.1
COMPLAIN_EVERY_SECONDS = 1.0
CLOSE_TIMEOUT_SECONDS = 6.0
# Errors that waiting does not heal: the worker ends and says so.
NEVER_PASSES = {
    KafkaError._FATAL,  # noqa: SLF001 - what a fenced static member gets; `fatal()` is False then
    KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.INVALID_SESSION_TIMEOUT,
}
# The next record of a partition is gone: retention took it, or the log was cut.
GONE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}  # noqa: SLF001 - librdkafka's own name


class ConsumeLoop:
    """One member of one group, from `run` until `stop` is called (from a signal handler)."""

    def __init__(
        self,
        *,
        worker: str,
        group_id: str,
        consumer: Consumer,
        producer: Producer,
        admin: AdminClient,
        assignment: Assignment,
        apply: Apply,
        faults: Faults,
        events: CountedEvents,
        health: Health,
        membership: Membership,
        batch_size: int,
    ) -> None:
        self._worker = worker
        self._group_id = group_id
        self._consumer = consumer
        self._producer = producer
        self._assignment = assignment
        self._apply = apply
        self._faults = faults
        self._events = events
        self._health = health
        self._membership = membership
        self._batch_size = batch_size
        self._watch = TopicWatch(admin, ORDERS)
        self._gaps: dict[int, int] = {}
        self._uncommitted: dict[int, int] = {}
        self._commit_at = 0.0
        self._complain_at = 0.0
        self._stopping = False
        self._leaving = False
        self._failure: BaseException | None = None

    def stop(self) -> None:
        """Finish the batch at hand, commit, leave the group."""
        self._stopping = True

    def stopping(self) -> bool:
        """True once `stop` was called."""
        return self._stopping

    def client_failed(self, error: KafkaError) -> None:
        """The producer's error callback: a fatal error ends the worker, others pass."""
        if error.fatal():
            self._failure = KafkaException(error)

    def run(self) -> None:
        """Consume until `stop`. Raises what ends a worker: a fatal client error, a mistake of ours."""
        self._consumer.subscribe(
            [ORDERS], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )
        self._events.write(EventName.STARTUP_COMPLETE)
        try:
            while not self._stopping:
                self._step()
        finally:
            self._close()

    def _step(self) -> None:
        self._health.beat()
        if self._watch.changed(self._assignment.topic_id):
            self._uncommitted.clear()
            self._assignment.start_over()
        self._assignment.retry()
        self._health.obstacle = (
            self._membership.obstacle() or self._watch.obstacle or self._assignment.obstacle()
        )
        messages = self._take()
        self._producer.poll(0)
        if self._failure is not None:
            raise self._failure
        if messages:
            began = time.monotonic()
            self._handle(messages)
            self._events.batch_took(time.monotonic() - began)
        self._commit(asynchronous=True)

    def _take(self) -> list[Message]:
        """Wait for a record, then take what else is there: small batches when idle, full ones behind."""
        first = self._consumer.poll(POLL_SECONDS)
        if first is None:
            return []
        size = self._faults.batch_size(self._batch_size)
        messages = [first, *self._consumer.consume(size - 1, 0)] if size > 1 else [first]
        return [message for message in messages if message.error() is None or self._explain(message)]

    def _explain(self, message: Message) -> bool:
        """An error in place of a record. Never a record, so always False."""
        error = message.error()
        if error is None:
            return True
        if error.fatal() or error.code() in NEVER_PASSES:
            raise KafkaException(error)
        partition = message.partition()
        if error.code() in GONE and partition in self._assignment.positions:
            self._assignment.out_of_range(partition, error.str())
        elif time.monotonic() >= self._complain_at:  # it passes: the broker is away, the topic not there yet
            self._complain_at = time.monotonic() + COMPLAIN_EVERY_SECONDS
            self._events.write(EventName.BROKER_UNAVAILABLE, detail=error.str())
        return False

    def _handle(self, messages: list[Message]) -> None:
        batches, gaps = decode(messages, self._assignment.positions, self._gaps)
        for moved in batches:
            self._gaps.pop(moved, None)
        self._gaps |= gaps
        if batches:
            self._write(messages, batches)
        if gaps:  # seek to where we stand; if the gap is still there after that, it is real
            self._assignment.reposition(gaps)

    def _write(self, messages: list[Message], batches: dict[int, PartitionBatch]) -> None:
        try:
            self._faults.handle(sum(len(batch.rows) for batch in batches.values()))
            letters = publish_dead_letters(self._producer, self._group_id, messages, batches.values())
            topic_ref = self._assignment.topic_ref
            applied = self._apply(self._group_id, topic_ref, self._worker, list(batches.values()))
        except StaleWrite as refused:
            self._events.write(
                EventName.WRITE_REFUSED,
                topic=refused.topic,
                partition=refused.partition,
                expected=refused.expected,
                found=refused.found,
            )
            self._assignment.reposition(self._assignment.positions)
            return
        except HandlerFailed:
            self._events.write(EventName.RECORD_FAILED, partitions=sorted(batches))
            self._assignment.hold(batches.keys())
            return
        except (StoreUnavailable, KafkaUnavailable) as away:
            self._events.write(unavailable(away), detail=str(away))
            self._assignment.hold(batches.keys())
            return
        self._written(batches, applied)
        for letter in letters:
            self._events.write(EventName.RECORD_DEAD_LETTERED, **letter)

    def _written(self, batches: dict[int, PartitionBatch], applied: list[Applied]) -> None:
        for batch in batches.values():
            self._assignment.positions[batch.partition] = batch.next_offset
            self._uncommitted[batch.partition] = batch.next_offset
        self._events.write(
            EventName.RECORDS_HANDLED,
            partitions=[
                {
                    "partition": done.partition,
                    "first_offset": batches[done.partition].expected,
                    "last_offset": batches[done.partition].next_offset - 1,
                    "count": done.processed,
                    "duplicates": done.duplicates,
                    "dead_lettered": done.dead_lettered,
                }
                for done in applied
            ],
        )
        self._faults.reached("before_kafka_commit")

    def _commit(self, *, asynchronous: bool) -> None:
        """Tell Kafka where the group stands. A failure is soft: the database knows."""
        if not self._uncommitted or (asynchronous and time.monotonic() < self._commit_at):
            return
        self._commit_at = time.monotonic() + COMMIT_EVERY_SECONDS
        places = [TopicPartition(ORDERS, part, offset) for part, offset in self._uncommitted.items()]
        self._uncommitted.clear()
        try:
            if asynchronous:
                self._consumer.commit(offsets=places, asynchronous=True)
            else:
                self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            self._events.write(EventName.COMMIT_FAILED, detail=error.args[0].str())

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if self._leaving:  # too late: nothing of it would be handled
            return
        self._membership.assigned()
        with self._kept():
            self._assignment.assigned(partitions)
            # Kafka may be behind the database after a crash; tell it as soon as we are in charge.
            self._uncommitted |= self._assignment.positions
            self._gaps.clear()

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if self._leaving:  # given up already
            return
        with self._kept():
            self._commit(asynchronous=False)
            self._assignment.revoked(partitions, lost=False)

    def _on_lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if self._leaving:
            return
        with self._kept():
            self._uncommitted.clear()  # others own them now; a commit would only be refused
            self._assignment.revoked(partitions, lost=True)

    def _kept(self) -> _Kept:
        return _Kept(self)

    def _close(self) -> None:
        """Leave the group, with a deadline: librdkafka has been seen to hang here."""
        closing = threading.Thread(target=self._leave, daemon=True)
        closing.start()
        closing.join(CLOSE_TIMEOUT_SECONDS)
        self._producer.flush(1)

    def _leave(self) -> None:
        """Commit, give everything up and say so, then tell the broker.

        Under KIP-848 librdkafka leaves first and asks us to give partitions up afterwards: by then they may
        be somebody else's already, and a commit is refused.
        """
        self._commit(asynchronous=False)
        self._leaving = True
        self._assignment.resign()
        self._consumer.close()


class _Kept:
    """librdkafka swallows what a rebalance callback raises; keep it, and raise it from the loop."""

    def __init__(self, loop: ConsumeLoop) -> None:
        self._loop = loop

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if error is not None:
            self._loop._failure = error  # noqa: SLF001 - part of the loop
        return True

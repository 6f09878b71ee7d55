"""Which partitions this member owns, and where each of them stands.

Positions come from the orders database, never from Kafka's committed offsets: those are written
after the results and only tell others about us.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition

from playground.errors import KafkaUnavailable, PlaygroundError
from playground.events import EventName, unavailable
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka import Consumer
    from confluent_kafka.admin import AdminClient

    from playground.events import EventLog
    from playground.store.model import Store

WATERMARK_TIMEOUT_SECONDS = 5.0
RETRY_SECONDS = 0.5
WAKE_SECONDS = 0.2


class Assignment:
    """The partitions of one member.

    `positions`: owned partition -> next offset to handle.
    `waiting`: owned partitions without a known position yet (a database or broker was away); paused.
    `stopped`: owned partitions that cannot go on (their offset is gone); paused until someone looks.
    """

    def __init__(
        self,
        consumer: Consumer,
        admin: AdminClient,
        store: Store,
        events: EventLog,
        group_id: str,
        *,
        incremental: bool,
        reset: str,
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._store = store
        self._events = events
        self._group_id = group_id
        self._incremental = incremental
        self._reset = reset
        self._retry_at = 0.0
        self.topic_id: str | None = None
        self.topic_ref = 0
        self.positions: dict[int, int] = {}
        self.waiting: set[int] = set()
        self.stopped: set[int] = set()

    @property
    def owned(self) -> set[int]:
        """Every partition this member owns, whatever its state."""
        return set(self.positions) | self.waiting | self.stopped

    def obstacle(self) -> str | None:
        """That partitions wait for a position: their database or broker is away, or a batch failed."""
        if not self.waiting:
            return None
        return (
            f"partitions {sorted(self.waiting)} of {ORDERS} wait for another try at their batch or position"
        )

    def assigned(self, partitions: list[TopicPartition]) -> None:
        """Take partitions over, each from its position in the database.

        When that cannot be read now they are taken paused, and `retry` goes on with them.
        """
        numbers = {part.partition for part in partitions}
        try:
            found = self._read_positions(numbers)
        except PlaygroundError as error:
            self._events.write(unavailable(error), detail=str(error))
            found = {}
        missing = numbers - found.keys()
        places = [TopicPartition(ORDERS, part, found.get(part, OFFSET_BEGINNING)) for part in sorted(numbers)]
        if self._incremental:
            self._consumer.incremental_assign(places)
        else:
            self._forget(self.owned)  # an eager assignment is the whole of it
            self._consumer.assign(places)
        self.positions |= found
        self.waiting |= missing
        self._pause(missing)
        self._resume(found)  # a pause outlives the assignment it was made in
        self._tell(EventName.PARTITIONS_ASSIGNED, numbers)
        self._wake_fetchers()

    def revoked(self, partitions: list[TopicPartition], *, lost: bool) -> None:
        """Give partitions up. Whatever was done for them is in the database already."""
        numbers = {part.partition for part in partitions}
        self._forget(numbers)
        if self._incremental:
            self._consumer.incremental_unassign(partitions)
        else:
            self._consumer.unassign()
        self._tell(EventName.PARTITIONS_LOST if lost else EventName.PARTITIONS_REVOKED, numbers)
        if self._incremental:
            self._wake_fetchers()

    def resign(self) -> None:
        """Give up all of them before leaving the group; the client lets go of them when it is closed."""
        if owned := self.owned:
            self._forget(owned)
            self._tell(EventName.PARTITIONS_REVOKED, owned)

    def retry(self) -> None:
        """Find positions for the partitions that wait for one, now and then."""
        if self.waiting and time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self.reposition(set(self.waiting))

    def reposition(self, numbers: Iterable[int]) -> None:
        """Read positions anew and go on from there; partitions for which that fails wait."""
        wanted = set(numbers) & self.owned - self.stopped
        try:
            found = self._read_positions(wanted)
        except PlaygroundError as error:
            self._events.write(unavailable(error), detail=str(error))
            self.hold(wanted)
            return
        for part, offset in found.items():
            self.positions[part] = offset
            if self._place(part, offset):
                self.waiting.discard(part)
                self._resume({part})
            else:
                self.hold({part})

    def hold(self, numbers: Iterable[int]) -> None:
        """Pause partitions whose batch could not be written; `retry` takes it again a moment later."""
        held = set(numbers) & self.positions.keys()
        for part in held:
            del self.positions[part]
        self.waiting |= held
        self._pause(held)
        self._retry_at = time.monotonic() + RETRY_SECONDS

    def out_of_range(self, partition: int, detail: str) -> None:
        """The broker has no record at our position. Stop there: a silent jump would hide the loss.

        The error may be an old one, from before the topic was made anew; so ask the broker once more.
        """
        expected = self.positions[partition]
        try:
            low, high = self._watermarks(partition)
        except KafkaUnavailable as error:
            self._events.write(EventName.BROKER_UNAVAILABLE, detail=str(error))
            self.hold({partition})
            return
        if low <= expected <= high:
            self.reposition({partition})
            return
        del self.positions[partition]
        self.stopped.add(partition)
        self._pause({partition})
        self._events.write(
            EventName.PARTITION_STOPPED,
            topic=ORDERS,
            partition=partition,
            offset=expected,
            detail=f"{detail}; the log holds {low} to {high}",
        )

    def start_over(self) -> None:
        """Go on with the topic that now bears the name, from its own positions."""
        self._events.write(EventName.TOPIC_RECREATED, topic=ORDERS, old_topic_id=self.topic_id)
        self.waiting |= self.stopped
        self.stopped.clear()
        self.reposition(self.owned)

    def _place(self, part: int, offset: int) -> bool:
        """Let the client fetch from `offset`; False when it cannot now.

        After an offset error librdkafka fetches that partition no more and refuses to seek in it
        (_STATE); only assigning it anew helps.
        """
        place = TopicPartition(ORDERS, part, offset)
        try:
            self._consumer.seek(place)
        except KafkaException as refused:
            if refused.args[0].code() != KafkaError._STATE:  # noqa: SLF001
                self._events.write(EventName.BROKER_UNAVAILABLE, detail=refused.args[0].str())
                return False
        else:
            return True
        try:
            if self._incremental:
                self._consumer.incremental_unassign([place])
                self._consumer.incremental_assign([place])
            else:
                owned = {other: self.positions.get(other, OFFSET_BEGINNING) for other in self.owned}
                owned[part] = offset
                self._consumer.assign([TopicPartition(ORDERS, *entry) for entry in sorted(owned.items())])
                self._pause(self.waiting | self.stopped)
        except KafkaException as error:
            self._events.write(EventName.BROKER_UNAVAILABLE, detail=error.args[0].str())
            return False
        return True

    def _read_positions(self, numbers: set[int]) -> dict[int, int]:
        """Positions of this topic (by id); new partitions begin at the start of their log."""
        if not numbers:
            return {}
        topic_id = describe_topic(self._admin, ORDERS).topic_id
        recreated = self.topic_id not in {None, topic_id}
        if topic_id != self.topic_id:
            self.topic_ref = self._store.topic_ref(ORDERS, topic_id)
            self.topic_id = topic_id
        if recreated:  # what we hold belongs to the old topic
            self.waiting |= self.positions.keys() | self.stopped
            self.positions.clear()
            self.stopped.clear()
        known = self._store.positions(self._group_id, self.topic_ref)
        # `latest` is for groups that have not begun; new partitions of a topic in use are read whole.
        whole = bool(known) or recreated or self._reset == "earliest"
        new = {part: self._watermarks(part)[0 if whole else 1] for part in numbers if part not in known}
        if new:
            self._store.begin_partitions(self._group_id, self.topic_ref, new)
            known = self._store.positions(self._group_id, self.topic_ref)
        return {part: known[part] for part in numbers}

    def _watermarks(self, partition: int) -> tuple[int, int]:
        """Start and end of the log, asked now."""
        place = TopicPartition(ORDERS, partition)
        try:
            return self._consumer.get_watermark_offsets(place, timeout=WATERMARK_TIMEOUT_SECONDS)
        except KafkaException as error:
            raise KafkaUnavailable(f"{ORDERS}[{partition}]: {error.args[0].str()}") from error

    def _wake_fetchers(self) -> None:
        """Have the partitions that stay ours fetched again at once.

        librdkafka pauses all of them from the moment it asks us to change the assignment until we do. A fetch
        that is answered in between is the last one: the thread that talks to that broker sleeps, and the end
        of the pause does not wake it. Measured with librdkafka 2.16: in 5 of 28 changes partitions that kept
        their owner stood still for 500 to 1000 ms. A request to their leaders wakes those threads.
        """
        kept = [TopicPartition(ORDERS, part, OFFSET_END) for part in sorted(self.positions)]
        if not kept:
            return
        # A broker that does not answer is not fetched from either; the loop hears of it.
        with contextlib.suppress(KafkaException):
            self._consumer.offsets_for_times(kept, timeout=WAKE_SECONDS)

    def _forget(self, numbers: set[int]) -> None:
        for part in numbers:
            self.positions.pop(part, None)
        self.waiting -= numbers
        self.stopped -= numbers

    def _pause(self, numbers: set[int]) -> None:
        if numbers:
            self._consumer.pause([TopicPartition(ORDERS, part) for part in numbers])

    def _resume(self, numbers: Iterable[int]) -> None:
        if places := [TopicPartition(ORDERS, part) for part in numbers]:
            self._consumer.resume(places)

    def _tell(self, event: EventName, numbers: set[int]) -> None:
        self._events.write(
            event,
            partitions=[{"topic": ORDERS, "partition": part} for part in sorted(numbers)],
            owned=sorted(self.owned),
        )

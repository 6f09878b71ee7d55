"""Reading again: a group without members goes back to an earlier offset of `orders`.

The position of a group is in the orders database, and Kafka's committed offset follows it; both are moved.
Results stay: an order that is handled again finds its effect there and has no second one. Only groups without
exactly-once delivery have their position in Kafka alone, and for them a replay is a repeat. They say so in
the metadata of their committed offsets: what the database holds of such a group is from an earlier life.
Groups only go back, never ahead: to skip orders would be to lose them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from playground.consumer_settings import AT_LEAST_ONCE, AT_MOST_ONCE
from playground.errors import Conflict, KafkaUnavailable, NotFound, StaleWrite
from playground.group_deletion import in_use
from playground.groups import read_groups, reason_of
from playground.offsets import read_offsets
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from playground.store.model import Store

TIMEOUT_SECONDS = 5.0
IN_KAFKA_ALONE = {AT_LEAST_ONCE, AT_MOST_ONCE}
# How a broker refuses the offsets of somebody who is no member, while the group has some.
HAS_MEMBERS = {KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP}


@dataclass(frozen=True, slots=True)
class Move:
    """One partition: where the group stands, and where it is to stand.

    `metadata`: what stands beside the committed offset in Kafka, and is to stay there.
    """

    partition: int
    position: int
    target: int
    metadata: str = ""

    @property
    def records(self) -> int:
        """How many are read again."""
        return self.position - self.target


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do. `exactly_once`: the position is in the database, with the results."""

    group_id: str
    moves: tuple[Move, ...]
    exactly_once: bool


def plan_replay(admin: AdminClient, store: Store, group_id: str, since_ms: int | None) -> Plan:
    """What it means to go back to the first record that is not older than `since_ms`; None: to the first.

    Partitions without such a record stay where they are.
    Raises NotFound for a group that stands nowhere, KafkaUnavailable, StoreUnavailable.
    """
    topic = describe_topic(admin, ORDERS)
    committed = _committed(admin, group_id)
    positions = {}
    if not any(place.metadata in IN_KAFKA_ALONE for place in committed.values()):
        positions = store.positions(group_id, store.topic_ref(ORDERS, topic.topic_id))
    exactly_once = bool(positions)
    if not positions:
        positions = {part: place.offset for part, place in committed.items()}
    if not positions:
        raise NotFound(
            f"group {group_id} has read nothing yet, so there is nothing to read again",
            next_step="`playground groups` lists the groups",
        )
    first = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
    spec = first if since_ms is None else OffsetSpec.for_timestamp(since_ms)
    found = read_offsets(
        admin, [(ORDERS, part) for part in positions], spec, time.monotonic() + TIMEOUT_SECONDS
    )
    moves = []
    for part, position in sorted(positions.items()):
        offset = found[ORDERS, part]
        if not isinstance(offset, int):
            raise KafkaUnavailable(f"the offsets of {ORDERS}[{part}] cannot be read: {offset}")
        target = min(position, offset) if offset >= 0 else position
        metadata = committed[part].metadata if part in committed else None
        moves.append(Move(part, position, target, metadata or ""))
    return Plan(group_id, tuple(moves), exactly_once)


def replay(admin: AdminClient, store: Store, plan: Plan) -> None:
    """Do it. The group's workers begin there when they are started again.

    Kafka comes first, because it alone knows for sure whether the group has members.
    Raises Conflict when the group has members, and nothing has changed then; Conflict when it has moved since
    the plan was made, KafkaUnavailable, StoreUnavailable: then the position of an exactly-once group is what
    it was, and Kafka's committed offset, if it has gone back, follows it when a worker starts.
    """
    group = read_groups(admin).get(plan.group_id)
    if group is not None and group.members:
        raise in_use(admin, plan.group_id, "replay")
    moves = [move for move in plan.moves if move.records]
    _commit(admin, plan.group_id, moves)
    if plan.exactly_once:
        topic_ref = store.topic_ref(ORDERS, describe_topic(admin, ORDERS).topic_id)
        try:
            store.rewind(
                plan.group_id, topic_ref, [(each.partition, each.position, each.target) for each in moves]
            )
        except StaleWrite as error:
            raise Conflict(
                f"group {plan.group_id} has moved meanwhile: {error}", next_step="look at the preview again"
            ) from error


def _committed(admin: AdminClient, group_id: str) -> dict[int, TopicPartition]:
    """Partition -> its committed offset, with metadata."""
    request = [ConsumerGroupTopicPartitions(group_id)]
    asked = admin.list_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[group_id]
    try:
        found = asked.result(TIMEOUT_SECONDS + 1)
    except (KafkaException, TimeoutError) as error:
        raise KafkaUnavailable(
            f"the offsets of group {group_id} cannot be read: {reason_of(error)}"
        ) from error
    return {
        each.partition: each
        for each in found.topic_partitions or []
        if each.topic == ORDERS and each.offset >= 0
    }


def _commit(admin: AdminClient, group_id: str, moves: list[Move]) -> None:
    """Tell Kafka; for a group with exactly-once delivery that is only for others to see."""
    if not moves:
        return
    places = [TopicPartition(ORDERS, each.partition, each.target, each.metadata) for each in moves]
    try:
        _alter(admin, group_id, places)
    except (KafkaException, TimeoutError) as error:
        if isinstance(error, KafkaException) and error.args[0].code() in HAS_MEMBERS:
            raise in_use(admin, group_id, "replay") from error
        raise KafkaUnavailable(
            f"Kafka did not take the offsets of group {group_id}: {reason_of(error)}",
            next_step="replay again: what has gone back already stays there",
        ) from error


def _alter(admin: AdminClient, group_id: str, places: list[TopicPartition]) -> None:
    """Raises KafkaException also when Kafka takes the request, and refuses a partition of it."""
    request = [ConsumerGroupTopicPartitions(group_id, places)]
    asked = admin.alter_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[group_id]
    for place in asked.result(TIMEOUT_SECONDS + 1).topic_partitions or []:
        if place.error is not None:
            raise KafkaException(place.error)

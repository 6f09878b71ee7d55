"""Reading again: a group without members goes back to an earlier offset of `orders`.

The position of a group is in the orders database, so that is where it is moved, and Kafka's committed offset
after it. Results stay: an order that is handled again finds its effect there and has no second one. Only
groups without exactly-once delivery have their position in Kafka alone, and for them a replay is a repeat.
Groups only go back, never ahead: to skip orders would be to lose them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from playground.errors import Conflict, KafkaUnavailable, NotFound, StaleWrite
from playground.group_deletion import in_use
from playground.groups import read_groups, reason_of
from playground.offsets import read_offsets
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from playground.store.model import Store

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Move:
    """One partition: where the group stands, and where it is to stand."""

    partition: int
    position: int
    target: int

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
    positions = store.positions(group_id, store.topic_ref(ORDERS, topic.topic_id))
    exactly_once = bool(positions)
    if not positions:
        positions = _committed(admin, group_id)
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
        moves.append(Move(part, position, min(position, offset) if offset >= 0 else position))
    return Plan(group_id, tuple(moves), exactly_once)


def replay(admin: AdminClient, store: Store, plan: Plan) -> None:
    """Do it. The group's workers begin there when they are started again.

    Raises Conflict when the group has members or has moved since the plan was made, KafkaUnavailable,
    StoreUnavailable; unless it is KafkaUnavailable nothing has changed then.
    """
    group = read_groups(admin).get(plan.group_id)
    if group is not None and group.members:
        raise in_use(admin, plan.group_id, "replay")
    moves = [move for move in plan.moves if move.records]
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
    _commit(admin, plan.group_id, moves)


def _committed(admin: AdminClient, group_id: str) -> dict[int, int]:
    request = [ConsumerGroupTopicPartitions(group_id)]
    asked = admin.list_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[group_id]
    try:
        found = asked.result(TIMEOUT_SECONDS + 1)
    except (KafkaException, TimeoutError) as error:
        raise KafkaUnavailable(
            f"the offsets of group {group_id} cannot be read: {reason_of(error)}"
        ) from error
    return {
        each.partition: each.offset
        for each in found.topic_partitions or []
        if each.topic == ORDERS and each.offset >= 0
    }


def _commit(admin: AdminClient, group_id: str, moves: list[Move]) -> None:
    """Tell Kafka; for a group with exactly-once delivery that is only for others to see."""
    if not moves:
        return
    places = [TopicPartition(ORDERS, each.partition, each.target) for each in moves]
    request = [ConsumerGroupTopicPartitions(group_id, places)]
    asked = admin.alter_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[group_id]
    try:
        asked.result(TIMEOUT_SECONDS + 1)
    except (KafkaException, TimeoutError) as error:
        raise KafkaUnavailable(
            f"Kafka did not take the offsets of group {group_id}: {reason_of(error)}",
            next_step="replay again: what is moved already stays so",
        ) from error

"""The JSON documents of the API, as they are sent and as /openapi.json describes them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Timestamp = Annotated[
    str, msgspec.Meta(description="ISO 8601, UTC, milliseconds", examples=["2026-11-23T06:36:32.123Z"])
]
Status = Literal["processed", "pending"]
GroupType = Literal["consumer", "classic"]


class Document(msgspec.Struct, frozen=True, gc=False):
    """Root of all documents."""


class Accepted(Document, frozen=True, gc=False):
    """An order that the broker acknowledged."""

    order_id: int
    topic: str
    partition: int
    offset: int
    timestamp: Timestamp


class RecordAccepted(Document, frozen=True, gc=False):
    """A record that is no order and that the broker acknowledged all the same."""

    topic: str
    partition: int
    offset: int
    timestamp: Timestamp


class BatchAccepted(Document, frozen=True, gc=False):
    """An order of a batch that the broker acknowledged."""

    index: int
    order_id: int
    topic: str
    partition: int
    offset: int
    timestamp: Timestamp


class Rejected(Document, frozen=True, gc=False):
    """An order of a batch that was not accepted. `retryable`: the order is fine, Kafka was not."""

    index: int
    detail: str
    field: str | None
    retryable: bool


class BatchAnswer(Document, frozen=True, gc=False):
    """What became of each order of a batch; `index` counts from 0 and skips blank lines."""

    accepted: list[BatchAccepted]
    rejected: list[Rejected]


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457): what failed, why, and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    next_step: str | None = None
    accepted: list[BatchAccepted] | None = None
    rejected: list[Rejected] | None = None


class Place(Document, frozen=True):
    """A partition of a topic."""

    topic: str
    partition: int


class PartitionOffsets(Document, frozen=True):
    """Where a partition begins and ends; null when the broker did not say."""

    partition: int
    start_offset: int | None
    end_offset: int | None


class TopicOffsets(Document, frozen=True):
    """The partitions of a topic."""

    topic: str
    partitions: list[PartitionOffsets]


class GroupPartition(Document, frozen=True):
    """Where a group stands in a partition. `reason`: why a value is null or not simply end - committed."""

    topic: str
    partition: int
    committed_offset: int | None
    lag: int | None
    lag_seconds: float | None
    member_id: str | None
    client_id: str | None
    reason: str | None


class GroupOffsets(Document, frozen=True):
    """Lag of a group. Rates in records per second, null until two snapshots exist."""

    group_id: str
    state: str
    type: GroupType | None
    total_lag: int
    consume_rate: float | None
    time_to_drain_seconds: float | None
    partitions: list[GroupPartition]


class Offsets(Document, frozen=True):
    """One snapshot of all offsets and of every group's lag."""

    taken_at: Timestamp
    topics: list[TopicOffsets]
    groups: list[GroupOffsets]


class GroupMember(Document, frozen=True):
    """A member of a group. `target_assignment` differs from `assignment` while the group rebalances."""

    member_id: str
    client_id: str
    host: str
    group_instance_id: str | None
    assignment: list[Place]
    target_assignment: list[Place] | None


class GroupView(Document, frozen=True):
    """A consumer group as the broker sees it; `dead`: the broker does not know it (yet)."""

    group_id: str
    state: str
    type: GroupType | None
    assignor: str | None
    coordinator: int | None
    members: list[GroupMember]


class GroupList(Document, frozen=True):
    """All consumer groups."""

    groups: list[GroupView]


class MessageView(Document, frozen=True):
    """An order: `pending` in Kafka, or `processed` in the database."""

    order_id: int
    user: str
    item: str
    qty: int
    age: int | None
    age_group: str | None
    status: Status
    partition: int
    offset: int
    worker: str | None
    produced_at: Timestamp
    processed_at: Timestamp | None


class MessageList(Document, frozen=True):
    """Orders, newest first."""

    messages: list[MessageView]


class TopicPartitionView(Document, frozen=True):
    """A partition: its ends and the broker that leads it."""

    partition: int
    start_offset: int | None
    end_offset: int | None
    leader: int | None


class TopicView(Document, frozen=True):
    """A topic; its id changes when it is deleted and made again."""

    topic: str
    topic_id: str
    partitions: list[TopicPartitionView]


class TopicList(Document, frozen=True):
    """The topics of the playground that exist."""

    topics: list[TopicView]


class ItemCount(Document, frozen=True):
    """Orders and quantity of an item."""

    item: str
    orders: int
    quantity: int


class MinuteCount(Document, frozen=True):
    """Orders and quantity of an item in a minute."""

    minute: Timestamp
    item: str
    orders: int
    quantity: int


class Stats(Document, frozen=True):
    """What the group `analytics` has counted; `per_minute` covers the last 15 minutes."""

    group_id: str
    orders: int
    quantity: int
    top_items: list[ItemCount]
    per_minute: list[MinuteCount]


class AuditPartition(Document, frozen=True):
    """The balance of a partition: end - start = processed + duplicates + dead_lettered + pending.

    `duplicates` is below zero while a group reads again: so many records will come a second time.
    """

    topic: str
    partition: int
    start_offset: int
    end_offset: int
    processed: int
    duplicates: int
    dead_lettered: int
    pending: int
    balanced: bool
    reason: str | None


class AuditGroup(Document, frozen=True):
    """The balance of a group."""

    group_id: str
    partitions: list[AuditPartition]


class Audit(Document, frozen=True):
    """Nothing lost, nothing twice: whether every group accounts for every record."""

    balanced: bool
    groups: list[AuditGroup]

"""Lag: pure arithmetic on a snapshot. The API, the exporter and the dashboard all take it from here.

Position: the committed offset; where there is none, the start of the partition, because our groups begin
at the earliest record.
Lag: max(0, end offset - position); None when the broker did not say where the partition ends.
Lag in seconds: age of the record at the position, so how long the group's next record has been waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from playground.jobs import KNOWN_GROUPS
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from playground.groups import Group, Place
    from playground.offsets import Snapshot, Span

# A rate over less than this is noise, over more it is history.
RATE_MIN_MS, RATE_MAX_MS = 400, 15_000


class PartitionLag(NamedTuple):
    """Where a group stands in a partition. `reason` says why a value is missing or computed differently.

    A tuple, because there may be 100,000 of them each second.
    """

    topic: str
    partition: int
    committed_offset: int | None
    lag: int | None
    lag_seconds: float | None
    member_id: str | None
    client_id: str | None
    reason: str | None
    position: int | None  # the offset of the next record, where the broker still has one


@dataclass(frozen=True, slots=True)
class GroupLag:
    """Lag of a group in all its partitions. Rates in records per second; None until two snapshots exist."""

    group: Group
    total_lag: int
    consume_rate: float | None
    time_to_drain_seconds: float | None
    partitions: tuple[PartitionLag, ...]

    @property
    def max_lag_seconds(self) -> float | None:
        """The longest wait among the partitions; None when no partition's is known."""
        known = (each.lag_seconds for each in self.partitions if each.lag_seconds is not None)
        return max(known, default=None)


@dataclass(frozen=True, slots=True)
class Sums:
    """A group's positions and ends added up: what two snapshots are compared by."""

    taken_at: int
    partitions: int
    position: int
    end: int


def partition_lag(committed: int | None, span: Span | None) -> tuple[int | None, int | None, str | None]:
    """The position, the lag, and the reason where they are not simply `end - committed`."""
    if span is None:
        return None, None, "the partition does not exist any more"
    if span.start is None or span.end is None:
        return None, None, f"the offsets of the partition cannot be read: {span.reason}"
    if committed is None:
        return span.start, span.end - span.start, "no commit yet: counted from the start of the partition"
    if committed < span.start:
        lost = span.start - committed
        return span.start, span.end - committed, f"{lost} records were deleted before they were read"
    if committed > span.end:
        return span.end, 0, f"the committed offset is beyond the end {span.end}: the topic was made anew"
    return committed, span.end - committed, None


def lagging_places(snapshot: Snapshot) -> set[tuple[str, int, int]]:
    """Topic, partition and offset of each record that a group with lag has to read next."""
    found = set()
    topics = places_by_topic(snapshot)
    for group_id, group in snapshot.groups.items():
        committed = snapshot.committed.get(group_id, {})
        for place in group_places(group, committed, topics):
            span = snapshot.spans.get(place)
            position, lag, _ = partition_lag(committed.get(place), span)
            if lag and position is not None and span is not None and position != span.end:
                found.add((*place, position))
    return found


def places_by_topic(snapshot: Snapshot) -> dict[str, list[Place]]:
    """The partitions that exist, by topic."""
    topics: dict[str, list[Place]] = {}
    for place in snapshot.spans:
        topics.setdefault(place[0], []).append(place)
    return topics


def group_places(
    group: Group, committed: Mapping[Place, int], topics: Mapping[str, list[Place]]
) -> list[Place]:
    """Every partition of every topic that the group reads; of ours, `orders` in any case."""
    read = {topic for topic, _ in committed} | {topic for topic, _ in group.owners()}
    if group.group_id in KNOWN_GROUPS:
        read.add(ORDERS)
    places = set(committed)
    for topic in read:
        places.update(topics.get(topic, ()))
    return sorted(places)


def compute_lag(
    snapshot: Snapshot,
    written_at: Mapping[tuple[str, int, int], int],
    history: Iterable[dict[str, Sums]] = (),
) -> dict[str, GroupLag]:
    """Lag of every group of the snapshot.

    `written_at`: timestamps of records by topic, partition and offset, as far as they could be read.
    `history`: the sums of earlier snapshots, for rates.
    """
    history = list(history)
    topics = places_by_topic(snapshot)
    found = {}
    for group_id, group in sorted(snapshot.groups.items()):
        places = group_places(group, snapshot.committed.get(group_id, {}), topics)
        rows = tuple(_rows(snapshot, group, places, written_at))
        total = sum(row.lag or 0 for row in rows)
        now = sums_of(snapshot, rows)
        consumed, produced = rates(now, [each[group_id] for each in history if group_id in each])
        found[group_id] = GroupLag(group, total, consumed, time_to_drain(total, consumed, produced), rows)
    return found


def sums_of(snapshot: Snapshot, rows: Iterable[PartitionLag]) -> Sums:
    """Positions and ends of a group, added up over the partitions where both are known."""
    count = position = end = 0
    for row in rows:
        span = snapshot.spans.get((row.topic, row.partition))
        if row.position is not None and span is not None and span.end is not None:
            count, position, end = count + 1, position + row.position, end + span.end
    return Sums(snapshot.taken_at, count, position, end)


def rates(now: Sums, earlier: Iterable[Sums]) -> tuple[float | None, float | None]:
    """Records per second consumed by the group and produced for it, since the oldest usable sums."""
    for then in sorted(earlier, key=lambda sums: sums.taken_at):
        passed = now.taken_at - then.taken_at
        comparable = then.partitions == now.partitions and then.end <= now.end
        if comparable and RATE_MIN_MS <= passed <= RATE_MAX_MS:
            seconds = passed / 1000
            return max(0.0, (now.position - then.position) / seconds), (now.end - then.end) / seconds
    return None, None


def time_to_drain(lag: int, consumed: float | None, produced: float | None) -> float | None:
    """Seconds until the lag is gone at these rates; None when it is not shrinking."""
    if lag == 0:
        return 0.0
    if consumed is None or produced is None or consumed <= produced:
        return None
    return lag / (consumed - produced)


def _rows(
    snapshot: Snapshot, group: Group, places: list[Place], written_at: Mapping[tuple[str, int, int], int]
) -> Iterable[PartitionLag]:
    committed = snapshot.committed.get(group.group_id, {})
    owners = group.owners()
    for place in places:
        offset = committed.get(place)
        position, lag, reason = partition_lag(offset, snapshot.spans.get(place))
        seconds: float | None = 0.0 if lag == 0 else None
        if lag and position is not None and (written := written_at.get((*place, position))) is not None:
            seconds = max(0.0, (snapshot.taken_at - written) / 1000)
        owner = owners.get(place)
        yield PartitionLag(
            topic=place[0],
            partition=place[1],
            committed_offset=offset,
            lag=lag,
            lag_seconds=seconds,
            member_id=None if owner is None else owner.member_id,
            client_id=None if owner is None else owner.client_id,
            reason=reason,
            position=position,
        )

"""One snapshot of offsets: where every group stands and where every partition begins and ends.

Committed offsets are read before end offsets. A group may commit while we read, and an end offset that
was read first would then lie behind its committed offset: negative lag, the classic mistake of lag tools.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from playground.clock import now_ms
from playground.errors import KafkaUnavailable, NotFound
from playground.groups import Group, ask_for_members, collect_members, read_group_list, reason_of
from playground.jobs import KNOWN_GROUPS
from playground.topics import DEAD_LETTERS, ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from confluent_kafka.admin import AdminClient

    from playground.groups import Place

TIMEOUT_SECONDS = 5.0
# Requests under way at a time: a thousand groups at once would only queue up in the broker.
REQUESTS_AT_ONCE = 250
_ENDS = (OffsetSpec.earliest(), OffsetSpec.latest())  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a partition begins and ends; None when the broker did not say, with its reason."""

    start: int | None
    end: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Offsets of groups and partitions, all read for one moment (`taken_at`, milliseconds since 1970)."""

    taken_at: int
    brokers: int
    groups: dict[str, Group]
    committed: dict[str, dict[Place, int]]
    spans: dict[Place, Span]


def read_snapshot(
    admin: AdminClient, group_id: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS
) -> Snapshot:
    """Read offsets of all groups, or of one.

    Raises NotFound when that group does not exist, KafkaUnavailable when the broker does not answer.
    """
    admin.poll(0)  # its log lines pile up otherwise
    deadline = time.monotonic() + timeout_seconds
    groups = read_group_list(admin, timeout_seconds)
    if group_id is not None:
        groups = {group_id: _known(groups, group_id)}
    # A group without members has nothing more to tell, and of those there may be a thousand.
    wanted = [group for group in groups.values() if group.state != "empty" or group.group_id in KNOWN_GROUPS]
    described = ask_for_members(admin, wanted, timeout_seconds)
    committed = _read_committed(admin, [name for name in groups if groups[name].state != "dead"], deadline)
    groups |= collect_members(described, deadline)
    brokers, existing = _read_partitions(admin, deadline)
    topics = _wanted_topics(groups, committed)
    spans = read_spans(admin, [place for place in existing if place[0] in topics], deadline)
    return Snapshot(now_ms(), brokers, groups, committed, spans)


def read_spans(admin: AdminClient, places: Iterable[Place], deadline: float) -> dict[Place, Span]:
    """Start and end offsets of partitions.

    Raises KafkaUnavailable when no partition's offsets can be read.
    """
    wanted = list(places)
    if not wanted:
        return {}
    asked = [_ask(admin, wanted, spec, deadline) for spec in _ENDS]
    starts, ends = [_offsets(futures, deadline) for futures in asked]
    spans = {place: _span(start, ends[place]) for place, start in starts.items()}
    if all(span.end is None for span in spans.values()):
        raise KafkaUnavailable(f"offsets cannot be read: {next(iter(spans.values())).reason}")
    return spans


def read_offsets(
    admin: AdminClient, places: Iterable[Place], spec: OffsetSpec, deadline: float
) -> dict[Place, int | str]:
    """The offset of each partition that `spec` asks for (-1: there is none), or why it cannot be told."""
    return _offsets(_ask(admin, list(places), spec, deadline), deadline)


def _ask(
    admin: AdminClient, places: list[Place], spec: OffsetSpec, deadline: float
) -> dict[TopicPartition, Future[Any]]:
    partitions = [TopicPartition(*place) for place in places]
    seconds = max(0.1, deadline - time.monotonic())
    return admin.list_offsets(dict.fromkeys(partitions, spec), request_timeout=seconds)


def _known(groups: dict[str, Group], group_id: str) -> Group:
    if group_id not in groups:
        raise NotFound(f"group {group_id} does not exist; there are {', '.join(sorted(groups))}")
    return groups[group_id]


def _read_committed(admin: AdminClient, group_ids: list[str], deadline: float) -> dict[str, dict[Place, int]]:
    """Each group's committed offsets; all requests of a window are under way before the first is awaited."""
    committed: dict[str, dict[Place, int]] = {}
    for window in _windows(group_ids):
        seconds = max(0.1, deadline - time.monotonic())
        asked: dict[str, Future[Any]] = {}
        for group_id in window:
            request = [ConsumerGroupTopicPartitions(group_id)]
            asked |= admin.list_consumer_group_offsets(request, request_timeout=seconds)
        for group_id, future in asked.items():
            try:
                found = future.result(max(0.1, deadline + 1 - time.monotonic()))
            except (KafkaException, TimeoutError) as error:
                raise KafkaUnavailable(
                    f"the offsets of group {group_id} cannot be read: {reason_of(error)}"
                ) from error
            committed[group_id] = {
                (each.topic, each.partition): each.offset
                for each in found.topic_partitions or []
                if each.offset >= 0 and each.error is None
            }
    return committed


def _windows(items: list[str]) -> Iterator[list[str]]:
    rest = iter(items)
    while window := list(islice(rest, REQUESTS_AT_ONCE)):
        yield window


def _read_partitions(admin: AdminClient, deadline: float) -> tuple[int, list[Place]]:
    """How many brokers there are, and every partition of the cluster."""
    try:
        metadata = admin.list_topics(timeout=max(0.1, deadline - time.monotonic()))
    except KafkaException as error:
        raise KafkaUnavailable(f"the topics cannot be listed: {reason_of(error)}") from error
    topics = [(name, topic) for name, topic in metadata.topics.items() if topic.error is None]
    places = [(name, number) for name, topic in topics for number in topic.partitions]
    return len(metadata.brokers), sorted(places)


def _wanted_topics(groups: dict[str, Group], committed: dict[str, dict[Place, int]]) -> set[str]:
    read = {topic for places in committed.values() for topic, _ in places}
    owned = {topic for group in groups.values() for topic, _ in group.owners()}
    ours = {ORDERS, DEAD_LETTERS} if set(groups) & set(KNOWN_GROUPS) else set()
    return read | owned | ours


def _offsets(futures: dict[TopicPartition, Future[Any]], deadline: float) -> dict[Place, int | str]:
    """Offset per partition, or the reason why there is none."""
    found: dict[Place, int | str] = {}
    for place, future in futures.items():
        try:
            offset = future.result(max(0.1, deadline + 1 - time.monotonic())).offset
        except (KafkaException, TimeoutError) as error:
            offset = reason_of(error)
        found[place.topic, place.partition] = offset
    return found


def _span(start: int | str, end: int | str) -> Span:
    if isinstance(start, int) and isinstance(end, int):
        return Span(start, end)
    return Span(None, None, str(start if isinstance(start, str) else end))

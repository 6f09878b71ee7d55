"""GET /offsets: one snapshot of offsets and lag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from api import documents
from api.routing import Call, Route
from playground.clock import iso

if TYPE_CHECKING:
    from playground.lag import GroupLag
    from playground.lag_reader import LagReport

# Kafka itself limits a group's name no further.
GroupId = Annotated[str, msgspec.Meta(min_length=1, max_length=249)]


class OffsetsQuery(msgspec.Struct, frozen=True):
    """Parameters of GET /offsets."""

    group: GroupId | None = None


def offsets(call: Call) -> documents.Offsets:
    """Lag of all groups, or of one."""
    return render_offsets(call.services.lag.read(call.query.group))


def render_offsets(report: LagReport) -> documents.Offsets:
    """The document of a report."""
    topics: dict[str, list[documents.PartitionOffsets]] = {}
    for (topic, partition), span in sorted(report.snapshot.spans.items()):
        row = documents.PartitionOffsets(partition, span.start, span.end)
        topics.setdefault(topic, []).append(row)
    return documents.Offsets(
        taken_at=iso(report.snapshot.taken_at),
        topics=[documents.TopicOffsets(topic, rows) for topic, rows in topics.items()],
        groups=[_group(lag) for lag in report.groups.values()],
    )


def _group(lag: GroupLag) -> documents.GroupOffsets:
    return documents.GroupOffsets(
        group_id=lag.group.group_id,
        state=lag.group.state,
        type=lag.group.type,  # type: ignore[arg-type] # one of TYPES
        total_lag=lag.total_lag,
        consume_rate=_rounded(lag.consume_rate),
        time_to_drain_seconds=_rounded(lag.time_to_drain_seconds),
        partitions=[
            documents.GroupPartition(
                topic=row.topic,
                partition=row.partition,
                committed_offset=row.committed_offset,
                lag=row.lag,
                lag_seconds=row.lag_seconds,
                member_id=row.member_id,
                client_id=row.client_id,
                reason=row.reason,
            )
            for row in lag.partitions
        ],
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


ROUTES = (
    Route(
        "GET",
        "/offsets",
        "Offsets of all partitions and lag of all groups, read for one moment",
        view=offsets,
        query=OffsetsQuery,
        answers={200: documents.Offsets},
        problems=(404, 503),
    ),
)

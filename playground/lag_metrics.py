"""A lag report as metrics: what the exporter serves.

Built per group and partition with as little work per series as possible: there may be 100,000 of them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from playground import metrics
from playground.metrics import escape, head, render_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.lag import GroupLag
    from playground.lag_reader import LagReport
    from playground.metrics import Metric

PER_PARTITION = (
    metrics.GROUP_OFFSET,
    metrics.GROUP_LAG,
    metrics.GROUP_LAG_SECONDS,
    metrics.UNCOMMITTED,
)


def render_lag(report: LagReport) -> str:
    """All series of a report. A group or topic that is gone has none."""
    snapshot = report.snapshot
    spans = sorted(snapshot.spans.items())
    topics = Counter(topic for (topic, _), _ in spans)
    parts = [
        render_metric(metrics.BROKERS, [((), snapshot.brokers)]),
        render_metric(metrics.TOPIC_PARTITIONS, [((topic,), count) for topic, count in topics.items()]),
        render_metric(
            metrics.PARTITION_END, [(place, span.end) for place, span in spans if span.end is not None]
        ),
        render_metric(
            metrics.PARTITION_START, [(place, span.start) for place, span in spans if span.start is not None]
        ),
        *_groups(report),
        render_metric(metrics.PARTITION_OWNER, _owners(report)),
        _rows(list(report.groups.values())),
        *_sums(list(report.groups.values())),
    ]
    return "".join(parts)


def _groups(report: LagReport) -> list[str]:
    groups = [lag.group for lag in report.groups.values()]
    return [
        render_metric(metrics.GROUP_MEMBERS, [((group.group_id,), len(group.members)) for group in groups]),
        render_metric(
            metrics.REBALANCING,
            [((group.group_id, group.type or ""), int(group.rebalancing)) for group in groups],
        ),
    ]


def _owners(report: LagReport) -> Iterator[tuple[tuple[str, ...], int]]:
    """One series per partition with an owner. Client ids may repeat, partitions of a group do not."""
    for lag in report.groups.values():
        for (topic, partition), member in sorted(lag.group.owners().items()):
            yield (lag.group.group_id, topic, str(partition), member.client_id), 1


def _rows(groups: list[GroupLag]) -> str:
    lines: dict[Metric, list[str]] = {metric: [] for metric in PER_PARTITION}
    offsets, lags, seconds, uncommitted = lines.values()
    for lag in groups:
        group = escape(lag.group.group_id)
        topic = start = ""
        for row in lag.partitions:
            if row.topic != topic:
                topic = row.topic
                start = f'{{consumergroup="{group}",topic="{escape(topic)}",partition="'
            labels = f'{start}{row.partition}"}}'
            if row.committed_offset is not None:
                offsets.append(f"kafka_consumergroup_current_offset{labels} {row.committed_offset}\n")
            else:
                uncommitted.append(f"playground_partition_uncommitted{labels} 1\n")
            if row.lag is not None:
                lags.append(f"kafka_consumergroup_lag{labels} {row.lag}\n")
            if row.lag_seconds is not None:
                seconds.append(f"kafka_consumergroup_lag_seconds{labels} {row.lag_seconds}\n")
    return "".join(head(metric) + "".join(series) for metric, series in lines.items() if series)


def _sums(groups: list[GroupLag]) -> list[str]:
    lag_sums: Counter[tuple[str, str]] = Counter()
    offset_sums: Counter[tuple[str, str]] = Counter()
    for lag in groups:
        for row in lag.partitions:
            key = (lag.group.group_id, row.topic)
            lag_sums[key] += row.lag or 0
            offset_sums[key] += row.committed_offset or 0
    return [
        render_metric(metrics.GROUP_LAG_SUM, lag_sums.items()),
        render_metric(metrics.GROUP_OFFSET_SUM, offset_sums.items()),
    ]

"""Baseline: the same series through a custom collector of prometheus_client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from playground import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.lag_reader import LagReport


class LagCollector:
    """What one would write first: a family per metric, a sample per partition."""

    def __init__(self, report: LagReport) -> None:
        self._report = report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families = {
            name: GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for name, metric in (
                ("committed_offset", metrics.GROUP_OFFSET),
                ("lag", metrics.GROUP_LAG),
                ("lag_seconds", metrics.GROUP_LAG_SECONDS),
            )
        }
        for group in self._report.groups.values():
            for row in group.partitions:
                labels = [group.group.group_id, row.topic, str(row.partition)]
                for name, family in families.items():
                    value = getattr(row, name)
                    if value is not None:
                        family.add_metric(labels, value)
        yield from families.values()


def render_with_client(report: LagReport) -> bytes:
    """The page of /metrics."""
    registry = CollectorRegistry()
    registry.register(LagCollector(report))
    return generate_latest(registry)

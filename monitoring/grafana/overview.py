"""Whether all is well, at one glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parts import HERE, board, latest, lines, number, per_second, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders.dashboard import Dashboard
    from grafana_foundation_sdk.builders.stat import Panel as Number
    from grafana_foundation_sdk.builders.timeseries import Panel as Lines

# Neither probes nor scrapes, which succeed while orders fail.
ASKED = f'{HERE}, route!~"/healthz|/metrics"'
REQUESTS = per_second("playground_http_requests_total", ASKED, window="2m")
FAILED = per_second("playground_http_requests_total", f'{ASKED}, status=~"5.."', window="2m")
# Where requests were answered and none has failed there is no series of failed ones, but zero of them.
ERRORS = f"({FAILED} or 0 * {REQUESTS}) / ({REQUESTS} > 0)"
LETTERS = f'{HERE}, topic=~".+[.]dlq"'
DEAD_LETTERS = (
    f"sum(kafka_topic_partition_current_offset{{{LETTERS}}})"
    f" - sum(kafka_topic_partition_oldest_offset{{{LETTERS}}})"
)
WORKERS = f'{HERE}, job="playground-workers"'
ALERTS = f'count(ALERTS{{{HERE}, alertstate="firing"}}) or 0 * {latest("playground_kafka_up", HERE)}'


def overview() -> Dashboard:
    """The dashboard that Grafana opens with."""
    made = board("playground-overview", "Playground: overview", "Whether all is well, at one glance.")
    for panel in (*_numbers(), *_lines()):
        made.with_panel(panel)
    return made


def _numbers() -> Iterator[Number]:
    yield number(
        "Brokers",
        "Brokers of the cluster, as the exporter saw it last.",
        latest("kafka_brokers", HERE),
        "short",
    )
    yield number(
        "Orders per second",
        "Orders that Kafka acknowledged, over the last minute.",
        per_second("playground_orders_produced_total", HERE, window="1m"),
        "ops",
    )
    yield number(
        "Records waiting",
        "Lag of all groups together. An alert fires from 10,000 in one group on.",
        f"sum({latest('kafka_consumergroup_lag_sum', HERE, 'consumergroup, topic')})",
        "short",
        bad_from=10_000,
    )
    yield number(
        "Longest wait",
        "How long the record that waits longest has been waiting, of all groups and partitions.",
        latest("kafka_consumergroup_lag_seconds", HERE),
        "s",
        bad_from=60,
    )
    yield number(
        "Workers that do not answer",
        "Pods of workers whose /metrics cannot be read: crashed, starting, or frozen.",
        f"count(up{{{WORKERS}}}) - sum(up{{{WORKERS}}})",
        "short",
        bad_from=1,
    )
    yield number(
        "Dead letters",
        "Records that workers could not handle and set aside.",
        DEAD_LETTERS,
        "short",
        bad_from=1,
    )
    yield number(
        "Errors of the API",
        "Share of answers with a 5xx status in the last two minutes, probes and scrapes left out.",
        ERRORS,
        "percentunit",
        bad_from=0.05,
    )
    yield number(
        "Alerts",
        "Alerts that fire for this namespace; Prometheus' page /alerts says which, and what to do.",
        ALERTS,
        "short",
        bad_from=1,
    )


def _lines() -> Iterator[Lines]:
    handled = per_second("playground_worker_records_handled_total", HERE, "consumergroup")
    yield lines(
        "Orders in and handled",
        "Orders that Kafka acknowledged, and records that each group handled. A group below falls behind.",
        [
            (per_second("playground_orders_produced_total", HERE), "acknowledged"),
            (handled, "handled by {{consumergroup}}"),
        ],
        "ops",
    )
    lag = latest("kafka_consumergroup_lag_sum", HERE, "consumergroup, topic")
    yield lines(
        "Lag by group",
        "Records from the committed offset to the end, all partitions of a topic together.",
        [(lag, "{{consumergroup}} on {{topic}}")],
        "short",
    )
    yield lines(
        "Wait by group",
        "Of each group's partitions the one that is furthest behind in time.",
        [(latest("kafka_consumergroup_lag_seconds", HERE, "consumergroup"), "{{consumergroup}}")],
        "s",
    )
    yield steps(
        "Members by group",
        "Members that the broker knows. A group with lag and without members is dead.",
        [(latest("kafka_consumergroup_members", HERE, "consumergroup"), "{{consumergroup}}")],
        "short",
    )

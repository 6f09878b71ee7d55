"""Every metric that is exported, in one table, and the text they are served as.

kafka_exporter's names and labels are kept unchanged, so that dashboards and alerts made for it work here;
ours begin with `playground_`. `kafka_consumergroup_lag_seconds` is ours too, in the family it belongs to.
The text is written by hand: for 100,000 series a client library takes twenty times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Value = int | float
Series = tuple[tuple[str | int, ...], Value]  # label values in the metric's order, value


@dataclass(frozen=True)
class Metric:
    """A metric: its name, type, labels and meaning."""

    name: str
    type: Literal["gauge", "counter", "histogram"]
    help: str
    labels: tuple[str, ...] = ()


TOPIC_PARTITION = ("topic", "partition")
GROUP_PARTITION = ("consumergroup", "topic", "partition")

BROKERS = Metric("kafka_brokers", "gauge", "Number of brokers in the cluster.")
TOPIC_PARTITIONS = Metric("kafka_topic_partitions", "gauge", "Number of partitions of the topic.", ("topic",))
PARTITION_END = Metric(
    "kafka_topic_partition_current_offset", "gauge", "End offset of the partition.", TOPIC_PARTITION
)
PARTITION_START = Metric(
    "kafka_topic_partition_oldest_offset", "gauge", "Start offset of the partition.", TOPIC_PARTITION
)
GROUP_OFFSET = Metric(
    "kafka_consumergroup_current_offset", "gauge", "Committed offset of the group.", GROUP_PARTITION
)
GROUP_OFFSET_SUM = Metric(
    "kafka_consumergroup_current_offset_sum",
    "gauge",
    "Committed offsets of the group, all partitions of the topic added up.",
    ("consumergroup", "topic"),
)
GROUP_LAG = Metric(
    "kafka_consumergroup_lag",
    "gauge",
    "Records from the committed offset (without one: from the start) to the end. Never below 0.",
    GROUP_PARTITION,
)
GROUP_LAG_SUM = Metric(
    "kafka_consumergroup_lag_sum",
    "gauge",
    "Lag of the group, all partitions of the topic added up.",
    ("consumergroup", "topic"),
)
GROUP_LAG_SECONDS = Metric(
    "kafka_consumergroup_lag_seconds",
    "gauge",
    "How long the record that the group has to read next has been waiting; 0 without lag.",
    GROUP_PARTITION,
)
GROUP_MEMBERS = Metric("kafka_consumergroup_members", "gauge", "Members of the group.", ("consumergroup",))
UNCOMMITTED = Metric(
    "playground_partition_uncommitted", "gauge", "1 while the group has no commit there.", GROUP_PARTITION
)
PARTITION_OWNER = Metric(
    "playground_partition_owner",
    "gauge",
    "1 for the member that owns the partition, by its client id; no series where nobody does.",
    (*GROUP_PARTITION, "member"),
)
REBALANCING = Metric(
    "playground_group_rebalancing",
    "gauge",
    "1 while the group rebalances: its state says so, or a member does not own what it is meant to.",
    ("consumergroup", "type"),
)
GROUP_REBALANCES = Metric(
    "playground_group_rebalances_total",
    "counter",
    "Times a rebalance began: members or what they own changed, or the state said so. "
    "Seen by looking once per interval, so at most one is counted per interval.",
    ("consumergroup",),
)
KAFKA_UP = Metric("playground_kafka_up", "gauge", "1 when the broker answered the last collection.")
LAG_POLL_SECONDS = Metric("playground_lag_poll_seconds", "gauge", "Duration of the last collection.")
LAG_POLL_SUCCESS = Metric("playground_lag_poll_success", "gauge", "1 when the last collection succeeded.")
LAG_POLL_TIMESTAMP = Metric(
    "playground_lag_poll_timestamp_seconds", "gauge", "When the last successful collection was taken."
)

ORDERS_PRODUCED = Metric(
    "playground_orders_produced_total", "counter", "Orders acknowledged by Kafka.", ("process",)
)
ORDERS_IN_FLIGHT = Metric(
    "playground_orders_in_flight",
    "gauge",
    "Orders handed to the producer and not reported yet.",
    ("process",),
)
HTTP_REQUESTS = Metric(
    "playground_http_requests_total",
    "counter",
    "Answered requests.",
    ("process", "method", "route", "status"),
)
HTTP_IN_FLIGHT = Metric(
    "playground_http_requests_in_flight", "gauge", "Requests being answered.", ("process",)
)
HTTP_SECONDS = Metric(
    "playground_http_request_seconds", "histogram", "Time to answer a request.", ("process", "route")
)
EVENT_LISTENERS = Metric("playground_event_listeners", "gauge", "Listeners of GET /events.", ("process",))

MEMBER = ("worker", "consumergroup")
WORKER_PARTITIONS = Metric(
    "playground_worker_assigned_partitions", "gauge", "Partitions that the worker owns.", MEMBER
)
WORKER_RECORDS = Metric(
    "playground_worker_records_handled_total",
    "counter",
    "Records whose position was passed, by outcome: processed, duplicate or dead_lettered.",
    (*MEMBER, "outcome"),
)
WORKER_REBALANCES = Metric(
    "playground_worker_rebalances_total",
    "counter",
    "Changes of what the worker owns: partitions were assigned, revoked or lost.",
    (*MEMBER, "event"),
)
WORKER_WRITES_REFUSED = Metric(
    "playground_worker_writes_refused_total",
    "counter",
    "Batches that the database refused because another member had moved the position.",
    MEMBER,
)
WORKER_LAST_POLL = Metric(
    "playground_worker_last_poll_timestamp_seconds",
    "gauge",
    "When the consume loop came round last; /healthz fails when that is too long ago.",
    MEMBER,
)
WORKER_BATCH_SECONDS = Metric(
    "playground_worker_batch_seconds", "histogram", "Time to handle a batch of records.", MEMBER
)
LOAD_ORDERS = Metric(
    "playground_load_orders_total",
    "counter",
    "Orders of the load generator that the API accepted or rejected, by outcome.",
    ("worker", "outcome"),
)

EXPORTER_METRICS = (
    BROKERS,
    TOPIC_PARTITIONS,
    PARTITION_END,
    PARTITION_START,
    GROUP_OFFSET,
    GROUP_OFFSET_SUM,
    GROUP_LAG,
    GROUP_LAG_SUM,
    GROUP_LAG_SECONDS,
    GROUP_MEMBERS,
    UNCOMMITTED,
    PARTITION_OWNER,
    REBALANCING,
    GROUP_REBALANCES,
    KAFKA_UP,
    LAG_POLL_SECONDS,
    LAG_POLL_SUCCESS,
    LAG_POLL_TIMESTAMP,
)
API_METRICS = (
    ORDERS_PRODUCED,
    ORDERS_IN_FLIGHT,
    HTTP_REQUESTS,
    HTTP_IN_FLIGHT,
    HTTP_SECONDS,
    EVENT_LISTENERS,
)
WORKER_METRICS = (
    WORKER_PARTITIONS,
    WORKER_RECORDS,
    WORKER_REBALANCES,
    WORKER_WRITES_REFUSED,
    WORKER_LAST_POLL,
    WORKER_BATCH_SECONDS,
    LOAD_ORDERS,
)
ALL_METRICS = (*EXPORTER_METRICS, *API_METRICS, *WORKER_METRICS)


def render_metric(metric: Metric, series: Iterable[Series]) -> str:
    """A metric with its series in the text format; nothing when there are no series."""
    lines = [f"{metric.name}{_labels(metric, values)} {value}\n" for values, value in series]
    return head(metric) + "".join(lines) if lines else ""


def render_histogram(
    metric: Metric, bounds: tuple[float, ...], series: Iterable[tuple[tuple[str, ...], list[int], float]]
) -> str:
    """A histogram: per series the counts of each bucket (one more than bounds) and the sum of all values."""
    with_bound = Metric(metric.name, "histogram", metric.help, (*metric.labels, "le"))
    lines = []
    for values, counts, total in series:
        running = 0
        for bound, count in zip([*map(str, bounds), "+Inf"], counts, strict=True):
            running += count
            lines.append(f"{metric.name}_bucket{_labels(with_bound, (*values, bound))} {running}\n")
        lines.append(f"{metric.name}_sum{_labels(metric, values)} {total}\n")
        lines.append(f"{metric.name}_count{_labels(metric, values)} {running}\n")
    return head(metric) + "".join(lines) if lines else ""


def head(metric: Metric) -> str:
    """The two comment lines in front of a metric's series."""
    return f"# HELP {metric.name} {_escape_help(metric.help)}\n# TYPE {metric.name} {metric.type}\n"


def escape(value: str) -> str:
    """A label's value, safe between double quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _escape_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _labels(metric: Metric, values: tuple[str | int, ...]) -> str:
    if not metric.labels:
        return ""
    pairs = zip(metric.labels, values, strict=True)
    return "{" + ",".join([f'{name}="{escape(str(value))}"' for name, value in pairs]) + "}"

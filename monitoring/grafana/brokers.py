"""Kafka's brokers as their JMX exporter shows them: replicas, traffic, requests and the JVM."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import parts
from parts import HERE, board, in_five_minutes, latest, number, per_second, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders.dashboard import Dashboard
    from grafana_foundation_sdk.builders.stat import Panel as Number
    from grafana_foundation_sdk.builders.timeseries import Panel as Lines

# As often as monitoring/prometheus/prometheus.yaml scrapes brokers.
lines = partial(parts.lines, every="10s")
BROKERS = f'{HERE}, job="kafka-jmx"'
TRAFFIC = "kafka_server_brokertopicmetrics"
REQUESTS = "kafka_network_requestmetrics"
REPLICAS = "kafka_server_replicamanager"
CONTROLLER = "kafka_controller_kafkacontroller"
IDLE = "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent"


def brokers() -> Dashboard:
    """The dashboard of the brokers."""
    made = board(
        "playground-brokers",
        "Playground: Kafka brokers",
        "Kafka's brokers as their JMX exporter shows them: replicas, traffic, requests and the JVM.",
    )
    for panel in (*_numbers(), *_traffic(), *_jvm()):
        made.with_panel(panel)
    return made


def _numbers() -> Iterator[Number]:
    yield number(
        "Active controllers",
        "Exactly one broker must be the active controller.",
        f"sum({CONTROLLER}_activecontrollercount{{{BROKERS}}})",
        "short",
        bad_from=2,
    )
    yield number(
        "Under-replicated partitions",
        "Partitions that lack an in-sync replica. Another broker that is lost now may stop writes.",
        f"sum({REPLICAS}_underreplicatedpartitions{{{BROKERS}}})",
        "short",
        bad_from=1,
    )
    yield number(
        "Offline partitions",
        "Partitions without a leader: they can be neither read nor written.",
        latest(f"{CONTROLLER}_offlinepartitionscount", BROKERS),
        "short",
        bad_from=1,
    )
    yield number(
        "Idle request threads",
        "Share of time in which the threads that handle requests have nothing to do, of the busiest broker.",
        f"min({IDLE}{{{BROKERS}}})",
        "percentunit",
    )


def _traffic() -> Iterator[Lines]:
    yield lines(
        "Records in by topic",
        "Records that producers wrote, per second.",
        [(per_second(f"{TRAFFIC}_messagesin_total", BROKERS, "topic"), "{{topic}}")],
        "ops",
    )
    yield lines(
        "Bytes in and out",
        "What producers wrote and consumers read. Several groups read the same bytes.",
        [
            (per_second(f"{TRAFFIC}_bytesin_total", BROKERS), "in"),
            (per_second(f"{TRAFFIC}_bytesout_total", BROKERS), "out"),
        ],
        "Bps",
    )
    yield lines(
        "Requests",
        "Requests per second of the kinds that the playground's clients send.",
        [(per_second(f"{REQUESTS}_requests_total", BROKERS, "request"), "{{request}}")],
        "reqps",
    )
    yield lines(
        "Time to answer requests",
        "99 of 100 requests took no longer. FetchConsumer waits for records on purpose.",
        [(latest(f"{REQUESTS}_totaltimems", f'{BROKERS}, quantile="0.99"', "request"), "{{request}}")],
        "ms",
    )
    yield steps(
        "Partitions led",
        "How many partitions each broker leads: writes and reads of a partition go to its leader.",
        [(latest(f"{REPLICAS}_leadercount", BROKERS, "pod"), "{{pod}}")],
        "short",
    )
    yield lines(
        "In-sync replicas: left and came back, in five minutes",
        "Followers that fell behind, and that caught up again.",
        [
            (in_five_minutes(f"{REPLICAS}_isrshrinks_total", BROKERS), "left"),
            (in_five_minutes(f"{REPLICAS}_isrexpands_total", BROKERS), "came back"),
        ],
        "short",
    )


def _jvm() -> Iterator[Lines]:
    heap = f'{BROKERS}, area="heap"'
    yield lines(
        "Java heap",
        "Used, and the most it may become. Close to that for long, it collects garbage and does little else.",
        [
            (latest("jvm_memory_used_bytes", heap, "pod"), "{{pod}} used"),
            (latest("jvm_memory_max_bytes", heap, "pod"), "{{pod}} at most"),
        ],
        "bytes",
    )
    yield lines(
        "Memory of the process",
        "What the broker's process has in memory; the pod's limit counts this, not the heap.",
        [(latest("process_resident_memory_bytes", BROKERS, "pod"), "{{pod}}")],
        "bytes",
    )
    yield lines(
        "Garbage collection",
        "Share of time in which the broker stood still to collect garbage.",
        [(per_second("jvm_gc_collection_seconds_sum", BROKERS, "pod, gc"), "{{pod}} {{gc}}")],
        "percentunit",
    )
    yield lines(
        "CPU",
        "Cores that the broker's process used.",
        [(per_second("process_cpu_seconds_total", BROKERS, "pod"), "{{pod}}")],
        "short",
    )
    yield lines(
        "Threads",
        "Threads of the broker's process.",
        [(latest("jvm_threads_current", BROKERS, "pod"), "{{pod}}")],
        "short",
    )
    yield lines(
        "Open files",
        "Files and connections that the broker has open.",
        [(latest("process_open_fds", BROKERS, "pod"), "{{pod}}")],
        "short",
    )

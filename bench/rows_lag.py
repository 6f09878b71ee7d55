"""One collection of the lag of many groups, against Kafka's own tool."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.cimpl import NewTopic

from bench.measure import Reading, Variant
from bench.plan import Group, Row
from bench.processes import python
from playground.clients import create_admin, create_producer
from playground.local.jars import ensure_jars, java

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from bench.cpu import Stopwatch
    from bench.lab import Lab

TOPIC = "bench-lag"
GROUPS, PARTITIONS, RECORDS = 1000, 100, 10
COMMIT_SECONDS = 180


@contextlib.contextmanager
def open_lag(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """Groups with a commit in every partition, some of them behind."""
    groups, partitions = lab.scale.count(GROUPS, 50), lab.scale.count(PARTITIONS, 20)
    _fill(lab, partitions)
    _commit(lab, groups, partitions, say)

    def ours(watch: Stopwatch) -> Reading:
        watch.start()
        process = lab.start("one-collection", python("-m", "bench.one_collection"))
        found = json.loads(process.finish(120).splitlines()[-1])
        seconds = watch.stop()
        assert found["series"] >= groups * partitions, f"{found['series']} series"
        return Reading(seconds, None, {"collection_seconds": found["seconds"], "series": found["series"]})

    def tool(watch: Stopwatch) -> Reading:
        watch.start()
        command = [
            str(java()), "-Xmx512m", "-cp", f"{ensure_jars(lab.settings)}/*",
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--describe", "--all-groups",
            "--bootstrap-server", lab.settings.kafka.bootstrap_servers, "--timeout", "300000",
        ]  # fmt: skip
        output = lab.start("kafka-consumer-groups", command).finish(400)
        seconds = watch.stop()
        rows = sum(TOPIC in line for line in output.splitlines())
        assert rows >= groups * partitions, f"kafka-consumer-groups told of {rows} partitions"
        return Reading(seconds, None, {"series": rows})

    yield [Variant("one collection", ours), Variant("kafka-consumer-groups", tool)]


def _fill(lab: Lab, partitions: int) -> None:
    admin = create_admin(lab.settings.kafka, "bench-lag-fill")
    for future in admin.create_topics([NewTopic(TOPIC, partitions, 1)]).values():
        future.result(60)
    producer = create_producer(lab.settings.kafka, "bench-lag-fill")
    for partition in range(partitions):
        for number in range(RECORDS):
            producer.produce(TOPIC, b"%d" % number, partition=partition)
    assert producer.flush(60) == 0


def _commit(lab: Lab, groups: int, partitions: int, say: Callable[[str], None]) -> None:
    """Group n is n modulo 4 records behind, in every partition."""
    admin = create_admin(lab.settings.kafka, "bench-lag-commit")
    todo = list(range(groups))
    deadline = time.monotonic() + COMMIT_SECONDS
    while todo:
        assert time.monotonic() < deadline, f"the commits of {len(todo)} groups were refused"
        now, todo = todo[:50], todo[50:]
        say(f"committing offsets: {len(todo)} groups to go")
        asked = {}
        for number in now:
            places = [TopicPartition(TOPIC, part, RECORDS - number % 4) for part in range(partitions)]
            request = [ConsumerGroupTopicPartitions(f"bench-group-{number}", places)]
            (asked[number],) = admin.alter_consumer_group_offsets(request, request_timeout=60).values()
        # A fresh broker refuses while it makes the topic for offsets, partition by partition.
        todo += [number for number, future in asked.items() if _refused(future)]


def _refused(future: Future[ConsumerGroupTopicPartitions]) -> bool:
    try:
        return any(place.error for place in future.result(90).topic_partitions)
    except KafkaException:
        return True


LAG = Group(
    "lag",
    "s",
    (
        Row(
            "lag-tool",
            f"lag of {GROUPS:,} groups x {PARTITIONS} partitions, one collection in a new process",
            "kafka-consumer-groups --all-groups --describe",
            "one collection",
            "kafka-consumer-groups",
            50,
        ),
    ),
    open_lag,
    less_is_better=True,
    most_rounds=2,
)

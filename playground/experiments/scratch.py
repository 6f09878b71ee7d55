"""Scratch topics of a run: made, written to, read back, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from playground.api_client import ApiRefused
from playground.clock import parse_iso
from playground.errors import StackError
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

CLEAN_UP_SECONDS = 30.0
UNAVAILABLE = 503
# The body of a request is limited.
RECORDS_PER_REQUEST = 150
OURS, OTHER = "murmur2_random", "consistent_random"


class Written(NamedTuple):
    """A record of a scratch topic. `time`: its own, in milliseconds since 1970."""

    key: str
    value: str
    time: int
    partition: int
    offset: int


def make_topic(lab: Lab, topic: str, partitions: int) -> None:
    """Raises ApiRefused when there is one of that name, or when there are too many."""
    lab.api.send("POST", "/lab/topics", msgspec.json.encode({"topic": topic, "partitions": partitions}))


def write_records(
    lab: Lab, topic: str, records: Sequence[tuple[str, str, int]], partitioner: str = OURS
) -> None:
    """Write key, value and time of each in their order, and `written` into the timeline."""
    rows: list[list[Any]] = []
    for first in range(0, len(records), RECORDS_PER_REQUEST):
        chunk = records[first : first + RECORDS_PER_REQUEST]
        body = {
            "partitioner": partitioner,
            "records": [{"key": key, "value": value, "timestamp": time} for key, value, time in chunk],
        }
        answer = lab.api.send("POST", f"/lab/topics/{topic}/records", msgspec.json.encode(body))
        for record, place in zip(chunk, answer["places"], strict=True):
            rows.append([*record, place["partition"], place["offset"]])
    lab.timeline.add("written", topic=topic, partitioner=partitioner, records=rows)


def read_records(lab: Lab, topic: str, limit: int) -> None:
    """Read a topic from its beginning, and `read` into the timeline, in the order a consumer got them."""
    found = lab.api.get(f"/topics/{topic}/records", limit=limit)["records"]
    lab.timeline.add("read", topic=topic, records=rows_of(found))


def rows_of(records: list[dict[str, Any]]) -> list[list[Any]]:
    """Records of GET /topics/{topic}/records as the timeline has them."""
    return [
        [each["key"], each["value"], parse_iso(each["timestamp"]), each["partition"], each["offset"]]
        for each in records
    ]


def written_to(timeline: Timeline, topic: str) -> list[Written]:
    """What was written to a topic, in the order it was sent; `topic`: its name without the run's prefix."""
    return _records(timeline, "written", topic)


def read_from(timeline: Timeline, topic: str) -> list[Written]:
    """What was read of a topic, in the order in which it came; `topic`: likewise."""
    return _records(timeline, "read", topic)


def _records(timeline: Timeline, kind: str, topic: str) -> list[Written]:
    return [
        Written(*row)
        for each in timeline.of(kind)
        if each["topic"] == topic or each["topic"].endswith(f"-{topic}")
        for row in each["records"]
    ]


def delete_topics(lab: Lab, topics: Sequence[str]) -> None:
    """Delete them, also when the API or the broker is away for a moment.

    Raises WaitTimeout naming those that are still there.
    """
    left = list(topics)

    def all_deleted() -> bool:
        while left:
            try:
                lab.api.send("DELETE", f"/lab/topics/{left[0]}", accept=(404,))
            except ApiRefused as error:
                if error.status != UNAVAILABLE:
                    raise
                return False
            except StackError:
                return False
            left.pop(0)
        return True

    names = ", ".join(left)
    wait_until(all_deleted, f"the scratch topics {names} to be deleted", CLEAN_UP_SECONDS, every=0.5)

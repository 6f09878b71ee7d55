"""/lab/topics: scratch topics for experiments, and records written to them with a chosen partitioner.

Apart from POST /produce: these topics hold no orders, no worker reads them, and nothing here is on its path.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from api import documents
from api.answers import Answer
from api.routing import Call, Route
from playground import scratch_topics
from playground.clock import iso, now_ms
from playground.errors import InvalidValue
from playground.scratch_records import MAX_RECORDS, Partitioner
from playground.scratch_topics import MAX_PARTITIONS, MAX_TOPICS, PREFIX, RETENTION_MS

# Without _, which Kafka holds to be the same as a dot in names of metrics.
NAME = rf"^{re.escape(PREFIX)}[a-zA-Z0-9.-]{{1,100}}$"
Text = Annotated[str, msgspec.Meta(max_length=100)]


class LabTopic(documents.Document, frozen=True):
    """A scratch topic of an experiment."""

    topic: str
    partitions: int


class LabTopicList(documents.Document, frozen=True):
    """The scratch topics that exist."""

    topics: list[LabTopic]


class LabTopicDeleted(documents.Document, frozen=True):
    """A scratch topic that is gone."""

    topic: str


class LabPlace(documents.Document, frozen=True):
    """Where a record is."""

    partition: int
    offset: int


class LabPlaces(documents.Document, frozen=True):
    """Where the records of a request are, in the order they were sent."""

    topic: str
    partitioner: Partitioner
    places: list[LabPlace]


class TopicBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A topic to make."""

    topic: Annotated[str, msgspec.Meta(pattern=NAME)]
    partitions: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTITIONS)]


class RecordBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A record to write; without a key the producer chooses the partition, without a time it is now."""

    key: Text | None = None
    value: Text = ""
    timestamp: (
        Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1, description="milliseconds since 1970")] | None
    ) = None


class RecordsBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Records to write, in this order."""

    records: Annotated[list[RecordBody], msgspec.Meta(min_length=1, max_length=MAX_RECORDS)]
    partitioner: Partitioner = "murmur2_random"


def topics(call: Call) -> LabTopicList:
    """Those that exist."""
    found = scratch_topics.list_topics(call.services.admin)
    return LabTopicList([LabTopic(*item) for item in found.items()])


def create(call: Call) -> Answer:
    """Make one."""
    body: TopicBody = call.body
    services = call.services
    name = _checked(body.topic)
    scratch_topics.create_topic(services.admin, services.settings, name, body.partitions)
    return Answer(LabTopic(name, body.partitions), 201)


def delete(call: Call) -> LabTopicDeleted:
    """Delete one."""
    name = _checked(call.path["topic"])
    scratch_topics.delete_topic(call.services.admin, name)
    return LabTopicDeleted(name)


def write(call: Call) -> LabPlaces:
    """Write records and say where each of them is."""
    name = _checked(call.path["topic"])
    body: RecordsBody = call.body
    _check_age(body.records)
    records = [(record.key, record.value, record.timestamp) for record in body.records]
    placed = call.services.scratch.write(name, records, body.partitioner)
    return LabPlaces(name, body.partitioner, [LabPlace(place.partition, place.offset) for place in placed])


def _check_age(records: list[RecordBody]) -> None:
    """Retention goes by the time of a record: the broker would take one that is too old within a minute.

    Raises InvalidValue.
    """
    kept_from = now_ms() - int(RETENTION_MS)
    for each in records:
        if each.timestamp is not None and each.timestamp < kept_from:
            raise InvalidValue(
                "timestamp",
                f"{iso(each.timestamp)} is longer ago than the topic's retention, one hour: the broker would "
                "delete the record at once",
                next_step=f"take a time after {iso(kept_from)}",
            )


def _checked(name: str) -> str:
    """The name of a scratch topic: never one of the playground's own.

    Raises InvalidValue.
    """
    if not re.fullmatch(NAME, name):
        raise InvalidValue(
            "topic",
            f"begins with {PREFIX!r} and has letters, digits, dots and - after it, at most 100",
            next_step=scratch_topics.LIST_NEXT,
        )
    return name


ROUTES = (
    Route(
        "GET",
        "/lab/topics",
        "The scratch topics of experiments",
        view=topics,
        answers={200: LabTopicList},
        problems=(503,),
    ),
    Route(
        "POST",
        "/lab/topics",
        "Make a scratch topic",
        view=create,
        body=TopicBody,
        answers={201: LabTopic},
        problems=(403, 409, 413, 415, 503),
        notes=f"At most {MAX_TOPICS} topics may be at once. No worker reads them.",
    ),
    Route(
        "DELETE",
        "/lab/topics/{topic}",
        "Delete a scratch topic with its records",
        view=delete,
        answers={200: LabTopicDeleted},
        problems=(403, 404, 413, 503),
    ),
    Route(
        "POST",
        "/lab/topics/{topic}/records",
        "Write records to a scratch topic; answered when Kafka has acknowledged all of them",
        view=write,
        body=RecordsBody,
        answers={200: LabPlaces},
        problems=(403, 404, 413, 415, 503),
        notes="`places` says for each record, in the order sent, where librdkafka's partitioner put it. "
        "Records without a key stay together for some milliseconds (sticky partitioning). GET "
        "/topics/{topic}/records reads them. The body has at most 16 KiB.",
    ),
)

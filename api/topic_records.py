"""GET /topics/{topic}/records: what stands in a topic, as it is, outside of any group."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import msgspec

from api import documents
from api.routing import Call, Route
from playground.clock import iso
from playground.errors import InvalidValue, NotFound
from playground.offsets import read_spans
from playground.scratch_topics import PREFIX
from playground.topics import describe_topic, topic_specs

if TYPE_CHECKING:
    from confluent_kafka import Message

    from playground.groups import Place

SECONDS = 5.0
MAX_RECORDS = 2000
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class RecordsQuery(msgspec.Struct, frozen=True):
    """Which records: of one partition from `offset` on, or of all partitions from their beginning."""

    partition: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    offset: Number | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_RECORDS)] = 500


class TopicRecord(documents.Document, frozen=True):
    """A record. `timestamp`: its own, which its producer may have chosen. Bytes that are no text: U+FFFD."""

    partition: int
    offset: int
    timestamp: documents.Timestamp
    key: str | None
    value: str | None


class TopicRecords(documents.Document, frozen=True):
    """Records in the order in which a consumer got them."""

    topic: str
    records: list[TopicRecord]


def records(call: Call) -> TopicRecords:
    """Those that are there now."""
    given: RecordsQuery = call.query
    name = _known(call)
    admin = call.services.admin
    partitions = describe_topic(admin, name, SECONDS).partitions
    if given.partition is None and given.offset is not None:
        raise InvalidValue("offset", "of which partition?", next_step="?partition=0&offset=...")
    if given.partition is not None and given.partition not in partitions:
        raise InvalidValue("partition", f"{name} has partitions 0 to {len(partitions) - 1}")
    wanted = partitions if given.partition is None else [given.partition]
    deadline = time.monotonic() + SECONDS
    stretches: dict[Place, tuple[int, int]] = {}
    for place, span in read_spans(admin, [(name, number) for number in wanted], deadline).items():
        if span.start is not None and span.end is not None:
            start = span.start if given.offset is None else max(span.start, given.offset)
            stretches[place] = (start, min(span.end, start + given.limit))
    found = call.services.records.read(stretches, SECONDS)
    return TopicRecords(name, [_view(each) for each in found[: given.limit]])


def _known(call: Call) -> str:
    """A topic of the playground, or a scratch topic.

    Raises NotFound.
    """
    name = call.path["topic"]
    ours = [spec.name for spec in topic_specs(call.services.settings)]
    if name in ours or name.startswith(PREFIX):
        return name
    raise NotFound(
        f"there is no topic {name!r} here; there are {', '.join(ours)}, and {PREFIX}... of experiments",
        next_step="GET /topics and GET /lab/topics list them",
    )


def _view(message: Message) -> TopicRecord:
    return TopicRecord(
        message.partition() or 0,
        message.offset() or 0,
        iso(message.timestamp()[1]),
        _text(message.key()),
        _text(message.value()),
    )


def _text(content: bytes | str | None) -> str | None:
    return content.decode(errors="replace") if isinstance(content, bytes) else content


ROUTES = (
    Route(
        "GET",
        "/topics/{topic}/records",
        "Records of a topic as they stand there",
        view=records,
        query=RecordsQuery,
        answers={200: TopicRecords},
        problems=(404, 503),
        notes="Read outside of any group: nobody's offsets move. Without `partition`: from the beginning of "
        "every partition, in the order in which a consumer gets them, which is not the order in which they "
        "were written: it gets a stretch of one partition, then one of another.",
    ),
)

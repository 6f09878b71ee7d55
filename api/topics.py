"""GET /topics: the topics of the playground as the broker has them."""

from __future__ import annotations

import time

from api import documents
from api.routing import Call, Route
from playground.errors import NotFound
from playground.offsets import Span, read_spans
from playground.topics import describe_topic, topic_specs

SECONDS = 5.0
UNKNOWN = Span(None, None)


def topics(call: Call) -> documents.TopicList:
    """Those of ours that exist."""
    admin = call.services.admin
    found = []
    for spec in topic_specs(call.services.settings):
        try:
            found.append(describe_topic(admin, spec.name, SECONDS))
        except NotFound:
            continue  # /readyz says what is missing
    places = [(topic.name, number) for topic in found for number in topic.partitions]
    spans = read_spans(admin, places, time.monotonic() + SECONDS)
    views = []
    for topic in found:
        rows = []
        for number, leader in sorted(topic.partitions.items()):
            span = spans.get((topic.name, number), UNKNOWN)
            rows.append(documents.TopicPartitionView(number, span.start, span.end, leader))
        views.append(documents.TopicView(topic.name, topic.topic_id, rows))
    return documents.TopicList(views)


ROUTES = (
    Route(
        "GET",
        "/topics",
        "The topics of the playground",
        view=topics,
        answers={200: documents.TopicList},
        problems=(503,),
    ),
)

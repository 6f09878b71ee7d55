"""GET /groups/{group_id}/effects: how often orders took effect where delivery is not exactly-once."""

from __future__ import annotations

from api import documents
from api.group_admin import group_id_of
from api.routing import Call, Route
from playground.topics import ORDERS, describe_topic


class PartitionEffects(documents.Document, frozen=True):
    """A partition: `orders` took effect at least once, `effects` times in all, `repeated` more than once."""

    partition: int
    orders: int
    effects: int
    repeated: int


class GroupEffects(documents.Document, frozen=True):
    """What orders have caused in a group; no partitions when it has only ever run exactly-once."""

    group_id: str
    topic: str
    partitions: list[PartitionEffects]


def effects(call: Call) -> GroupEffects:
    """Of workers with PLAYGROUND_CONSUMER_DELIVERY at-least-once or at-most-once."""
    topic = describe_topic(call.services.admin, ORDERS)
    group_id = group_id_of(call)
    found = call.services.store().effects(group_id, topic.topic_id)
    rows = [PartitionEffects(each.partition, each.orders, each.effects, each.repeated) for each in found]
    return GroupEffects(group_id, ORDERS, rows)


ROUTES = (
    Route(
        "GET",
        "/groups/{group_id}/effects",
        "How often orders took effect in a group whose delivery is not exactly-once",
        view=effects,
        answers={200: GroupEffects},
        problems=(404, 422, 503),
        notes="Exactly-once groups have no such count: see GET /audit.",
    ),
)

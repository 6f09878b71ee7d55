"""Every topic of the playground, and making sure that they exist."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.cimpl import NewTopic

from playground.clients import create_admin
from playground.errors import KafkaUnavailable, NotFound

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from playground.settings import Settings

ORDERS = "orders"
DEAD_LETTERS = "orders.dlq"
EVENTS = "playground.events"
ORDER_IDS = "order-ids"
USERS = "users"
PAYMENTS = "payments"

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class TopicSpec:
    """A topic: its name, number of partitions, and the configs that differ from the broker's."""

    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


def topic_specs(settings: Settings) -> list[TopicSpec]:
    """All topics. Those that are joined with `orders` have as many partitions; the others have one."""
    retention = str(settings.topics.retention_ms)
    return [
        TopicSpec(ORDERS, settings.topics.partitions, {"retention.ms": retention}),
        TopicSpec(USERS, settings.topics.partitions, {"cleanup.policy": "compact"}),
        TopicSpec(PAYMENTS, settings.topics.partitions, {"retention.ms": retention}),
        TopicSpec(DEAD_LETTERS, 1, {"retention.ms": retention}),
        TopicSpec(EVENTS, 1, {"retention.ms": str(HOUR_MS), "segment.ms": str(HOUR_MS)}),
        # One record per leased block of order ids; see docs/adr/0009-ids-follow-the-topic-id.md.
        TopicSpec(ORDER_IDS, 1, {"retention.ms": str(HOUR_MS)}),
    ]


def ensure_topics(settings: Settings, timeout_seconds: float = 30) -> list[str]:
    """Create the topics that are missing and return their names.

    Topics that exist stay as they are, whatever their partitions.
    Raises KafkaUnavailable when the broker does not answer within `timeout_seconds`.
    """
    admin = create_admin(settings.kafka, "playground-topics")
    deadline = time.monotonic() + timeout_seconds
    wanted = [
        NewTopic(spec.name, spec.partitions, settings.topics.replication_factor, config=spec.config)
        for spec in topic_specs(settings)
    ]
    futures = admin.create_topics(wanted, operation_timeout=timeout_seconds, request_timeout=timeout_seconds)
    created = []
    for name, future in futures.items():
        try:
            future.result(max(0.1, deadline - time.monotonic()))
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise KafkaUnavailable(f"topic {name} cannot be created: {error.args[0].str()}") from error
        except TimeoutError:
            raise KafkaUnavailable(
                f"{settings.kafka.bootstrap_servers} did not create topic {name} in {timeout_seconds:g} s"
            ) from None
        else:
            created.append(name)
    return created


@dataclass(frozen=True)
class TopicDescription:
    """What the broker says of a topic. `topic_id` changes when a topic is deleted and made again."""

    name: str
    topic_id: str
    partitions: dict[int, int | None]  # partition -> leader


def describe_topic(admin: AdminClient, name: str, timeout_seconds: float = 5) -> TopicDescription:
    """Id and partitions of a topic.

    Raises NotFound when it does not exist, KafkaUnavailable when the broker does not answer.
    """
    future = admin.describe_topics(TopicCollection([name]), request_timeout=timeout_seconds)[name]
    try:
        found = future.result(timeout_seconds + 1)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise NotFound(
                f"topic {name} does not exist",
                next_step="`playground up` creates it; see `playground topics`",
            ) from error
        raise KafkaUnavailable(f"topic {name} cannot be described: {error.args[0].str()}") from error
    except TimeoutError:
        raise KafkaUnavailable(f"the broker did not describe topic {name} in {timeout_seconds:g} s") from None
    leaders = {part.id: part.leader.id if part.leader else None for part in found.partitions}
    return TopicDescription(name, str(found.topic_id), leaders)

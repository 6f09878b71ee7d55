"""Scratch topics of experiments: made and deleted, beside those of the playground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewTopic

from playground.errors import Conflict, KafkaUnavailable, NotFound
from playground.groups import reason_of
from playground.topics import describe_topic
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka.admin import AdminClient

    from playground.settings import Settings

PREFIX = "lab."
MAX_PARTITIONS = 64
MAX_TOPICS = 12
TIMEOUT_SECONDS = 5.0
# Of their records; the topics themselves stay until somebody deletes them.
RETENTION_MS = "3600000"
LIST_NEXT = "GET /lab/topics lists those that exist"


def list_topics(admin: AdminClient) -> dict[str, int]:
    """Scratch topics that exist: name -> number of partitions.

    Raises KafkaUnavailable.
    """
    try:
        found = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
    except KafkaException as error:
        raise KafkaUnavailable(f"the topics cannot be listed: {reason_of(error)}") from error
    return {name: len(topic.partitions) for name, topic in sorted(found.items()) if name.startswith(PREFIX)}


def create_topic(admin: AdminClient, settings: Settings, name: str, partitions: int) -> None:
    """Make one. Returns when the broker describes it.

    Raises Conflict when it exists, or when there are enough already; KafkaUnavailable, WaitTimeout.
    """
    known = list_topics(admin)
    if name in known:
        raise _exists(name)
    if len(known) >= MAX_TOPICS:
        raise Conflict(
            f"there are {len(known)} scratch topics, at most {MAX_TOPICS} may be",
            next_step=f"DELETE /lab/topics/{next(iter(known))}, or another one; {LIST_NEXT}",
        )
    wanted = NewTopic(
        name, partitions, settings.topics.replication_factor, config={"retention.ms": RETENTION_MS}
    )
    asked = admin.create_topics([wanted], operation_timeout=TIMEOUT_SECONDS, request_timeout=TIMEOUT_SECONDS)
    try:
        asked[name].result(TIMEOUT_SECONDS + 1)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            raise _exists(name) from error
        raise KafkaUnavailable(f"topic {name} cannot be created: {reason_of(error)}") from error
    except TimeoutError as error:
        raise KafkaUnavailable(f"topic {name} cannot be created: {reason_of(error)}") from error
    _wait_for(admin, name, there=True)


def delete_topic(admin: AdminClient, name: str) -> None:
    """Delete one, with its records.

    Raises NotFound listing those that exist, KafkaUnavailable, WaitTimeout.
    """
    asked = admin.delete_topics([name], operation_timeout=TIMEOUT_SECONDS, request_timeout=TIMEOUT_SECONDS)
    try:
        asked[name].result(TIMEOUT_SECONDS + 1)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise missing_topic(name, list_topics(admin)) from error
        raise KafkaUnavailable(f"topic {name} cannot be deleted: {reason_of(error)}") from error
    except TimeoutError as error:
        raise KafkaUnavailable(f"topic {name} cannot be deleted: {reason_of(error)}") from error
    _wait_for(admin, name, there=False)


def _wait_for(admin: AdminClient, name: str, *, there: bool) -> None:
    """The controller takes a change, and the broker hears of it a moment later."""

    def described() -> bool:
        try:
            describe_topic(admin, name, TIMEOUT_SECONDS)
        except NotFound:
            return False
        return True

    what = f"topic {name} to {'be there' if there else 'be gone'}"
    wait_until(lambda: described() is there, what, TIMEOUT_SECONDS, every=0.02)


def _exists(name: str) -> Conflict:
    return Conflict(
        f"topic {name} exists already", next_step=f"DELETE /lab/topics/{name}, or take another name"
    )


def missing_topic(name: str, known: Iterable[str]) -> NotFound:
    """The error for a name that no scratch topic has."""
    listed = ", ".join(known) or "none"
    return NotFound(f"there is no scratch topic {name!r}; there are {listed}", next_step=LIST_NEXT)

"""Worker events: what a worker says about itself, one JSON object per line.

The same line goes to stdout (for the process above it) and to the topic `playground.events`
(for the API and everybody who watches it), so it has one spelling everywhere.

Every event has `at` (ISO 8601 UTC), `event`, `worker`, `client_id` and, for members of a group, `group_id`.
"""

from __future__ import annotations

import sys
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from playground.clock import iso, now_ms
from playground.errors import StoreUnavailable
from playground.topics import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.errors import PlaygroundError


class EventName(StrEnum):
    """Names of events; kafkatest's where it has one."""

    STARTUP_COMPLETE = "startup_complete"
    PARTITIONS_ASSIGNED = "partitions_assigned"
    PARTITIONS_REVOKED = "partitions_revoked"
    PARTITIONS_LOST = "partitions_lost"
    PARTITION_STOPPED = "partition_stopped"
    RECORDS_HANDLED = "records_handled"
    RECORD_DEAD_LETTERED = "record_dead_lettered"
    RECORD_FAILED = "record_failed"
    WRITE_REFUSED = "write_refused"
    COMMIT_FAILED = "commit_failed"
    DATABASE_UNAVAILABLE = "database_unavailable"
    BROKER_UNAVAILABLE = "broker_unavailable"
    TOPIC_RECREATED = "topic_recreated"
    LOAD_PROGRESS = "load_progress"
    SHUTDOWN_COMPLETE = "shutdown_complete"
    FATAL = "fatal"


# One line per batch would drown the events that people want to see.
PROGRESS = frozenset({EventName.RECORDS_HANDLED, EventName.LOAD_PROGRESS})


Event = dict[str, Any]
_encode = msgspec.json.Encoder().encode


class EventLog:
    """Writes the events of one worker.

    `publish(topic, value)` hands a line to Kafka; it must not block and may drop: stdout has them all.
    """

    def __init__(
        self, worker: str, group_id: str | None, publish: Callable[[str, bytes], None] | None = None
    ) -> None:
        self._head = {"worker": worker, "client_id": worker}
        if group_id is not None:
            self._head["group_id"] = group_id
        self._publish = publish
        self._lock = threading.Lock()

    def write(self, event: EventName, **fields: Any) -> None:
        """Write one event, with the time of now."""
        line = _encode({"at": iso(now_ms()), "event": event, **self._head, **fields})
        with self._lock:
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()
        if self._publish is not None:
            self._publish(EVENTS, line)


def parse_event(line: bytes | str) -> Event | None:
    """An event out of a line or a record's value; None when it is something else."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


def unavailable(error: PlaygroundError) -> EventName:
    """Which of the two a worker waits for."""
    store = isinstance(error, StoreUnavailable)
    return EventName.DATABASE_UNAVAILABLE if store else EventName.BROKER_UNAVAILABLE

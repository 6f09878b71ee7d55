"""Where the coordinators of consumer groups are: with the leaders of the partitions of `__consumer_offsets`.

A broker that stops gives its partitions away first. Its metadata says so at once; some 50 ms later it begins
to answer NOT_COORDINATOR, and does so for as long as it listens: half a second and more. So who has just seen
that a group's partition has a leader is safe for a moment.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka.admin import AdminClient

TOPIC = "__consumer_offsets"
NOWHERE = -1
# How old a look may be: a thousand groups are asked for their offsets at once, and one is enough for many.
MOMENT_SECONDS = 0.02
# On a machine so busy that metadata takes longer than that.
LOOKS = 5
# How long a look that failed holds: not each of a thousand groups shall wait for a broker that is away.
FAILED_SECONDS = 0.25


class Coordinators:
    """What was seen of them last. May be used by several threads."""

    def __init__(self) -> None:
        self._leaders: dict[int, int] = {}  # partition -> broker
        self._looked_at = float("-inf")
        self._failed: tuple[float, KafkaException] | None = None

    def moved(self, admin: AdminClient, group_ids: Iterable[str], timeout_seconds: float) -> bool:
        """Whether coordinators are at other brokers than before, so that who remembers them is wrong.

        Raises KafkaException when one of these groups has none, or the broker does not answer.
        """
        deadline = time.monotonic() + timeout_seconds
        before = self._leaders
        for _ in range(LOOKS):
            if time.monotonic() - self._looked_at < MOMENT_SECONDS:
                break
            self._look(admin, max(0.1, deadline - time.monotonic()))
        for group_id in group_ids:
            if self._leaders and self._leaders.get(partition_of(group_id, len(self._leaders))) == NOWHERE:
                raise KafkaException(
                    KafkaError(
                        KafkaError.COORDINATOR_NOT_AVAILABLE, f"group {group_id} has no coordinator now"
                    )
                )
        return any(self._leaders.get(part) not in (broker, NOWHERE) for part, broker in before.items())

    def _look(self, admin: AdminClient, timeout_seconds: float) -> None:
        if self._failed is not None and time.monotonic() - self._failed[0] < FAILED_SECONDS:
            raise self._failed[1]
        asked_at = time.monotonic()
        try:
            topic = admin.list_topics(timeout=timeout_seconds).topics.get(TOPIC)
        except KafkaException as error:
            self._failed = (time.monotonic(), error)
            raise
        self._leaders = {} if topic is None else {part.id: part.leader for part in topic.partitions.values()}
        self._looked_at = asked_at


def partition_of(group_id: str, partitions: int) -> int:
    """The partition of `__consumer_offsets` that a group belongs to, by Java's hash of its name."""
    units = group_id.encode("utf-16-be")
    hashed = 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        hashed = (31 * hashed + (high << 8) + low) & 0xFFFF_FFFF
    if hashed >= 1 << 31:  # negative in Java
        hashed = (1 << 32) - hashed
    return hashed % partitions if hashed < 1 << 31 else 0

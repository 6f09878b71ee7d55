"""Whether this member has joined its group.

Classic groups call `on_assign` after each join, with an empty list when there is no partition to own.
Under KIP-848 a member that owns nothing is told nothing, and it makes its member id itself before it joins.
But joining gives it an epoch, and the epoch is part of its group metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confluent_kafka import Consumer


class Membership:
    """Make it before the consumer subscribes. `silent`: no callback comes for an empty assignment."""

    def __init__(self, consumer: Consumer, group_id: str, *, silent: bool) -> None:
        self._consumer = consumer
        self._group_id = group_id
        self._outside = consumer.consumer_group_metadata() if silent else None
        self._joined = False

    def assigned(self) -> None:
        """The group gave an assignment, be it an empty one."""
        self._joined = True

    def obstacle(self) -> str | None:
        """That it has not joined; None once it has. Call it from the thread that polls.

        It stays joined when it loses its partitions: the client joins again by itself.
        """
        if self._joined:
            return None
        if self._outside is not None and self._consumer.consumer_group_metadata() != self._outside:
            self._joined = True
            return None
        return f"it has not joined group {self._group_id} yet"

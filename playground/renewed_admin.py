"""An admin client that is replaced when it no longer reaches the coordinators of groups.

When a broker has been away, librdkafka (2.16) sometimes lets every request that is meant for a group's
coordinator time out, for minutes, while other requests and a new client are answered at once. So a request
that comes after one that timed out, or finds one waiting for too long, gets a new client.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, KafkaException

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from confluent_kafka.admin import AdminClient

# Calls that go to a coordinator; each returns futures by name.
COORDINATED = {
    "alter_consumer_group_offsets",
    "delete_consumer_groups",
    "describe_consumer_groups",
    "list_consumer_group_offsets",
}
TIMED_OUT = {KafkaError._TIMED_OUT, KafkaError.REQUEST_TIMED_OUT}  # noqa: SLF001 - librdkafka's own name
# Less than our callers wait (5 s), so that the next one after a timeout has a new client.
STUCK_SECONDS = 4.0
log = logging.getLogger("playground.kafka")


class RenewedAdmin:
    """Has every method of an AdminClient; `create` makes one. May be used by several threads."""

    def __init__(self, create: Callable[[], AdminClient]) -> None:
        self._create = create
        self._client = create()
        self._timed_out = False
        self._waiting: dict[int, float] = {}  # number of a request without an answer -> when it was sent
        self._number = 0
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if name not in COORDINATED:
            return getattr(self._client, name)
        return partial(self._ask, name)

    def _ask(self, name: str, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            stuck = any(sent < time.monotonic() - STUCK_SECONDS for sent in self._waiting.values())
            if stuck or self._timed_out:
                self._renew()
            client = self._client
        futures: dict[Any, Future[Any]] = getattr(client, name)(*arguments, **options)
        for future in futures.values():
            self._await(future)
        return futures

    def _await(self, future: Future[Any]) -> None:
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = time.monotonic()
        # No reference to the client: its own thread calls this, and must not be the one to destroy it.
        future.add_done_callback(partial(self._answered, number))

    def _answered(self, number: int, future: Future[Any]) -> None:
        error = future.exception()
        with self._lock:
            if self._waiting.pop(number, None) is None:
                return  # of a client that was replaced
            if isinstance(error, KafkaException) and error.args[0].code() in TIMED_OUT:
                self._timed_out = True

    def _renew(self) -> None:
        """With the lock held."""
        log.warning("no answer from a group's coordinator: the admin client is replaced")
        old, self._client = self._client, self._create()
        self._waiting.clear()
        self._timed_out = False
        # Ending its threads may take a while.
        threading.Thread(target=_forget, args=([old],), daemon=True).start()


def _forget(clients: list[AdminClient]) -> None:
    clients.clear()

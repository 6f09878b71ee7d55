"""An admin client whose requests to coordinators and controllers do not end the process, nor wait for ever.

librdkafka (2.16) has four defects there, all of which show when a broker goes away or comes back:

- A request that times out inside librdkafka while it waits for its coordinator is freed but not forgotten.
  When the coordinator is connected again it is used once more, and the process ends: SIGABRT,
  `eonce->refcnt > 0` (confluentinc/librdkafka#4605, #5397). So librdkafka is given an hour, we keep the time,
  and a request that is out of time is withdrawn together with its client: destroying one ends its requests
  properly.
- Answers NOT_COORDINATOR and COORDINATOR_NOT_AVAILABLE to a request for a group's offsets make it look for
  the consumer group of a client that has none: SIGSEGV (confluentinc/librdkafka#5040). So playground/
  coordinators.py is asked before. That makes it rarer, not impossible: what remains is the time from there
  until the broker has the request, some milliseconds, and far more on a machine that is overloaded.
- Sometimes every request for a coordinator waits for minutes after the broker has come back, while a new
  client is answered at once. That is the same as being out of time.
- After a broker was overloaded for minutes, every request for the controller timed out ("Failed while waiting
  for controller") in a client that could reach it, until its process was ended. The same again.

With a librdkafka that has repaired all four, `create_admin` alone will do.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException

from playground.coordinators import Coordinators

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka.admin import AdminClient

# Calls that go to a coordinator or to the controller; each returns futures by name.
AWAITED = {
    "alter_consumer_group_offsets",
    "delete_consumer_groups",
    "describe_consumer_groups",
    "describe_topics",
    "list_consumer_group_offsets",
}
# Those of them whose answer may end the process; they take a list of ConsumerGroupTopicPartitions.
OF_OFFSETS = {"alter_consumer_group_offsets", "list_consumer_group_offsets"}
# For a request whose caller names no time.
REQUEST_SECONDS = 60.0
# The most that librdkafka takes.
LIBRDKAFKA_SECONDS = 3600.0
log = logging.getLogger("playground.kafka")


class Waiting(NamedTuple):
    """A request without an answer. `deadline`: on the monotonic clock, in seconds."""

    deadline: float
    answer: Future[Any]


class RenewedAdmin:
    """Has every method of an AdminClient; `create` makes one. May be used by several threads."""

    def __init__(self, create: Callable[[], AdminClient]) -> None:
        self._create = create
        self._client: AdminClient | None = create()
        self._coordinators = Coordinators()
        self._waiting: dict[int, Waiting] = {}
        self._number = 0
        self._changed = threading.Condition()
        self._wakes_at = 0.0
        self._watcher: threading.Thread | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in AWAITED:
            return getattr(self._current(), name)
        return partial(self._ask, name)

    def _current(self) -> AdminClient:
        with self._changed:
            if self._client is None:
                self._client = self._create()
            return self._client

    def _ask(
        self, name: str, *arguments: Any, request_timeout: float = REQUEST_SECONDS, **options: Any
    ) -> dict[Any, Future[Any]]:
        deadline = time.monotonic() + request_timeout
        if name in OF_OFFSETS:
            group_ids = [each.group_id for each in arguments[0]]
            try:
                moved = self._coordinators.moved(self._current(), group_ids, request_timeout)
            except KafkaException as error:
                return {group_id: _failed(error) for group_id in group_ids}
            if moved:
                self._withdraw("the coordinators of groups have moved")
        asked = getattr(self._current(), name)(*arguments, request_timeout=LIBRDKAFKA_SECONDS, **options)
        return {key: self._wait_for(future, deadline) for key, future in asked.items()}

    def _wait_for(self, future: Future[Any], deadline: float) -> Future[Any]:
        answer: Future[Any] = Future()
        with self._changed:
            self._number += 1
            number = self._number
            self._waiting[number] = Waiting(deadline, answer)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True, name="renewed-admin")
                self._watcher.start()
            elif deadline < self._wakes_at:
                self._changed.notify()
        # No reference to the client: its own thread calls this, and must not be the one to destroy it.
        future.add_done_callback(partial(self._answered, number))
        return answer

    def _answered(self, number: int, future: Future[Any]) -> None:
        with self._changed:
            waiting = self._waiting.pop(number, None)
        if waiting is None:
            return  # it was withdrawn
        if (error := future.exception()) is not None:
            waiting.answer.set_exception(error)
        else:
            waiting.answer.set_result(future.result())

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._wakes_at = min((each.deadline for each in self._waiting.values()), default=float("inf"))
                left = self._wakes_at - time.monotonic()
                if left > 0:
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
                    continue
            self._withdraw("no answer from a group's coordinator or the controller")

    def _withdraw(self, why: str) -> None:
        """End what waits, with its client; the next request makes another one."""
        with self._changed:
            old, self._client = [self._client], None
            waiting = list(self._waiting.values())
            self._waiting.clear()
        log.warning("%s: the admin client is replaced", why)
        # Ending its threads may take a while.
        threading.Thread(target=old.clear, daemon=True).start()
        for each in waiting:
            each.answer.set_exception(KafkaException(KafkaError(KafkaError._TIMED_OUT, why)))  # noqa: SLF001


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future

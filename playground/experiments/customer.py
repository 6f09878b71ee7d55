"""A customer who sends orders at a steady rate and writes down which of them were acknowledged.

That list is what "nothing lost" is judged by.

Open loop: the pace is set by the clock. Orders carry the names of users of whom it is known to which
partition they go (the API said so), so that every partition is fed at every tick and a pause in its
handling is a pause of the consumers, not of the traffic.
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from playground.api_client import ApiRefused
from playground.errors import PlaygroundError, StackError

if TYPE_CHECKING:
    from playground.api_client import Api
    from playground.experiments.timeline import Recorder

TICK_SECONDS = 0.05
MAX_ORDERS_PER_REQUEST = 2000
USERS_PER_QUESTION = 64
MOST_QUESTIONS = 40
ITEMS = ("book", "pen", "lamp", "chair", "mug", "desk")
_encode = msgspec.json.Encoder().encode


class Customer:
    """Sends orders through POST /produce. Start and stop it as often as needed."""

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._users: dict[int, list[str]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def learn_users(self, partitions: int) -> None:
        """Find users for every partition, by sending an order for each of a few.

        Raises StackError when after many orders a partition still has none.
        """
        for question in range(MOST_QUESTIONS):
            names = [f"user-{question * USERS_PER_QUESTION + n + 1}" for n in range(USERS_PER_QUESTION)]
            answer = self.send([_order(name) for name in names])
            for accepted in answer["accepted"]:
                self._users.setdefault(accepted["partition"], []).append(names[accepted["index"]])
            if len(self._users) == partitions:
                return
        raise StackError(
            f"only {len(self._users)} of {partitions} partitions have a user among many",
            next_step="run experiments on a topic with fewer partitions: `playground topics` shows them",
        )

    def start(self, rate: float) -> None:
        """Send `rate` orders per second in all, until `stop`."""
        self._stop.clear()
        self._recorder.add("mark", name="orders_start", rate=rate)
        self._thread = threading.Thread(target=self._run, args=(rate,), daemon=True, name="customer")
        self._thread.start()

    def stop(self) -> None:
        """Returns after the last answer."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None
            self._recorder.add("mark", name="orders_stop")

    def send(self, orders: list[dict[str, Any]], key: str = "user") -> Any:
        """Send one batch and write its outcome down; the API's answer.

        Raises PlaygroundError when it was refused as a whole.
        """
        began = time.monotonic()
        try:
            answer = self._api.send(
                "POST",
                "/produce",
                b"\n".join(map(_encode, orders)),
                content_type="application/x-ndjson",
                query={"key": key},
            )
        except PlaygroundError as error:
            status = error.status if isinstance(error, ApiRefused) else None
            self._refused(len(orders), status, str(error), time.monotonic() - began)
            raise
        if answer["rejected"]:
            detail = answer["rejected"][0]["detail"]
            self._refused(len(answer["rejected"]), 207, detail, time.monotonic() - began)
        self._accepted(answer["accepted"], time.monotonic() - began)
        return answer

    def burst(self, count: int) -> None:
        """Send `count` orders for each partition at once.

        Raises PlaygroundError when they were refused.
        """
        self.send([_order(names[0]) for names in self._users.values() for _ in range(count)])

    def send_bad(self, poison: str, value: bytes | None, partition: int) -> None:
        """Write a record that is no order and note where it is; `poison` says what is wrong with it.

        Raises PlaygroundError when it was refused.
        """
        began = time.monotonic()
        place = self._api.send(
            "POST",
            "/produce/raw",
            value or b"",
            content_type="application/octet-stream",
            query={"partition": partition, "tombstone": "true" if value is None else None},
        )
        self._accepted([place], time.monotonic() - began, poison=poison)

    def _run(self, rate: float) -> None:
        began = time.monotonic()
        share = rate / len(self._users)
        sent = 0
        while not self._stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - began) % TICK_SECONDS)):
            due = int((time.monotonic() - began) * share) - sent
            due = min(due, MAX_ORDERS_PER_REQUEST // len(self._users))
            if due <= 0:
                continue
            sent += due
            orders = [
                _order(random.choice(names))  # noqa: S311 - orders need no cryptography
                for names in self._users.values()
                for _ in range(due)
            ]
            try:
                self.send(orders)
            except PlaygroundError:
                continue  # written down already; the next tick tries with new orders

    def _accepted(self, accepted: list[dict[str, Any]], seconds: float, **more: Any) -> None:
        partitions: dict[str, list[int]] = {}
        for one in accepted:
            entry = partitions.setdefault(str(one["partition"]), [one["offset"], one["offset"], 0])
            entry[0], entry[1] = min(entry[0], one["offset"]), max(entry[1], one["offset"])
            entry[2] += 1
        if partitions:
            self._recorder.add(
                "accepted", count=len(accepted), seconds=round(seconds, 4), partitions=partitions, **more
            )

    def _refused(self, count: int, status: int | None, detail: str, seconds: float) -> None:
        self._recorder.add("refused", count=count, status=status, detail=detail, seconds=round(seconds, 4))


def _order(user: str) -> dict[str, Any]:
    return {"user": user, "item": random.choice(ITEMS), "qty": 1, "age": 30}  # noqa: S311

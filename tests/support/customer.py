"""A customer who writes down what was acknowledged, and never trusts anything else."""

import http.client
import itertools
import json
import threading
from typing import Self
from urllib.parse import urlsplit

from playground.waiting import wait_until

TIMEOUT_SECONDS = 15
PAUSE_SECONDS = 0.05


class Customer:
    """Sends orders in small batches from a thread, each with an id of its own.

    `acknowledged`: ids the API said are accepted. `unknown`: ids whose request ended otherwise; each of
    them may have taken effect or not, but at most once.
    """

    _blocks = itertools.count(1)

    def __init__(self, api_url: str, batch: int = 20) -> None:
        self._url = urlsplit(api_url)
        self._batch = batch
        self._next_id = next(self._blocks) * 10_000_000
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.acknowledged: dict[int, tuple[int, int]] = {}
        self.unknown: set[int] = set()
        self.answers: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        self._thread.join(TIMEOUT_SECONDS + 5)
        assert not self._thread.is_alive(), "the API let a customer wait forever"

    def wait_for_more(self, orders: int, seconds: float = 30) -> None:
        """Until that many further orders were acknowledged."""
        wanted = len(self.acknowledged) + orders
        wait_until(
            lambda: len(self.acknowledged) >= wanted,
            f"{orders} more acknowledged orders (answers so far: {self.answers})",
            seconds,
        )

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            ids = range(self._next_id, self._next_id + self._batch)
            self._next_id += self._batch
            self.unknown.update(ids)
            for entry in self._send(ids):
                self.acknowledged[entry["order_id"]] = (entry["partition"], entry["offset"])
            self.unknown.difference_update(self.acknowledged)

    def _send(self, ids: range) -> list[dict]:
        orders = [
            {
                "order_id": number,
                "user": f"user-{number % 97}",
                "item": f"item-{number % 7}",
                "qty": 1 + number % 3,
            }
            for number in ids
        ]
        body = "\n".join(map(json.dumps, orders))
        connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/produce", body, {"Content-Type": "application/x-ndjson"})
            answer = connection.getresponse()
            document = json.load(answer)
        except (OSError, http.client.HTTPException, ValueError):
            self.answers[0] = self.answers.get(0, 0) + 1
            return []
        finally:
            connection.close()
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        return document.get("accepted", [])

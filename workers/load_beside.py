"""What the load generator sends beside orders: who its users are, and payments of some of its orders.

Sent once a second at most, in one request each, so that the pace of the orders does not suffer. What is
refused is sent again with the next; of payments that pile up meanwhile the oldest are let go.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from playground.settings import LoadSettings

    Post = Callable[[str, list[dict[str, object]]], bool]

AT_ONCE = 1000
CITIES = ("Berlin", "Paris", "Rome", "Oslo", "Lisbon", "Warsaw", "Athens")
TIERS = ("bronze", "silver", "gold")


class Beside:
    """Profiles of the first AT_ONCE users, then each second of one who moves, and payments.

    `post`: sends an array to a path of the API; whether it was acknowledged.
    """

    def __init__(self, settings: LoadSettings, post: Post) -> None:
        self._settings = settings
        self._post = post
        self._users = min(settings.users, AT_ONCE)
        self._announced = False
        self._unpaid: deque[int] = deque(maxlen=10 * AT_ONCE)

    def accepted(self, order_ids: Iterable[int]) -> None:
        """Orders that the API has acknowledged; some of them will be paid."""
        share = self._settings.paid_share
        self._unpaid.extend(each for each in order_ids if random.random() < share)  # noqa: S311 - load

    def send(self) -> None:
        """What is due; called once a second."""
        if self._announced:
            profiles = [profile(random.randrange(self._users), moved=True)]  # noqa: S311
        else:
            profiles = [profile(user) for user in range(self._users)]
        self._announced = self._post("/users", profiles) or self._announced
        due = [self._unpaid.popleft() for _ in range(min(AT_ONCE, len(self._unpaid)))]
        if due and not self._post("/payments", [payment(order_id) for order_id in due]):
            self._unpaid.extendleft(reversed(due))


def profile(user: int, *, moved: bool = False) -> dict[str, object]:
    """Of a user, by number: always the same, or in another city."""
    city = random.choice(CITIES) if moved else CITIES[user % len(CITIES)]  # noqa: S311
    return {"user": f"user-{user + 1}", "city": city, "tier": TIERS[user % len(TIERS)]}


def payment(order_id: int) -> dict[str, object]:
    """Of an order: some amount, in cents."""
    return {"order_id": order_id, "amount": random.randint(100, 10_000)}  # noqa: S311

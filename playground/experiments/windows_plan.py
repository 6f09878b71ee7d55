"""The orders of `windows`: when each happens, and when it comes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.tables import MINUTE_MS

if TYPE_CHECKING:
    from playground.experiments.windows import WindowsSettings

ITEMS = ("book", "pen", "lamp")
USERS = 40


@dataclass(frozen=True)
class Event:
    """An order that happens at `time` and comes at `arrival`, by the clock of the plan; both in ms."""

    user: str
    item: str
    time: int
    arrival: float
    late: bool


def plan_events(given: WindowsSettings, began: int) -> list[Event]:
    """The orders in the order in which they come, the same ones for the same settings and beginning.

    Most are out of order by `out_of_order_seconds` at most. Those that are late come when the others have
    moved stream time past the end of their window and the grace period: so far as minutes are left for that.
    """
    spacing = given.minutes * MINUTE_MS / given.orders
    shuffle, grace = given.out_of_order_seconds * 1000, given.grace_seconds * 1000
    times = [began + int(number * spacing) for number in range(given.orders)]
    arrival_when_late = [
        time - time % MINUTE_MS + MINUTE_MS + grace + shuffle + 2 * spacing for time in times
    ]
    ended = began + given.minutes * MINUTE_MS
    could = [number for number, arrival in enumerate(arrival_when_late) if arrival < ended]
    step = max(1, len(could) // given.late) if given.late else 1
    late = set(could[::step][: given.late])
    chance = random.Random(0)  # noqa: S311 - the same disorder each time
    events = []
    for number, time in enumerate(times):
        arrival = arrival_when_late[number] if number in late else time + chance.uniform(0, shuffle)
        user, item = f"user-{number % USERS + 1}", ITEMS[number % len(ITEMS)]
        events.append(Event(user, item, time, arrival, number in late))
    return sorted(events, key=lambda each: each.arrival)

"""Orders in and orders out of a group over time, and the rates that follow from them.

Both come from events that carry their own time (`accepted`, `handled`), so a moment between two samples of
lag has a backlog too. Rates are slopes of least-squares lines, in records per second.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from playground.experiments.ownership import Moment
    from playground.experiments.timeline import Timeline

Point = tuple["Moment", int]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a run."""

    began: Moment
    ended: Moment

    def of(self, points: Iterable[Point]) -> list[Point]:
        """The points in it."""
        return [point for point in points if self.began <= point[0] <= self.ended]


class Curve:
    """A count that only grows: how many there had been at each moment."""

    def __init__(self, steps: Iterable[Point]) -> None:
        ordered = sorted(steps)
        self.moments = [at for at, _count in ordered]
        self.totals = list(accumulate(count for _at, count in ordered))

    def at(self, moment: Moment) -> int:
        """How many by this moment."""
        found = bisect_right(self.moments, moment)
        return self.totals[found - 1] if found else 0

    def rate(self, window: Window) -> float | None:
        """Per second; None when the window holds too little to tell."""
        return slope(window.of(zip(self.moments, self.totals, strict=True)))


@dataclass(frozen=True, slots=True)
class Flow:
    """What was acknowledged since the group's first balance, and what the group has handled of it."""

    produced: Curve
    handled: Curve

    def backlog(self, moment: Moment) -> int:
        """What had come and was not handled."""
        return self.produced.at(moment) - self.handled.at(moment)

    def drained(self, since: Moment, backlog: int) -> Moment | None:
        """When first, from `since` on, no more than `backlog` was left; None: never."""
        moments = [since, *(at for at in self.handled.moments if at > since)]
        return next((at for at in moments if self.backlog(at) <= backlog), None)


def read_flow(timeline: Timeline, group_id: str) -> Flow | None:
    """The flow of a group that had nothing left to read when its balance `before` was taken.

    None without that balance.
    """
    balances = [each for each in timeline.of("audit") if each["group_id"] == group_id]
    if not balances or balances[0]["name"] != "before":
        return None
    since = balances[0].at
    produced = [(each.at, each["count"]) for each in timeline.of("accepted") if each.at >= since]
    handled = [
        (each.at, sum(last - first + 1 for _partition, first, last, _count in each["partitions"]))
        for each in timeline.of("handled")
        if each["group_id"] == group_id and each.at >= since
    ]
    return Flow(Curve(produced), Curve(handled))


def marked(timeline: Timeline, name: str) -> Window | None:
    """The stretch that a step watched under this name; None when it did not come to its end."""
    began, ended = timeline.marks(f"{name}_began"), timeline.marks(f"{name}_ended")
    return Window(began[0].at, ended[0].at) if began and ended else None


def slope(points: Sequence[Point]) -> float | None:
    """Of the least-squares line through points of (milliseconds, count), per second.

    None for fewer than three points, or when all are of one moment.
    """
    if len(points) < 3:
        return None
    middle_at = sum(at for at, _count in points) / len(points)
    middle = sum(count for _at, count in points) / len(points)
    spread = sum((at - middle_at) ** 2 for at, _count in points)
    if not spread:
        return None
    return 1000 * sum((at - middle_at) * (count - middle) for at, count in points) / spread

"""What `lag` measures: growth while members are slow, the time to drain, and what is while nobody reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.flow import Window, marked, read_flow, slope
from playground.experiments.lag_seen import total_lag
from playground.experiments.rebalances import read_rebalances

if TYPE_CHECKING:
    from playground.experiments.timeline import Observation, Timeline

SLOW = "slow"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Growth:
    """Rates in records per second while members were slow; `samples` of lag."""

    produced: float
    consumed: float
    lag: float
    samples: int

    @property
    def expected(self) -> float:
        """How fast lag should grow."""
        return self.produced - self.consumed


@dataclass(frozen=True, slots=True)
class Drain:
    """From the moment that the last new member had its partitions. Rates in records per second.

    `members`: that have partitions. `even`: all of them have as many, now and before, so that none has to
    be waited for. `capacity`: of one member. `left`: lag that counts as none. `measured` None: it never came
    so far.
    """

    members: int
    even: bool
    backlog: int
    left: int
    capacity: float
    produced: float
    grew_for: float
    measured: float | None
    looked_for: float

    @property
    def predicted(self) -> float | None:
        """In seconds; None when these members are not faster than orders come."""
        surplus = self.members * self.capacity - self.produced
        return (self.backlog - self.left) / surplus if surplus > 0 else None


@dataclass(frozen=True, slots=True)
class Standstill:
    """What was before and after a stretch without members; `acknowledged` in between, per partition."""

    before: Observation
    after: Observation
    group_id: str
    acknowledged: Counter[int]
    refused: int

    def committed(self, partition: int) -> tuple[int | None, int | None]:
        """Before and after."""
        old, new = (each["groups"][self.group_id]["committed"] for each in (self.before, self.after))
        return old.get(str(partition)), new.get(str(partition))

    def growth(self, partition: int) -> int | None:
        """Of lag; None when one of the two is not known."""
        old, new = (
            each["groups"][self.group_id]["lag"].get(str(partition)) for each in (self.before, self.after)
        )
        return None if old is None or new is None else new - old

    def written(self, partition: int) -> int:
        """By anybody: what the end of the partition says."""
        return int(self.after["ends"][str(partition)]) - int(self.before["ends"][str(partition)])

    def row(self, partition: int) -> list[int | None]:
        """Committed before and after, acknowledged, growth of lag."""
        return [*self.committed(partition), self.acknowledged[partition], self.growth(partition)]


def group_of(timeline: Timeline) -> str:
    """The id of the run's group."""
    return f"{timeline.head['run_id']}-{SLOW}"


def read_growth(timeline: Timeline) -> Growth | None:
    """None when the timeline does not hold it."""
    flow, window = read_flow(timeline, group_of(timeline)), marked(timeline, SLOW)
    if flow is None or window is None:
        return None
    samples = window.of(total_lag(timeline, group_of(timeline)))
    produced, consumed, lag = flow.produced.rate(window), flow.handled.rate(window), slope(samples)
    if produced is None or consumed is None or lag is None:
        return None
    return Growth(produced, consumed, lag, len(samples))


def read_drain(timeline: Timeline) -> Drain | None:
    """None when the timeline does not hold it."""
    group_id = group_of(timeline)
    flow, window, growth = read_flow(timeline, group_id), marked(timeline, SLOW), read_growth(timeline)
    marks = timeline.marks("draining")
    if flow is None or window is None or growth is None or not marks:
        return None
    scaled = next((each for each in read_rebalances(timeline, group_id) if each.asked >= window.ended), None)
    if scaled is None or not scaled.members or not scaled.members_before:
        return None
    left = int(marks[0]["left"])
    partitions = len(timeline.partitions)
    working, before = min(scaled.members, partitions), min(scaled.members_before, partitions)
    stops = [each.at for each in timeline.marks("orders_stop") if each.at > scaled.settled]
    until = min(stops, default=timeline.span[1])
    drained = flow.drained(scaled.settled, left)
    if drained is not None and drained > until:  # it was gone because no more orders came
        drained = None
    return Drain(
        members=working,
        even=partitions % working == partitions % before == 0,
        backlog=flow.backlog(scaled.settled),
        left=left,
        capacity=growth.consumed / before,
        produced=growth.produced,
        grew_for=(scaled.settled - window.began) / 1000,
        measured=None if drained is None else (drained - scaled.settled) / 1000,
        looked_for=(until - scaled.settled) / 1000,
    )


def read_standstill(timeline: Timeline) -> Standstill | None:
    """None when the timeline does not hold it."""
    group_id, window = group_of(timeline), _orders_around(timeline, NOBODY)
    named = {each["name"]: each for each in timeline.of("offsets") if each.get("name")}
    before, after = named.get(f"{NOBODY}_before"), named.get(f"{NOBODY}_after")
    if window is None or before is None or after is None:
        return None
    if group_id not in before["groups"] or group_id not in after["groups"]:
        return None
    acknowledged: Counter[int] = Counter()
    refused = 0
    for seen in timeline.of("accepted", "refused"):
        if not window.began <= seen.at <= window.ended:
            continue
        if seen.kind == "refused":
            refused += seen["count"]
            continue
        for partition, (_first, _last, count) in seen["partitions"].items():
            acknowledged[int(partition)] += count
    return Standstill(before, after, group_id, acknowledged, refused)


def _orders_around(timeline: Timeline, name: str) -> Window | None:
    """From the first to the last order that was sent while a step watched under this name."""
    watched = marked(timeline, name)
    if watched is None:
        return None
    began = [each.at for each in timeline.marks("orders_start") if each.at <= watched.began]
    ended = [each.at for each in timeline.marks("orders_stop") if each.at >= watched.ended]
    return Window(began[-1], ended[0]) if began and ended else None

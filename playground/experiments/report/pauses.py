"""Stretches in which no order of a partition was handled although there were some.

Looked for where a partition changes hands, and anywhere that one is much longer than usual: a stopped
broker, a database that hangs.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import TYPE_CHECKING

from playground.experiments.ownership import Gap, longest_gap, read_handled, read_ownership
from playground.experiments.rebalances import read_rebalances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playground.experiments.ownership import Handled, Moment, Ownership, Tenure
    from playground.experiments.timeline import Timeline

# Without a change of owner: this long, and so many times longer than between two batches usually.
LONG_MS, TIMES_LONGER = 500, 5
# An order is acknowledged about when it is handled, so a short pause may seem to have had none waiting.
SHORT_MS = 1000


@dataclass(frozen=True, slots=True)
class Pause:
    """`began`: its last order before was handled. `ended`: the first one after; None: never again.

    `old`, `new`: the owners before and after (the same when it did not change hands, None: nobody).
    `handover`: when the new one got it. `until`: to where an open pause was looked at.
    """

    partition: int
    began: Moment
    ended: Moment | None
    until: Moment
    old: str | None
    new: str | None
    handover: Moment | None = None

    @property
    def last(self) -> Moment:
        """The last moment of it that is known."""
        return self.until if self.ended is None else self.ended

    @property
    def ms(self) -> int:
        """Its length; an open one is at least this long."""
        return self.last - self.began


def read_pauses(timeline: Timeline, group_id: str, alive_until: Moment) -> list[Pause]:
    """The pauses of a group in the order they began. `alive_until`: when its last member was gone."""
    ownership = read_ownership(timeline, group_id)
    handled = read_handled(timeline, group_id)
    demand = _Demand(timeline)
    rebalances = read_rebalances(timeline, group_id)
    found = []
    for partition, batches in handled.items():
        tenures = [each for each in ownership.tenures if each.partition == partition]
        gaps = [*_at_changes(tenures, batches, alive_until), *_long(batches, alive_until)]
        gaps += [
            each.gaps[partition]
            for each in rebalances
            if partition in each.moved | each.revoked and partition in each.gaps
        ]
        found += [
            _pause(partition, gap, tenures, ownership, alive_until)
            for gap in dict.fromkeys(gaps)
            if demand.waited(partition, gap, batches, alive_until)
        ]
    return sorted(found, key=lambda each: (each.began, each.partition))


def _at_changes(tenures: Sequence[Tenure], batches: Sequence[Handled], until: Moment) -> Iterator[Gap]:
    successors = [each.began for each in tenures[1:]]
    for tenure, successor in zip(tenures, [*successors, until], strict=False):
        if tenure.ended is not None and tenure.ended <= successor:
            gap = longest_gap(batches, tenure.ended, successor)
            if gap is not None:
                yield gap


def _long(batches: Sequence[Handled], until: Moment) -> Iterator[Gap]:
    gaps = [Gap(one.at, other.at) for one, other in pairwise(batches)]
    if not gaps:
        return
    limit = max(LONG_MS, TIMES_LONGER * median(gap.length(until) for gap in gaps))
    yield from (gap for gap in gaps if gap.length(until) >= limit)
    if until - batches[-1].at >= limit:
        yield Gap(batches[-1].at, None)


def _pause(partition: int, gap: Gap, tenures: Sequence[Tenure], ownership: Ownership, until: Moment) -> Pause:
    last = until if gap.ended is None else gap.ended
    before = ownership.owners_at(gap.began).get(partition)
    after = ownership.owners_at(last if gap.ended is not None else last - 1).get(partition)
    handovers = [each.began for each in tenures if gap.began < each.began <= last]
    return Pause(
        partition=partition,
        began=gap.began,
        ended=gap.ended,
        until=until,
        old=before[0] if before else None,
        new=after[0] if after else None,
        handover=handovers[-1] if handovers else None,
    )


class _Demand:
    """Which orders were there to be handled: where nobody sends any, nobody pauses."""

    def __init__(self, timeline: Timeline) -> None:
        self._refused = [each.at for each in timeline.of("refused")]
        self._times: dict[int, list[Moment]] = {}
        offsets: dict[int, list[int]] = {}
        for seen in timeline.of("accepted"):
            for partition, (_first, last, _count) in seen["partitions"].items():
                self._times.setdefault(int(partition), []).append(seen.at)
                offsets.setdefault(int(partition), []).append(last)
        self._offsets = {part: list(accumulate(lasts, max)) for part, lasts in offsets.items()}

    def waited(self, partition: int, gap: Gap, batches: Sequence[Handled], until: Moment) -> bool:
        """Whether an order waited for most of this gap, or was refused in it.

        True as well for a short gap that ended, and when all orders came from somebody else: then nobody
        knows.
        """
        ended = until if gap.ended is None else gap.ended
        if ended <= gap.began:
            return False
        if gap.ended is not None and ended - gap.began < SHORT_MS:
            return True
        if any(gap.began <= at <= ended for at in self._refused):
            return True
        if partition not in self._times:
            return gap.ended is not None
        last = max(batch.last for batch in batches if batch.at <= gap.began)
        next_one = bisect_right(self._offsets[partition], last)
        if next_one == len(self._offsets[partition]):
            return False
        since = max(gap.began, self._times[partition][next_one])
        return 2 * (ended - since) >= ended - gap.began

"""Who owned which partition when, and when its orders were handled: read out of a timeline.

The members' own events are the source: `owned` of an assigned, revoked or lost event is everything
that the member owns after it. What a member cannot say itself comes from our actions: a killed worker
owns nothing from that moment on, a frozen one does no work until it is let go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from playground.experiments.timeline import Observation, Timeline

# Milliseconds since 1970, as everywhere in a timeline.
Moment = int
GIVEN_UP = {"partitions_revoked": "revoked", "partitions_lost": "lost"}
LIFE_ENDS = {"startup_complete": "restarted", "shutdown_complete": "left", "fatal": "failed"}


@dataclass(frozen=True, slots=True)
class Tenure:
    """One partition with one owner. `ended` None: to the end of what is known.

    `why` it ended: revoked, lost, left, killed, paused, restarted, failed.
    """

    partition: int
    owner: str
    began: Moment
    ended: Moment | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """A batch of one partition that was written: offsets `first` to `last`, `count` of them took effect."""

    at: Moment
    worker: str
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a partition was not worked on. `ended` None: it was never worked on again."""

    began: Moment
    ended: Moment | None

    def length(self, until: Moment) -> int:
        """In milliseconds; an open one is as long as was looked."""
        return (until if self.ended is None else self.ended) - self.began


class Ownership:
    """The tenures of one group."""

    def __init__(self, tenures: Sequence[Tenure]) -> None:
        self.tenures = sorted(tenures, key=lambda each: (each.began, each.partition))

    def owners_at(self, moment: Moment) -> dict[int, list[str]]:
        """Partition -> its owners; more than one is what must never be."""
        owners: dict[int, list[str]] = {}
        for each in self.tenures:
            if each.began <= moment and (each.ended is None or moment < each.ended):
                owners.setdefault(each.partition, []).append(each.owner)
        return owners

    def changes(self, began: Moment, ended: Moment) -> list[Moment]:
        """When somebody got or gave up a partition in this stretch."""
        moments = [each.began for each in self.tenures]
        moments += [each.ended for each in self.tenures if each.ended is not None]
        return sorted(moment for moment in moments if began <= moment <= ended)


def read_ownership(timeline: Timeline, group_id: str) -> Ownership:
    """The tenures of a group, from the beginning of the timeline to its end."""
    ledger = _Ledger()
    for seen in timeline.of("worker", "action"):
        if seen.kind == "action":
            ledger.acted(seen)
        elif seen.get("group_id") == group_id:
            ledger.heard(seen)
    return Ownership(ledger.tenures())


class _Ledger:
    """Who owns what now, and the tenures that have ended."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], Moment] = {}
        self._ended: list[Tenure] = []
        self._frozen: dict[str, set[int]] = {}

    def tenures(self) -> list[Tenure]:
        still = [Tenure(partition, owner, began) for (owner, partition), began in self._open.items()]
        return self._ended + still

    def heard(self, seen: Observation) -> None:
        name, worker = seen["event"], seen["worker"]
        if name in LIFE_ENDS:
            self._frozen.pop(worker, None)
            self._end(self._owned(worker), worker, seen.at, LIFE_ENDS[name])
        elif name == "partitions_assigned" or name in GIVEN_UP:
            self._frozen.pop(worker, None)
            owned = set(seen["owned"])
            self._end(self._owned(worker) - owned, worker, seen.at, GIVEN_UP.get(name, "revoked"))
            self._begin(owned - self._owned(worker), worker, seen.at)

    def acted(self, seen: Observation) -> None:
        worker = str(seen.get("target", ""))
        if seen["action"] == "kill":
            self._frozen.pop(worker, None)
            self._end(self._owned(worker), worker, seen.at, "killed")
        elif seen["action"] == "pause":
            self._frozen[worker] = self._owned(worker)
            self._end(self._owned(worker), worker, seen.at, "paused")
        elif seen["action"] == "resume":
            taken = {partition for _owner, partition in self._open}
            self._begin(self._frozen.pop(worker, set()) - taken, worker, seen.at)

    def _owned(self, worker: str) -> set[int]:
        return {partition for owner, partition in self._open if owner == worker}

    def _begin(self, partitions: Iterable[int], worker: str, at: Moment) -> None:
        for partition in partitions:
            self._open[worker, partition] = at

    def _end(self, partitions: Iterable[int], worker: str, at: Moment, why: str) -> None:
        for partition in partitions:
            began = self._open.pop((worker, partition))
            self._ended.append(Tenure(partition, worker, began, at, why))


def read_handled(timeline: Timeline, group_id: str) -> dict[int, list[Handled]]:
    """Partition -> its batches, in the order they were written."""
    found: dict[int, list[Handled]] = {}
    for seen in timeline.of("handled"):
        if seen["group_id"] == group_id:
            for partition, first, last, count in seen["partitions"]:
                found.setdefault(partition, []).append(Handled(seen.at, seen["worker"], first, last, count))
    return found


def longest_gap(batches: Sequence[Handled], began: Moment, ended: Moment) -> Gap | None:
    """The longest stretch without a batch that overlaps `began` to `ended`.

    None when nothing was handled before `began`: then nobody knows how long the pause was.
    """
    before = [batch.at for batch in batches if batch.at <= began]
    if not before:
        return None
    inside = [batch.at for batch in batches if began < batch.at <= ended]
    after = [batch.at for batch in batches if batch.at > ended]
    moments = [before[-1], *inside, *after[:1]]
    gaps = [Gap(*pair) for pair in pairwise(moments)]
    if not after:
        gaps.append(Gap(moments[-1], None))
    return max(gaps, key=lambda gap: gap.length(ended))

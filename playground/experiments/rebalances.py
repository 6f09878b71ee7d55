"""The rebalances of a run: each is what one change set off, until broker and members agree again.

A change is a scaling, or a restart of all members one by one (a roll).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.experiments.ownership import longest_gap, read_handled, read_ownership

if TYPE_CHECKING:
    from playground.experiments.ownership import Gap, Moment, Ownership
    from playground.experiments.timeline import Observation, Timeline


@dataclass(frozen=True, slots=True)
class Rebalance:
    """From a change being asked for to the group being stable.

    `began` and `complete`: when Kafka heard of it first and last: new members subscribed, or the leaving
    ones were told to go. `settled`: when the last partition found its owner. `agreed`: when broker and
    members had been seen to agree. `moved`: partitions that another member owned meanwhile, also if they
    came back; `handovers`: how often that happened. `revoked`: partitions that were taken from an owner,
    also if it got them back. `gaps`: partition -> its longest pause; partitions that nobody had worked on
    before are not in it.
    """

    members_before: int
    members: int
    asked: Moment
    began: Moment
    complete: Moment
    settled: Moment
    agreed: Moment
    owners: dict[int, list[str]]
    moved: set[int] = field(default_factory=set)
    handovers: int = 0
    revoked: set[int] = field(default_factory=set)
    gaps: dict[int, Gap] = field(default_factory=dict)
    idle: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the moment that Kafka knew of all changes to the last partition's new owner."""
        return max(0, self.settled - self.complete) / 1000

    def pause_ms(self, partition: int) -> int | None:
        """How long a partition was not worked on; None when that cannot be told."""
        gap = self.gaps.get(partition)
        return None if gap is None else gap.length(self.agreed)


def read_rebalances(timeline: Timeline, group_id: str) -> list[Rebalance]:
    """One per change of this group's workers after which it was seen to become stable."""
    ownership = read_ownership(timeline, group_id)
    handled = read_handled(timeline, group_id)
    asked_for = [each for each in timeline.of("action") if is_change(each, group_id)]
    found: list[Rebalance] = []
    for index, asked in enumerate(asked_for):
        until = asked_for[index + 1].at if index + 1 < len(asked_for) else timeline.span[1] + 1
        agreed = next((each for each in stable(timeline, group_id) if asked.at <= each.at < until), None)
        if agreed is None:
            continue
        before = found[-1] if found else None
        began, complete = _heard(timeline, group_id, asked, agreed)
        changes = ownership.changes(began, agreed.at)
        owners = ownership.owners_at(agreed.at)
        moves = _moves(ownership, before.owners if before else {}, began, agreed.at)
        found.append(
            Rebalance(
                members_before=before.members if before else 0,
                members=int(asked["replicas"]),
                asked=asked.at,
                began=began,
                complete=complete,
                settled=changes[-1] if changes else complete,
                agreed=agreed.at,
                owners=owners,
                moved=set(moves),
                handovers=moves.total(),
                revoked=_revoked(ownership, began, agreed.at),
                gaps={
                    part: gap
                    for part, batches in handled.items()
                    if (gap := longest_gap(batches, began, agreed.at)) is not None
                },
                idle=sorted(set(agreed["members"]) - {name for names in owners.values() for name in names}),
            )
        )
    return found


def is_change(seen: Observation, group_id: str) -> bool:
    """Whether an action changes who is a member of this group."""
    return seen["action"] in {"scale", "roll"} and seen.get("group_id") == group_id


def stable(timeline: Timeline, group_id: str) -> list[Observation]:
    """The moments at which broker and members were seen to agree."""
    return [each for each in timeline.of("stable") if each["group_id"] == group_id]


def _heard(
    timeline: Timeline, group_id: str, asked: Observation, agreed: Observation
) -> tuple[Moment, Moment]:
    """When Kafka heard of it. Starting a process takes longer than a rebalance and is not part of one."""
    joined = [
        each.at
        for each in timeline.of("worker")
        if each["event"] == "startup_complete"
        and each.get("group_id") == group_id
        and asked.at <= each.at <= agreed.at
    ]
    began = (
        asked.at if asked["action"] == "roll" else min(joined, default=asked.at)
    )  # a roll begins with a leave
    return began, max(joined, default=asked.at)


def _moves(ownership: Ownership, before: dict[int, list[str]], began: Moment, ended: Moment) -> Counter[int]:
    """Partition -> how often it came to another owner than it had; those that had none before aside."""
    last = {part: names[0] for part, names in before.items() if names}
    moves: Counter[int] = Counter()
    for each in ownership.tenures:
        if began <= each.began <= ended and each.partition in last:
            moves[each.partition] += each.owner != last[each.partition]
            last[each.partition] = each.owner
    return +moves


def _revoked(ownership: Ownership, began: Moment, ended: Moment) -> set[int]:
    return {
        each.partition
        for each in ownership.tenures
        if each.ended is not None and began <= each.ended <= ended
    }

"""What the changes of one group have cost it: pauses of partitions that moved, and of those that did not."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from playground.experiments.ownership import longest_gap, read_handled, read_ownership
from playground.experiments.rebalances import Rebalance, read_rebalances

if TYPE_CHECKING:
    from playground.experiments.ownership import Handled, Ownership
    from playground.experiments.timeline import Timeline


@dataclass(slots=True)
class Costs:
    """Of one group, over all its changes. Pauses in milliseconds, of partitions the slow member never has.

    `steady_kept_ms`: the longest pause of the same partitions just before each change, in a time that is as
    long as the change took, or as there was since the change before.
    `kept`, `kept_revoked`: how often a partition kept its owner, and how often it was taken from it all the
    same. `refused`: writes of members that no longer owned what they wrote to.
    """

    name: str
    group_id: str
    changes: list[Rebalance] = field(default_factory=list)
    roll: Rebalance | None = None
    moved_ms: list[int] = field(default_factory=list)
    kept_ms: list[int] = field(default_factory=list)
    steady_ms: list[int] = field(default_factory=list)
    kept: int = 0
    kept_revoked: int = 0
    handovers: int = 0
    refused: int = 0
    drain_seconds: float | None = None

    @property
    def join_seconds(self) -> list[float]:
        """Per join, from the new member's subscription to the last partition's new owner."""
        return [each.seconds for each in self.changes if each.members > each.members_before]

    @property
    def median_join_seconds(self) -> float | None:
        """Of all joins."""
        return round(statistics.median(self.join_seconds), 2) if self.join_seconds else None

    @property
    def longest_moved_ms(self) -> int | None:
        """Of a partition that went from one fast member to another."""
        return max(self.moved_ms, default=None)

    @property
    def longest_kept_ms(self) -> int | None:
        """Of a partition that stayed with a fast member."""
        return max(self.kept_ms, default=None)

    @property
    def steady_kept_ms(self) -> int | None:
        """Of the same partitions while nothing changed."""
        return max(self.steady_ms, default=None)


def read_costs(timeline: Timeline, name: str, group_id: str, slow: str) -> Costs:
    """The costs of a group's changes after its beginning."""
    costs = Costs(name, group_id)
    ownership = read_ownership(timeline, group_id)
    handled = read_handled(timeline, group_id)
    for before, change in pairwise(read_rebalances(timeline, group_id)):
        if change.members == change.members_before:
            costs.roll = change
            continue
        costs.changes.append(change)
        costs.handovers += change.handovers
        for partition in change.owners:
            owners = _owners(ownership, partition, change)
            if partition not in change.moved:
                costs.kept += 1
                costs.kept_revoked += partition in change.revoked
            if slow not in owners:
                _add_pauses(costs, before, change, partition, handled.get(partition, []))
    costs.refused = sum(
        each["event"] == "write_refused" and each.get("group_id") == group_id
        for each in timeline.of("worker")
    )
    costs.drain_seconds = _drain_seconds(timeline, group_id)
    return costs


def _owners(ownership: Ownership, partition: int, change: Rebalance) -> set[str]:
    """Everybody who had the partition at any time of the change."""
    return {
        each.owner
        for each in ownership.tenures
        if each.partition == partition
        and each.began <= change.agreed
        and (each.ended is None or each.ended >= change.began)
    }


def _add_pauses(
    costs: Costs, before: Rebalance, change: Rebalance, partition: int, batches: list[Handled]
) -> None:
    pause = change.pause_ms(partition)
    if pause is None:
        return
    if partition in change.moved:
        costs.moved_ms.append(pause)
        return
    costs.kept_ms.append(pause)
    since = max(before.agreed, change.began - (change.agreed - change.began))
    # A pause that lasts on is the change's.
    earlier = [batch for batch in batches if batch.at <= change.began]
    steady = longest_gap(earlier, since, change.began)
    if steady is not None:
        costs.steady_ms.append(steady.length(change.began))


def _drain_seconds(timeline: Timeline, group_id: str) -> float | None:
    """From the last order to the group having read everything."""
    after = [
        each for each in timeline.of("audit") if each["group_id"] == group_id and each["name"] == "after"
    ]
    if not after:
        return None
    stops = [each.at for each in timeline.marks("orders_stop") if each.at <= after[0].at]
    return round((after[0].at - stops[-1]) / 1000, 1) if stops else None

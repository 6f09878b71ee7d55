"""Claims that several experiments share. Each function reads a timeline and returns a finding."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from playground.experiments.ownership import read_handled, read_ownership
from playground.experiments.rebalances import read_rebalances
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.ownership import Handled, Ownership, Tenure
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding


# Events of two machines are told by two clocks.
TOLERANCE_MS = 250
FOR_EVER = 2**62


def one_owner_each(timeline: Timeline, group_id: str) -> Finding:
    """At no time had a partition two owners, and when the group was stable each had one.

    Nobody handles records of a partition that it does not own, either.
    """
    ownership = read_ownership(timeline, group_id)
    if wrong := _two_at_once(ownership) or _stranger(ownership, read_handled(timeline, group_id)):
        return failed(wrong)
    found = [each for each in read_rebalances(timeline, group_id) if each.members]
    if not found:
        return inconclusive("the group was never seen stable")
    for number, each in enumerate(found, 1):
        for partition in timeline.partitions:
            owners = each.owners.get(partition, [])
            if len(owners) != 1:
                who = " and ".join(owners) or "nobody"
                return failed(f"with {each.members} members partition {partition} was owned by {who}")
        extra = set(each.owners) - set(timeline.partitions)
        if extra:
            return failed(f"rebalance {number}: owners of partitions that do not exist: {sorted(extra)}")
    return passed(f"{len(timeline.partitions)} partitions, one owner each, after {len(found)} rebalances")


def _two_at_once(ownership: Ownership) -> str | None:
    """Two members that owned a partition at the same time for longer than clocks may differ."""
    by_partition: dict[int, list[Tenure]] = {}
    for each in ownership.tenures:  # by when they began
        by_partition.setdefault(each.partition, []).append(each)
    for partition, tenures in by_partition.items():
        for earlier, later in combinations(tenures, 2):
            ends = min(each.ended or FOR_EVER for each in (earlier, later))
            if earlier.owner != later.owner and ends - later.began > TOLERANCE_MS:
                return f"partition {partition} was owned by {earlier.owner} and {later.owner} at once"
    return None


def _stranger(ownership: Ownership, handled: dict[int, list[Handled]]) -> str | None:
    """A member that handled records of a partition which was not its own."""
    for partition, batches in handled.items():
        tenures = [each for each in ownership.tenures if each.partition == partition]
        for batch in batches:
            own = (each for each in tenures if each.owner == batch.worker)
            if not any(
                each.began - TOLERANCE_MS <= batch.at <= (each.ended or FOR_EVER) + TOLERANCE_MS
                for each in own
            ):
                return f"{batch.worker} handled records of partition {partition}, which it did not own"
    return None


def fair_shares(timeline: Timeline, group_id: str) -> Finding:
    """Members' numbers of partitions differ by one at most, those of idle members included."""
    found = [each for each in read_rebalances(timeline, group_id) if each.members]
    if not found:
        return inconclusive("the group was never seen stable")
    words = []
    for each in found:
        counts = Counter(name for names in each.owners.values() for name in names)
        shares = sorted([*counts.values(), *(0 for _ in each.idle)])
        if len(shares) != each.members:
            return inconclusive(f"{len(shares)} members were seen of {each.members}")
        if shares[-1] - shares[0] > 1:
            return failed(f"with {each.members} members the shares were {shares}", shares=shares)
        words.append(f"{each.members}: {'+'.join(map(str, reversed(shares)))}")
    return passed("; ".join(words))


def idle_beyond_partitions(timeline: Timeline, group_id: str) -> Finding:
    """As many members as partitions work; all others have nothing to do."""
    found = [each for each in read_rebalances(timeline, group_id) if each.members]
    partitions = len(timeline.partitions)
    beyond = [each for each in found if each.members > partitions]
    if not beyond:
        return inconclusive(f"the group never had more than {partitions} members")
    for each in found:
        expected = max(0, each.members - partitions)
        if len(each.idle) != expected:
            return failed(
                f"with {each.members} members and {partitions} partitions {len(each.idle)} were idle, "
                f"not {expected}: {', '.join(each.idle) or 'none'}"
            )
    words = [f"{len(each.idle)} of {each.members}: {', '.join(each.idle)}" for each in beyond]
    return passed("idle were " + "; ".join(words))


def no_worker_restarted(timeline: Timeline, group_id: str) -> Finding:
    """The workers are the same processes at the end as at the beginning, and none said that it failed."""
    noted = {each["when"]: each["workers"] for each in timeline.marks("workers")}
    if {"before", "after"} - noted.keys() or not noted["before"]:
        return inconclusive("the workers were not looked at before and after")
    for name, before in noted["before"].items():
        after = noted["after"].get(name)
        if after is None:
            return failed(f"{name} is gone")
        if after != before:
            times = after["restarts"] - before["restarts"]
            return failed(f"{name} is another process than before, restarted {times} times")
    for seen in timeline.of("worker"):
        if seen["event"] == "fatal" and seen.get("group_id") == group_id:
            return failed(f"{seen['worker']} ended: {seen.get('detail')}")
    return passed(f"{', '.join(sorted(noted['before']))} went on, the same processes as before")

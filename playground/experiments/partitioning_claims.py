"""What `partitioning` claims."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from playground.experiments.flow import marked
from playground.experiments.partitioning_chance import chance_of_staying
from playground.experiments.placements import find_placement, read_placements
from playground.experiments.scratch import OTHER, OURS
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.placements import Placement
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

NO_KEY = "none"
AGE_GROUPS = ("child", "adult", "senior")
# The trap, where it is worst and where our own topic has it: age group -> partition.
TRAPS: dict[tuple[int, str], dict[str | None, int]] = {
    (4, OURS): {"child": 0, "adult": 0, "senior": 0},
    (6, OURS): {"child": 4, "adult": 0, "senior": 2},
    (3, OTHER): {"child": 2, "adult": 2, "senior": 2},
}
GROUP = "ages"
# What chance does no more often than this is not put down to chance.
BY_CHANCE = 1e-5


def same_key_same_partition(timeline: Timeline) -> Finding:
    """With any key: all records of a key are on one partition."""
    keyed = _keyed(timeline)
    if not keyed:
        return inconclusive("no record with a key was written")
    keys = 0
    for each in keyed:
        for key, places in each.by_key().items():
            partitions = {place.partition for place in places}
            if len(partitions) > 1:
                return failed(f"{each}: {key!r} is on partitions {sorted(partitions)}")
            keys += 1
    return passed(f"{keys} keys on {len(keyed)} combinations, each on one partition", keys=keys)


def order_kept(timeline: Timeline) -> Finding:
    """With any key: records of a key stand in their partition in the order they were sent."""
    keyed = _keyed(timeline)
    pairs = 0
    for each in keyed:
        for key, places in each.by_key().items():
            for one, other in pairwise(places):
                if one.partition != other.partition or one.offset >= other.offset:
                    return failed(
                        f"{each}: of {key!r} a record at {one.partition}:{one.offset} was sent before one at "
                        f"{other.partition}:{other.offset}"
                    )
                pairs += 1
    if not pairs:
        return inconclusive("no key had two records")
    return passed(f"{pairs} pairs of records of a key, each in the order sent", pairs=pairs)


def no_key_no_order(timeline: Timeline) -> Finding:
    """Without a key: orders of a customer are on several partitions, between which there is no order.

    That nobody's are proves the opposite only where chance would hardly ever do that.
    """
    without = [each for each in read_placements(timeline) if each.key == NO_KEY and each.partitions > 1]
    if not without:
        return inconclusive("no record without a key was written")
    shares, doubts = [], []
    for each in without:
        several = [places for places in each.by_customer().values() if len(places) > 1]
        if not several:
            doubts.append(f"{each}: no customer had two orders")
            continue
        spread = sum(len({place.partition for place in places}) > 1 for places in several)
        if spread:
            shares.append(spread / len(several))
            continue
        text = f"{each}: the orders of every customer stayed on one partition"
        chance = chance_of_staying(each)
        if chance <= BY_CHANCE:
            return failed(text)
        doubts.append(f"{text}, as by chance in {chance:.2g} of such runs: try more orders, or fewer users")
    if doubts:
        return inconclusive(doubts[0])
    return passed(f"between {min(shares):.0%} and {max(shares):.0%} of the customers had their orders spread")


def age_group_trap(timeline: Timeline) -> Finding:
    """Three keys fill three partitions at most, and where they meet by chance even fewer."""
    found = [each for each in read_placements(timeline) if each.key == "age_group"]
    words = []
    for each in found:
        if len(each.counts) > len(AGE_GROUPS):
            return failed(f"{each}: records are on {len(each.counts)} partitions")
        expected = TRAPS.get((each.partitions, each.partitioner))
        if expected is None:
            continue
        if missing := set(AGE_GROUPS) - each.by_key().keys():
            return inconclusive(f"{each}: no order of {', '.join(sorted(missing))} was written")
        if each.partition_of() != expected:
            return failed(f"{each}: {_told(each)}, not where these keys belong")
        words.append(f"{each.partitioner}, {each.partitions} partitions: {_told(each)}")
    if not words:
        return inconclusive("none of 4 and 6 (murmur2_random) and 3 (consistent_random) partitions was tried")
    return passed("; ".join(words))


def partitioners_disagree(timeline: Timeline) -> Finding:
    """The two partitioners put some users elsewhere, so that one order is kept only if all use the same."""
    words = []
    for each in read_placements(timeline):
        if each.key != "user" or each.partitioner != OURS or each.partitions == 1:
            continue
        other = find_placement(timeline, each.key, each.partitions, OTHER)
        if other is None:
            continue
        ours, theirs = each.partition_of(), other.partition_of()
        elsewhere = [key for key in ours if key in theirs and ours[key] != theirs[key]]
        if not elsewhere:
            return failed(f"with {each.partitions} partitions they agree on all {len(ours)} users")
        words.append(f"{each.partitions} partitions: {len(elsewhere)} of {len(ours)}")
    if not words:
        return inconclusive("no number of partitions was tried with both partitioners")
    return passed("users that go elsewhere: " + "; ".join(words))


def idle_members(timeline: Timeline) -> Finding:
    """Real workers on the topic orders: those whose partitions no age group goes to handle nothing."""
    group_id, window = f"{timeline.head['run_id']}-{GROUP}", marked(timeline, GROUP)
    stable = [each for each in timeline.of("stable") if each["group_id"] == group_id]
    if window is None or not stable:
        return inconclusive("no group was seen to handle orders keyed by age group")
    filled: set[int] = set()
    for seen in timeline.of("accepted"):
        if window.began <= seen.at <= window.ended:
            filled |= {int(partition) for partition in seen["partitions"]}
    if not filled:
        return inconclusive("no order keyed by age group was acknowledged")
    scratch = find_placement(timeline, "age_group", len(timeline.partitions), OURS)
    if scratch is not None and filled != set(scratch.counts):
        return failed(
            f"orders went to partitions {sorted(filled)}, the same keys on a scratch topic to "
            f"{sorted(scratch.counts)}: not one partitioner"
        )
    members, owners = set(stable[-1]["members"]), stable[-1]["owners"]
    busy = {owners[str(partition)] for partition in filled}
    worked = {
        each["worker"]
        for each in timeline.of("handled")
        if each["group_id"] == group_id and each["partitions"]
    }
    if worked != busy:
        return failed(f"{_names(worked)} handled orders, but {_names(busy)} own the partitions that have any")
    return passed(
        f"{len(filled)} of {len(timeline.partitions)} partitions had orders; of {len(members)} members "
        f"{len(members - worked)} were idle: {_names(members - worked)}",
        idle=len(members - worked),
    )


def _keyed(timeline: Timeline) -> list[Placement]:
    return [each for each in read_placements(timeline) if each.key != NO_KEY]


def _told(placement: Placement) -> str:
    return ", ".join(
        f"{key} {partition}" for key, partition in sorted(placement.partition_of().items(), key=str)
    )


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"

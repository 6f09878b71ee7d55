"""What `lag` claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.lag_measures import group_of, read_drain, read_growth, read_standstill
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.lag_measures import Drain
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

MIN_SAMPLES = 4
# A slow worker writes a batch about every half second: less than this is too short to be measured by it.
MIN_DRAIN_SECONDS = 2.0


def is_end_minus_committed(timeline: Timeline) -> Finding:
    """Lag of each partition, and their sum, in every sample in which the group had committed all of them."""
    group_id, samples = group_of(timeline), 0
    for seen in timeline.of("offsets"):
        group = seen["groups"].get(group_id)
        if group is None or None in group["committed"].values():
            continue
        samples += 1
        for partition, lag in group["lag"].items():
            end, committed = seen["ends"][partition], group["committed"][partition]
            if lag != end - committed:
                return failed(f"partition {partition}: lag {lag}, but end {end} - committed {committed}")
        if group["total"] != sum(group["lag"].values()):
            return failed(f"total lag is {group['total']}, its parts {sum(group['lag'].values())}")
    if not samples:
        return inconclusive("lag was never seen with all partitions committed")
    return passed(f"in {samples} samples", samples=samples)


def grows_as_predicted(timeline: Timeline) -> Finding:
    """Growth of lag against produced - consumed, within the tolerance."""
    if missed := _missed(timeline):
        return missed
    growth = read_growth(timeline)
    if growth is None or growth.samples < MIN_SAMPLES:
        return inconclusive(f"lag was seen fewer than {MIN_SAMPLES} times while it should grow")
    tolerance = float(timeline.settings["tolerance"])
    words = (
        f"{growth.produced:.1f} produced - {growth.consumed:.1f} consumed = {growth.expected:.1f} "
        f"per second, lag grew by {growth.lag:.1f}"
    )
    measured = {"expected": round(growth.expected, 2), "growth": round(growth.lag, 2)}
    if growth.expected < tolerance * growth.produced:
        return inconclusive(f"the workers kept up ({words}): a larger rate or delay_ms makes lag grow")
    if abs(growth.lag - growth.expected) > tolerance * growth.expected:
        return failed(f"{words}: more than {tolerance:.0%} off", **measured)
    return passed(words, **measured)


def drains_as_predicted(timeline: Timeline) -> Finding:
    """Time to drain against lag / (capacity of all members - production), within the tolerance."""
    if missed := _missed(timeline):
        return missed
    drain = read_drain(timeline)
    if drain is None:
        return inconclusive("the timeline does not hold the growth of lag and the scaling out after it")
    if not drain.even:
        return inconclusive(
            f"members do not share {len(timeline.partitions)} partitions evenly, and those with most are "
            "waited for: set members and scale_to to divisors of that number"
        )
    if drain.predicted is None:
        return inconclusive(
            f"{drain.members} members handle {drain.members * drain.capacity:.0f} per second, no more than "
            f"the {drain.produced:.0f} that come: a larger scale_to drains lag"
        )
    if drain.predicted < MIN_DRAIN_SECONDS:
        return inconclusive(f"{_reckoned(drain)}: too short to be measured; more slow_seconds make it longer")
    return _measured_drain(drain, drain.predicted, float(timeline.settings["tolerance"]))


def _measured_drain(drain: Drain, predicted: float, tolerance: float) -> Finding:
    if drain.measured is None:
        words = f"{_reckoned(drain)}; after {drain.looked_for:.1f} s lag was still there"
        looked_enough = drain.looked_for > predicted * (1 + tolerance)
        return failed(words) if looked_enough else inconclusive(f"{words}, and nobody looked any longer")
    words = f"{_reckoned(drain)}, measured {drain.measured:.1f} s"
    measured = {"predicted": round(predicted, 2), "measured": round(drain.measured, 2)}
    if abs(drain.measured - predicted) > tolerance * predicted:
        return failed(f"{words}: more than {tolerance:.0%} off", **measured)
    return passed(words, **measured)


def _reckoned(drain: Drain) -> str:
    return (
        f"({drain.backlog} - {drain.left}) / ({drain.members} x {drain.capacity:.1f} - "
        f"{drain.produced:.1f}) = {drain.predicted:.1f} s predicted"
    )


def grows_by_what_comes(timeline: Timeline) -> Finding:
    """Without members: growth of lag per partition is the number of acknowledged orders, exactly."""
    still = read_standstill(timeline)
    if still is None:
        return inconclusive("offsets were not taken before and after the stretch without members")
    total = still.acknowledged.total()
    if not total:
        return inconclusive("no order was acknowledged while no worker ran")
    if foreign := max(0, sum(still.written(part) for part in timeline.partitions) - total):
        whose = "were written without an answer" if foreign <= still.refused else "came from somebody else"
        return inconclusive(f"{foreign} orders {whose}: nothing exact to compare with")
    for part in timeline.partitions:
        growth, came = still.growth(part), still.acknowledged[part]
        if growth is None:
            return inconclusive(f"lag of partition {part} is not known")
        if growth != came:
            return failed(f"partition {part}: {came} orders were acknowledged, lag grew by {growth}")
    return passed(f"{total} orders acknowledged, lag grew by {total}", orders=total)


def commits_nothing(timeline: Timeline) -> Finding:
    """Without members: committed offsets are the same before and after."""
    still = read_standstill(timeline)
    if still is None:
        return inconclusive("offsets were not taken before and after the stretch without members")
    for part in timeline.partitions:
        before, after = still.committed(part)
        if before is None:
            return inconclusive(f"the group had committed nothing of partition {part}")
        if before != after:
            return failed(f"partition {part}: committed was {before} and is {after}, with no worker running")
    return passed(f"the same in {len(timeline.partitions)} partitions")


def _missed(timeline: Timeline) -> Finding | None:
    """What was handled is counted from events: without all of them there is no rate."""
    if missed := timeline.of("missed"):
        return inconclusive(f"events are missing: {missed[0]['reason']}")
    return None

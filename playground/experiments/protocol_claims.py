"""What `protocols` claims, by what the changes have cost with each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.ownership import read_ownership
from playground.experiments.protocol_costs import Costs, read_costs
from playground.experiments.verdict import failed, inconclusive, passed, worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

SLOW = "processor-1"
# A standstill counts as longer than another by at least this share of a slow batch.
CLEAR_SHARE = 0.25


def all_costs(timeline: Timeline) -> list[Costs]:
    """Of every protocol of the run, in its order."""
    run_id = timeline.head.get("run_id", "")
    return [read_costs(timeline, name, f"{run_id}-{name}", SLOW) for name in timeline.settings["protocols"]]


def _costs(timeline: Timeline, name: str) -> Costs | None:
    return next((each for each in all_costs(timeline) if each.name == name and each.changes), None)


def kept_go_on(name: str) -> Callable[[Timeline], Finding]:
    """Partitions that keep their owner are never taken from it."""

    def judge(timeline: Timeline) -> Finding:
        costs = _costs(timeline, name)
        if costs is None:
            return inconclusive(f"{name} was not part of this run")
        if not costs.kept_ms:
            return inconclusive("no fast member kept a partition that was worked on")
        if costs.kept_revoked:
            return failed(f"{costs.kept_revoked} times a partition was taken from the owner that kept it")
        return passed(
            f"{costs.kept} times a partition kept its owner, and never stopped; "
            f"longest pause {_ms(costs.longest_kept_ms)}, without a change {_ms(costs.steady_kept_ms)}"
        )

    return judge


def eager_stops_all(timeline: Timeline) -> Finding:
    """Under eager every partition is taken from its owner at every change."""
    costs = _costs(timeline, "range")
    if costs is None:
        return inconclusive("range was not part of this run")
    if not costs.kept:
        return inconclusive("no partition kept its owner")
    if costs.kept_revoked < costs.kept:
        return failed(
            f"{costs.kept - costs.kept_revoked} of {costs.kept} partitions that kept their owner went on"
        )
    return passed(f"all {costs.kept} partitions that kept their owner were taken from it and given back")


def eager_waits_for_the_slow(timeline: Timeline) -> Finding:
    """Under eager nobody goes on before the slow member has given up its partitions."""
    costs = _costs(timeline, "range")
    if costs is None:
        return inconclusive("range was not part of this run")
    ownership = read_ownership(timeline, costs.group_id)
    waits = []
    for change in costs.changes:
        inside = [
            each for each in ownership.tenures if each.ended and change.began <= each.ended <= change.agreed
        ]
        slow = [each.ended for each in inside if each.owner == SLOW and each.ended]
        fast = [each.ended for each in inside if each.owner != SLOW and each.ended]
        went_on = [
            each.began
            for each in ownership.tenures
            if each.owner != SLOW and change.began < each.began <= change.agreed
        ]
        if not (slow and fast and went_on):
            return inconclusive(f"{SLOW} or the others kept all they had")
        if min(went_on) < max(slow):
            early = max(slow) - min(went_on)
            return failed(f"somebody went on {early} ms before {SLOW} had given up its partitions")
        waits.append(min(went_on) - min(fast))
    if not waits:
        return inconclusive("no member joined or left")
    return passed(
        f"{len(waits)} changes; the others stood still for up to {max(waits)} ms until {SLOW} was ready"
    )


def static_roll_moves_nothing(timeline: Timeline) -> Finding:
    """A rolling restart of static members moves no partition."""
    costs = _costs(timeline, "static")
    if costs is None or costs.roll is None:
        return inconclusive("static members were not restarted in this run")
    if costs.roll.moved:
        return failed(f"partitions {sorted(costs.roll.moved)} moved")
    return passed(f"{costs.roll.members} members were restarted, 0 partitions moved")


def exactly_once(timeline: Timeline) -> Finding:
    """Nothing lost, nothing twice, with each of them."""
    findings = [
        (costs.name, nothing_lost_or_repeated(timeline, costs.group_id)) for costs in all_costs(timeline)
    ]
    verdict = worst(finding.verdict for _name, finding in findings)
    detail = "; ".join(f"{name}: {finding.detail}" for name, finding in findings)
    return {"passed": passed, "failed": failed, "inconclusive": inconclusive}[verdict](detail)


def longest_standstill(timeline: Timeline) -> str | None:
    """Under which protocol partitions that nobody takes away stop working for longest, as a letter.

    None when it is the longest by less than a part of a slow batch: that is chance, as is all without one.
    """
    letters = {"range": "A", "cooperative-sticky": "B", "consumer": "C"}
    pauses = {}
    for name in letters:
        costs = _costs(timeline, name)
        if costs is None or costs.longest_kept_ms is None:
            return None
        pauses[name] = costs.longest_kept_ms
    longest, second = sorted(pauses, key=lambda name: pauses[name], reverse=True)[:2]
    clear_ms = timeline.settings["slow_ms"] * CLEAR_SHARE
    return letters[longest] if clear_ms and pauses[longest] - pauses[second] >= clear_ms else None


def _ms(value: int | None) -> str:
    return "unknown" if value is None else f"{value} ms"

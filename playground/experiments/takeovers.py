"""What happened to a member's partitions after it was lost: killed, stopped, or frozen.

A step marks the moment of its fault: mark `fault` with `fault` (kill, leave, pause) and `victim`, a worker.
What the victim itself did after that moment counts only from its next life on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.ownership import GIVEN_UP, read_handled, read_ownership
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.ownership import Handled, Moment
    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding


@dataclass(frozen=True, slots=True)
class Takeover:
    """From a fault `at` a moment to the next one, or to the end.

    `partitions`: those of the victim. `owned` and `handled`: partition -> the moment from which it had
    another owner, and at which its orders were handled again; a partition that is not in it never was.
    `struck`: when it had certainly been struck; a signal that has to find its way into a pod arrives
    between `at` and `struck`. `new_owners`: partition -> who that was. `refused`: writes refused.
    `until`: how far was looked.
    """

    fault: str
    victim: str
    at: Moment
    struck: Moment
    until: Moment
    partitions: list[int]
    owned: dict[int, Moment]
    new_owners: dict[int, str]
    handled: dict[int, Moment]
    refused: int

    def seconds(self, moments: dict[int, Moment]) -> float | None:
        """From the moment it was struck to the last partition's; None while one has none."""
        if not self.partitions or moments.keys() != set(self.partitions):
            return None
        return (max(moments.values()) - self.struck) / 1000


def read_takeover(timeline: Timeline, group_id: str, fault: str) -> Takeover | None:
    """The last fault of this kind; None when there was none."""
    faults = timeline.marks("fault")
    index = max((n for n, each in enumerate(faults) if each["fault"] == fault), default=None)
    if index is None:
        return None
    mark = faults[index]
    until = faults[index + 1].at if index + 1 < len(faults) else timeline.span[1] + 1
    victim = mark["victim"]
    lives = [seen.at for seen in _events(timeline, group_id, victim, mark.at, until) if _begins(seen)]

    def is_another(worker: str, moment: Moment) -> bool:
        """Somebody else than the victim, as it was at the fault."""
        return mark.at < moment < until and (worker != victim or any(life <= moment for life in lives))

    ownership = read_ownership(timeline, group_id)
    partitions = sorted(
        each.partition
        for each in ownership.tenures
        if each.owner == victim and each.began <= mark.at <= (each.ended or until)  # it may end right then
    )
    owned: dict[int, Moment] = {}
    new_owners: dict[int, str] = {}
    for each in ownership.tenures:
        if (
            each.partition in partitions
            and each.partition not in owned
            and is_another(each.owner, each.began)
        ):
            owned[each.partition], new_owners[each.partition] = each.began, each.owner
    batches = read_handled(timeline, group_id)
    handled = {
        part: min(again)
        for part in partitions
        if (again := [each.at for each in batches.get(part, ()) if is_another(each.worker, each.at)])
    }
    refused = sum(
        seen["event"] == "write_refused" and seen.get("group_id") == group_id and mark.at <= seen.at < until
        for seen in timeline.of("worker")
    )
    struck = _struck(timeline, mark.at, until)
    return Takeover(fault, victim, mark.at, struck, until, partitions, owned, new_owners, handled, refused)


def _struck(timeline: Timeline, began: Moment, until: Moment) -> Moment:
    """The end of the action: scaling ends when the member is gone, so only signals are meant."""
    ends = (
        seen.at
        for seen in timeline.of("done")
        if seen["action"] in {"kill", "pause"} and began <= seen.at < until
    )
    return next(ends, began)


def handled_within(timeline: Timeline, group_id: str, fault: str, bound_ms: int) -> Finding:
    """After this fault the victim's orders were handled again within `bound_ms`."""
    found = read_takeover(timeline, group_id, fault)
    if found is None:
        return inconclusive(f"there was no fault {fault!r}")
    if not found.partitions:
        return inconclusive(f"{found.victim} owned nothing when it was lost")
    bound = bound_ms / 1000
    never = sorted(set(found.partitions) - found.handled.keys())
    if never:
        return _never_handled(timeline, found, never, bound)
    seconds = found.seconds(found.handled) or 0.0
    text = f"partitions {found.partitions} of {found.victim} were handled again after {seconds:.2f} s"
    judge = passed if seconds <= bound else failed
    return judge(f"{text}, {bound:g} s are allowed", seconds=seconds)


def _never_handled(timeline: Timeline, found: Takeover, never: list[int], bound: float) -> Finding:
    def lies_in(seen: Observation) -> bool:
        return found.at <= seen.at < found.until

    looked = (found.until - found.at) / 1000
    text = f"partition {never[0]} was not handled again in the {looked:.1f} s that were looked at"
    fed = {part for seen in timeline.of("accepted") if lies_in(seen) for part in seen["partitions"]}
    if str(never[0]) not in fed:
        return inconclusive(f"{text}, but no order came for it")
    if any(lies_in(seen) for seen in timeline.of("missed")):
        return inconclusive(f"{text}, but events are missing")
    return failed(text) if looked > bound else inconclusive(text)


def zombie_refused(timeline: Timeline, group_id: str) -> Finding:
    """The frozen member, let go on after others had taken over, had its write refused.

    Until it is told anew what it owns, it believes that it owns what it owned when it was frozen.
    """
    found = read_takeover(timeline, group_id, "pause")
    if found is None:
        return inconclusive("no member was frozen")
    acted = [seen for seen in timeline.of("action") if found.at <= seen.at < found.until]
    woke = next((s.at for s in acted if s["action"] == "resume" and s.get("target") == found.victim), None)
    if woke is None:
        return inconclusive(f"{found.victim} was not let go on")
    taken = [part for part, moment in found.owned.items() if moment < woke]
    if not taken:
        return inconclusive(f"nobody had taken over when {found.victim} was let go on")
    said = _events(timeline, group_id, found.victim, woke, found.until)
    told = next(
        (seen.at for seen in said if seen["event"] in {"partitions_assigned", *GIVEN_UP}), found.until
    )
    batches = read_handled(timeline, group_id)
    if wrong := [part for part in taken if _wrote_again(batches.get(part, []), found, woke, told)]:
        return failed(f"{found.victim} wrote to partition {wrong[0]}, which was somebody else's by then")
    if any(seen["event"] == "write_refused" for seen in said):
        return passed(f"{found.victim} woke up in mid-batch, and its write was refused")
    return inconclusive(
        f"{found.victim} did not try to write before it was told that it had lost its partitions"
    )


def _wrote_again(batches: list[Handled], found: Takeover, woke: Moment, told: Moment) -> bool:
    """Whether the victim wrote what others had written.

    What it wrote just before it was frozen is told when it wakes up, and lies before what they began with.
    """
    others = (each.first for each in batches if each.worker != found.victim and each.at > found.at)
    begun = min(others, default=0)
    return any(
        each.worker == found.victim and woke <= each.at < told and each.last >= begun for each in batches
    )


def _events(
    timeline: Timeline, group_id: str, worker: str, began: Moment, ended: Moment
) -> list[Observation]:
    return [
        seen
        for seen in timeline.of("worker")
        if seen.get("group_id") == group_id and seen["worker"] == worker and began <= seen.at < ended
    ]


def _begins(seen: Observation) -> bool:
    return bool(seen["event"] == "startup_complete")

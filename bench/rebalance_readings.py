"""What one number is made of a run: pauses, joins, kills, static members, and what the observer saw."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench.group_observer import late_ms
from bench.measure import Reading
from playground.experiments import crash
from playground.experiments.protocol_claims import all_costs
from playground.experiments.takeovers import read_takeover
from playground.experiments.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.experiment_runs import Run
    from playground.experiments.protocol_costs import Costs


def pause(
    name: str, pauses: Callable[[Costs], list[int]], choose: Callable[[Sequence[int]], float] = max
) -> Callable[[Run], Reading]:
    """One of some pauses of one protocol, the longest unless told, in milliseconds."""

    def read(run: Run) -> Reading:
        found = pauses(_costs(run, name))
        assert found, f"{name}: there is no partition to tell a pause of"
        return Reading(choose(found), None, _summary("ms", found))

    return read


def join_median(name: str) -> Callable[[Run], Reading]:
    """Seconds from a member's subscription to the last partition's new owner."""

    def read(run: Run) -> Reading:
        seconds = _costs(run, name).join_seconds
        assert seconds, f"{name}: nobody has joined"
        return Reading(statistics.median(seconds), None, _summary("seconds", seconds))

    return read


def worst_kill(run: Run) -> Reading:
    """Seconds."""
    seconds = kill_seconds(run.timeline, crash.group_of(run.timeline))
    return Reading(max(seconds), None, _summary("seconds", seconds))


def kill_seconds(timeline: Timeline, group_id: str) -> list[float]:
    """Per kill, the time until somebody else had handled orders of each of the victim's partitions."""
    began = [each.at for each in timeline.marks("fault")]
    found = []
    for number, until in enumerate([*began[1:], timeline.span[1] + 1], 1):
        # The last kill of what was known then is this one.
        known = Timeline(each for each in timeline.all if each.at < until)
        takeover = read_takeover(known, group_id, "kill")
        seconds = takeover.seconds(takeover.handled) if takeover else None
        assert seconds is not None, f"kill {number}: not all partitions were handled again: {takeover}"
        found.append(seconds)
    return found


def moved_by_roll(name: str) -> Callable[[Run], Reading]:
    """How often a partition came to another owner while all members were restarted, one by one."""

    def read(run: Run) -> Reading:
        roll = _costs(run, name).roll
        assert roll is not None, f"{name}: the members were not restarted"
        return Reading(roll.handovers, None, {"members": roll.members})

    return read


def observed(choose: Callable[[Sequence[int]], float]) -> Callable[..., Reading]:
    """One of the differences to the observer, whichever its sign, in milliseconds."""

    def read(*runs: Run) -> Reading:
        late = [late for run in runs for late in _late(run)]
        waited = max(run.longest_wait_ms for run in runs)
        more = {"longest_wait_ms": waited, **_summary("late_ms", late)}
        return Reading(choose([abs(each) for each in late]), None, more)

    return read


def _late(run: Run) -> list[int]:
    groups = dict.fromkeys(view.group_id for view in run.views)
    return [late for group_id in groups for late in late_ms(run.timeline, group_id, run.views)]


def _costs(run: Run, name: str) -> Costs:
    return next(each for each in all_costs(run.timeline) if each.name == name)


def _summary(name: str, values: Sequence[float]) -> dict[str, float]:
    """For the JSON: what the value was chosen from."""
    ends = {"low": min(values), "median": statistics.median(values), "high": max(values)}
    return {f"{name}_{which}": value for which, value in ends.items()} | {"of": len(values)}

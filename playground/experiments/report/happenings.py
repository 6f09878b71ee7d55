"""What was done in a run, and when: phases, steps, actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.report.document import Grid
from playground.experiments.report.scene import action_words, first_step, group_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.timeline import Observation, Timeline

TOLD = frozenset({"phase", "step", "action", "done"})
TOLD_ELSEWHERE = frozenset({"action", "group_id", "target"})


def steps_grid(timeline: Timeline) -> Grid:
    """One row per phase, step and action, in the order they happened."""
    zero = first_step(timeline)
    # As they were written down: what ended and what began in the same millisecond keep their order.
    happened = [each for each in timeline.all if each.kind in TOLD]
    rows = [
        [round((seen.at - zero) / 1000, 2), *_words(timeline, seen), _seconds(happened[index:])]
        for index, seen in enumerate(happened)
        if seen.kind != "done"
    ]
    return Grid("Phases, steps and actions", ["at (s)", "what", "", "took (s)"], rows)


def _words(timeline: Timeline, seen: Observation) -> tuple[str, str]:
    if seen.kind == "phase":
        return "phase", str(seen["name"])
    if seen.kind == "step":
        return f"step {seen['number']} of {seen['of']}", str(seen["title"])
    more = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in seen.data.items()
        if name not in TOLD_ELSEWHERE and value is not None
    ]
    if seen.get("group_id"):
        more.append(f"group {group_name(timeline, seen['group_id'])}")
    return "action", f"{action_words(seen)} ({', '.join(more)})" if more else action_words(seen)


def _seconds(rest: Sequence[Observation]) -> float | None:
    """How long the first of these took, if it is an action that was done before the next of its name."""
    action, *later = rest
    if action.kind != "action":
        return None
    following = next((each for each in later if each.get("action") == action["action"]), None)
    return following["seconds"] if following is not None and following.kind == "done" else None

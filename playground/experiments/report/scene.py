"""What the pictures of a group show, read out of a timeline: members, actions, marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.experiments.ownership import read_handled, read_ownership
from playground.experiments.report.lives import Stretch, read_lives
from playground.experiments.report.pauses import read_pauses

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment, Tenure
    from playground.experiments.report.lives import Life
    from playground.experiments.report.pauses import Pause
    from playground.experiments.timeline import Observation, Timeline

# Actions that change nothing a picture could show.
SILENT_ACTIONS = frozenset({"tune", "delete_group"})
STRETCH_BEGINS, STRETCH_ENDS = "_began", "_ended"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that happened, in a few words."""

    at: Moment
    words: str


@dataclass(frozen=True)
class Scene:
    """One group from its first member being asked for to its last sign of life.

    Without any such sign (a group that was looked at from outside): as long as its lag was told.

    `zero`: the moment that the axis calls 0, the run's first step.
    """

    group_id: str
    name: str
    zero: Moment
    began: Moment
    ended: Moment
    partitions: list[int]
    members: list[str]
    lives: list[Life] = field(default_factory=list)
    frozen: list[Stretch] = field(default_factory=list)
    tenures: list[Tenure] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    actions: list[Point] = field(default_factory=list)
    marks: list[Point] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)


def group_ids(timeline: Timeline) -> list[str]:
    """The groups of a run, in the order they appeared."""
    seen = (each.get("group_id") for each in timeline.of("action", "worker", "handled", "group", "stable"))
    lagging = (name for each in timeline.of("offsets") for name in each["groups"])
    return list(dict.fromkeys(name for name in (*seen, *lagging) if name))


def group_name(timeline: Timeline, group_id: str) -> str:
    """What a group is called inside its run: `members` of `rebalance-20261123t130500z-members`."""
    return group_id.removeprefix(f"{timeline.head.get('run_id', '')}-") or group_id


def first_step(timeline: Timeline) -> Moment:
    """The moment from which a report counts seconds: the first step, else the beginning."""
    steps = timeline.of("step")
    return steps[0].at if steps else timeline.span[0]


def read_scene(timeline: Timeline, group_id: str) -> Scene | None:
    """The scene of a group; None when nothing of it was ever seen but that it was to be."""
    own = [each for each in timeline.of("worker", "handled", "stable") if each["group_id"] == group_id]
    own = own or [each for each in timeline.of("offsets") if group_id in each["groups"]]
    if not own:
        return None
    asked = [each for each in timeline.of("action") if _visible(each, group_id)]
    moments = [each.at for each in own] + [each.at for each in asked if each.get("group_id") == group_id]
    began, ended = min(moments), max(moments)
    lives, frozen = read_lives(timeline, group_id, ended)
    tenures = read_ownership(timeline, group_id).tenures
    handled = read_handled(timeline, group_id)
    partitions = {*timeline.partitions, *handled, *(each.partition for each in tenures)}
    marks, stretches = _read_marks(timeline, began, ended)
    gone = [each.ended for each in lives]
    alive_until = max((at for at in gone if at is not None), default=ended) if None not in gone else ended
    return Scene(
        group_id=group_id,
        name=group_name(timeline, group_id),
        zero=first_step(timeline),
        began=began,
        ended=ended,
        partitions=sorted(partitions),
        members=sorted({each.worker for each in lives}, key=natural),
        lives=lives,
        frozen=frozen,
        tenures=tenures,
        pauses=read_pauses(timeline, group_id, alive_until),
        actions=[Point(each.at, action_words(each)) for each in asked if began <= each.at <= ended],
        marks=marks,
        stretches=stretches,
    )


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key by which processor-10 comes after processor-9."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def action_words(action: Observation) -> str:
    """`scale to 3`, `kill processor-2`, `stop broker`."""
    words = str(action["action"]).replace("_", " ")
    if action["action"] == "scale":
        return f"scale to {action.get('replicas')}"
    target = action.get("target")
    return f"{words} {target}" if target else words


def _visible(action: Observation, group_id: str) -> bool:
    return action["action"] not in SILENT_ACTIONS and action.get("group_id") in {None, group_id}


def _read_marks(timeline: Timeline, began: Moment, ended: Moment) -> tuple[list[Point], list[Stretch]]:
    """Marks inside this stretch of time; two that are called x_began and x_ended are one stretch."""
    points: list[Point] = []
    stretches: list[Stretch] = []
    open_: dict[str, Moment] = {}
    for seen in timeline.of("mark"):
        name = str(seen["name"])
        words = name.removesuffix(STRETCH_BEGINS).removesuffix(STRETCH_ENDS).replace("_", " ")
        if name.endswith(STRETCH_BEGINS):
            open_[words] = seen.at
        elif name.endswith(STRETCH_ENDS) and words in open_:
            stretches.append(Stretch(words, open_.pop(words), seen.at))
        else:
            points.append(Point(seen.at, words))
    return (
        [each for each in points if began <= each.at <= ended],
        [each for each in stretches if began <= each.began and each.ended <= ended],
    )

"""All pictures of a run, drawn from its timeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.report.lag_picture import draw_lag, read_lag
from playground.experiments.report.ownership_picture import draw_ownership
from playground.experiments.report.scene import group_ids, read_scene

if TYPE_CHECKING:
    from playground.experiments.experiment import Experiment
    from playground.experiments.report.scene import Scene
    from playground.experiments.timeline import Timeline


@dataclass(frozen=True)
class Picture:
    """`name`: of a file, without its ending. `svg`: a whole document."""

    name: str
    title: str
    svg: str


@dataclass(frozen=True)
class GroupPictures:
    """One group, and what there is to see of it."""

    scene: Scene
    pictures: list[Picture]


def draw_pictures(timeline: Timeline) -> list[GroupPictures]:
    """Of every group that was seen, in the order the groups appeared."""
    found = []
    for number, group_id in enumerate(group_ids(timeline), 1):
        scene = read_scene(timeline, group_id)
        if scene is None:
            continue
        key = f"{number}-{_file_name(scene.name)}"
        pictures = []
        if scene.lives:
            title = f"Who owned which partition: group “{scene.name}”"
            pictures.append(
                Picture(f"ownership-{key}", title, draw_ownership(scene, title, f"ownership-{number}"))
            )
        if series := read_lag(timeline, scene):
            title = f"Lag of each partition: group “{scene.name}”"
            pictures.append(Picture(f"lag-{key}", title, draw_lag(scene, series, title, f"lag-{number}")))
        if pictures:
            found.append(GroupPictures(scene, pictures))
    return found


def draw_own(experiment: Experiment, timeline: Timeline) -> list[Picture]:
    """Those that only this experiment has."""
    return [
        Picture(f"{experiment.name}-{number}", title, drawn)
        for number, (title, drawn) in enumerate(experiment.draw(timeline), 1)
    ]


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "group"

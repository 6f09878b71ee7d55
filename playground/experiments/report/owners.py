"""The ownership picture in words: who owned what whenever the group was stable, and all pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.rebalances import stable
from playground.experiments.report.document import Grid

if TYPE_CHECKING:
    from playground.experiments.report.scene import Scene
    from playground.experiments.timeline import Timeline


def owners_grid(timeline: Timeline, scene: Scene) -> Grid:
    """Partition by stable moment; a member that owns nothing is named in the last row."""
    moments = stable(timeline, scene.group_id)
    rows = [
        [partition, *(each["owners"].get(str(partition), "nobody") for each in moments)]
        for partition in map(str, scene.partitions)
    ]
    idle = [", ".join(sorted(set(each["members"]) - set(each["owners"].values()))) for each in moments]
    if any(idle):
        rows.append(["idle", *(names or "nobody" for names in idle)])
    columns = ["partition", *(f"at {(each.at - scene.zero) / 1000:.1f} s" for each in moments)]
    note = "" if moments else "It was never seen that broker and members agree."
    return Grid(f"Owners whenever group {scene.name} was stable", columns, rows if moments else [], note)


def pauses_grid(scene: Scene) -> Grid:
    """One row per pause."""
    rows = [
        [
            round((each.began - scene.zero) / 1000, 2),
            each.partition,
            f"{each.ms:,}" if each.ended is not None else f"more than {each.ms:,}",
            each.old or "nobody",
            each.new or "nobody",
        ]
        for each in scene.pauses
    ]
    return Grid(
        f"Pauses of group {scene.name}",
        ["from (s)", "partition", "pause (ms)", "owner before", "owner after"],
        rows,
    )

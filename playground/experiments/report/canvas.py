"""Where everything of an ownership picture is: one lane per member, one row per partition it ever owned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.report.frame import Frame
    from playground.experiments.report.scene import Scene

LANE_GAP, LEAST_HEIGHT = 7, 20
# Up to so many rows in all, each is so many pixels high.
ROW_HEIGHTS = ((48, 13), (72, 11), (110, 9))
SMALLEST_ROW, SMALLEST_LABELLED = 6, 9


class Lanes:
    """Pixels from the top of the room."""

    def __init__(self, scene: Scene) -> None:
        owned = {
            member: sorted({each.partition for each in scene.tenures if each.owner == member})
            for member in scene.members
        }
        rows = sum(map(len, owned.values()))
        self.row = next((high for most, high in ROW_HEIGHTS if rows <= most), SMALLEST_ROW)
        self.tops: dict[str, float] = {}
        self.heights: dict[str, float] = {}
        self._offsets: dict[tuple[str, int], float] = {}
        at = 4.0
        for member, partitions in owned.items():
            self.tops[member] = at
            self.heights[member] = max(LEAST_HEIGHT, self.row * len(partitions))
            room = (self.heights[member] - self.row * len(partitions)) / 2
            for number, partition in enumerate(partitions):
                self._offsets[member, partition] = at + room + self.row * number
            at += self.heights[member] + LANE_GAP
        self.height = at

    def __contains__(self, row: tuple[str | None, int]) -> bool:
        return row in self._offsets

    def top(self, member: str, partition: int) -> float:
        """Of a partition's row in a member's lane."""
        return self._offsets[member, partition]


@dataclass(frozen=True)
class Canvas:
    """A scene, and where it is drawn."""

    scene: Scene
    frame: Frame
    lanes: Lanes

    def stretch(self, began: Moment, ended: Moment | None) -> tuple[float, float]:
        """From where to where a stretch of time reaches; None: to the end."""
        return self.frame.x(began), self.frame.x(self.frame.x.high if ended is None else ended)

    def row(self, member: str, partition: int) -> float:
        """The top of a partition's row in a member's lane."""
        return self.frame.top + self.lanes.top(member, partition)

    def lane(self, member: str) -> tuple[float, float]:
        """Top and height of a member's lane."""
        return self.frame.top + self.lanes.tops[member], self.lanes.heights[member]

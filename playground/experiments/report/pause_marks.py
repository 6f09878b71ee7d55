"""Pauses as hatched stretches, with their length where it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.report import svg
from playground.experiments.report.canvas import SMALLEST_LABELLED
from playground.experiments.report.frame import RIGHT, WIDTH
from playground.experiments.report.svg import element, text

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.report.canvas import Canvas
    from playground.experiments.report.pauses import Pause

PAUSE_LABEL = 9


@dataclass(frozen=True)
class PauseMarks:
    """Draws the pauses of a picture."""

    canvas: Canvas

    def pattern(self) -> str:
        """The hatching, to be written once per picture."""
        lines = element("line", x1=0, y1=0, x2=0, y2=5, class_="hatch")
        pattern = element(
            "pattern",
            lines,
            id=f"{self.canvas.frame.key}-hatch",
            width=5,
            height=5,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        )
        return element("defs", pattern)

    def hatched(self, x: float, y: float, width: float, height: float) -> str:
        """A hatched rectangle."""
        place = {"x": x, "y": y, "width": width, "height": height}
        return (
            element("rect", class_="pause", **place)
            + element("rect", fill=f"url(#{self.canvas.frame.key}-hatch)", **place)
            + element("rect", class_="pause-edge", **place)
        )

    def draw(self, pause: Pause) -> str:
        """In the lane of the old owner until the new one has it, from then on in the new one's."""
        last = pause.last
        handover = pause.handover if pause.handover is not None else last
        pieces = [
            (owner, began, ended)
            for owner, began, ended in (
                (pause.old or pause.new, pause.began, handover),
                (pause.new or pause.old, handover, last),
            )
            if (owner, pause.partition) in self.canvas.lanes and ended > began
        ]
        if len(pieces) == 2 and pieces[0][0] == pieces[1][0]:
            pieces = [(pieces[0][0], pause.began, last)]
        parts = [element("title", svg.escape(self._words(pause)))]
        for owner, began, ended in pieces:
            left, right = self.canvas.stretch(began, ended)
            y = self.canvas.row(str(owner), pause.partition) + 1
            parts.append(self.hatched(left, y, max(1.5, right - left), self.canvas.lanes.row - 2))
        return element("g", *parts, self._label(pause, pieces), class_="a-pause") if pieces else ""

    def _words(self, pause: Pause) -> str:
        who = pause.old or "nobody"
        if pause.new != pause.old:
            who += f" to {pause.new or 'nobody'}"
        end = f"{pause.ms:,} ms" if pause.ended is not None else f"at least {pause.ms:,} ms, to the end"
        began = self.canvas.frame.seconds(pause.began)
        return f"partition {pause.partition} paused for {end}, from {began} ({who})"

    def _label(self, pause: Pause, pieces: list[tuple[str | None, Moment, Moment]]) -> str:
        """In the longest piece on a plate of the ground's colour, else to the right of the old owner's."""
        if self.canvas.lanes.row < SMALLEST_LABELLED:
            return ""
        words = f"{pause.ms:,} ms" if pause.ended is not None else f"> {pause.ms:,} ms"
        wide = svg.width_of(words, PAUSE_LABEL) + 4
        owner, began, ended = max(pieces, key=lambda piece: piece[2] - piece[1])
        left, right = self.canvas.stretch(began, ended)
        if right - left < wide + 2:
            owner, _began, ended = pieces[0]
            left = self.canvas.frame.x(ended) + 2
            if not self._is_free(str(owner), pause.partition, ended, left + wide):
                return ""
            right = left + wide
        y = self.canvas.row(str(owner), pause.partition)
        middle = (left + right) / 2
        plate = element(
            "rect", x=middle - wide / 2, y=y + 2, width=wide, height=self.canvas.lanes.row - 4, class_="pause"
        )
        if left == self.canvas.frame.x(ended) + 2:
            plate = ""
        return plate + text(
            middle, y + self.canvas.lanes.row / 2 + 3.2, words, "pause-label", anchor="middle"
        )

    def _is_free(self, owner: str, partition: int, since: Moment, until_x: float) -> bool:
        """Whether a member's row of a partition is empty from a moment up to this pixel."""
        return until_x < WIDTH - RIGHT and not any(
            each.owner == owner
            and each.partition == partition
            and (each.ended is None or each.ended > since)
            and self.canvas.frame.x(each.began) < until_x
            for each in self.canvas.scene.tenures
        )

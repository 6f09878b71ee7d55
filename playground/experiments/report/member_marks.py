"""Members: their names, from when to when they lived and how that ended, when they were idle or frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.report import svg
from playground.experiments.report.canvas import LANE_GAP
from playground.experiments.report.frame import LEFT, RIGHT, WIDTH
from playground.experiments.report.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.experiments.ownership import Moment
    from playground.experiments.report.canvas import Canvas
    from playground.experiments.report.lives import Life, Stretch

NAME_LETTERS = 14


@dataclass(frozen=True)
class MemberMarks:
    """Draws the members of a picture."""

    canvas: Canvas

    def lane(self, member: str) -> str:
        """A member's name, and a line below its lane."""
        top, high = self.canvas.lane(member)
        line = top + high + LANE_GAP / 2
        words = svg.shortened(member, NAME_LETTERS)
        return element(
            "g",
            element("title", svg.escape(member)),
            text(LEFT - 12, top + high / 2 + 5, words, "member", anchor="end"),
            element("line", x1=16, x2=WIDTH - RIGHT, y1=line, y2=line, class_="separator"),
        )

    def life(self, life: Life) -> str:
        """The ground that its partitions are drawn on."""
        ended = "the end" if life.ended is None else f"{self._seconds(life.ended)}, {life.why}"
        title = f"{life.worker}: from {self._seconds(life.began)} to {ended}"
        return self._over(life.worker, life.began, life.ended, title, "life")

    def frozen(self, stretch: Stretch) -> str:
        """A frame around the time in which it did not run."""
        title = (
            f"{stretch.name} was frozen from {self._seconds(stretch.began)} to {self._seconds(stretch.ended)}"
        )
        return self._over(stretch.name, stretch.began, stretch.ended, title, "frozen")

    def ending(self, life: Life) -> str:
        """How a life ended; nothing when it did not."""
        if life.ended is None or life.why is None:
            return ""
        top, high = self.canvas.lane(life.worker)
        title = element("title", svg.escape(f"{life.worker} {life.why} at {self._seconds(life.ended)}"))
        return element("g", title, ending_sign(life.why, self.canvas.frame.x(life.ended), top + high / 2))

    def idle(self, life: Life) -> Iterator[str]:
        """The word where a living member has nothing to do for long enough to be read."""
        last = self.canvas.scene.ended if life.ended is None else life.ended
        top, high = self.canvas.lane(life.worker)
        busy_until = life.began
        for began, ended in (*self._busy(life.worker, last), (last, last)):
            left, right = self.canvas.stretch(busy_until, min(began, last))
            if right - left > svg.width_of("idle", 11) + 12:
                yield text((left + right) / 2, top + high / 2 + 4, "idle", "idle", anchor="middle")
            busy_until = max(busy_until, ended)

    def _busy(self, member: str, last: Moment) -> list[tuple[Moment, Moment]]:
        """When its lane shows something else: partitions, what it left behind, being frozen."""
        scene = self.canvas.scene
        owned = [
            (each.began, last if each.ended is None else each.ended)
            for each in scene.tenures
            if each.owner == member
        ]
        left = [(each.began, each.last) for each in scene.pauses if member in {each.old, each.new}]
        frozen = [(each.began, each.ended) for each in scene.frozen if each.name == member]
        return sorted(owned + left + frozen)

    def _over(self, member: str, began: Moment, ended: Moment | None, title: str, class_: str) -> str:
        """A rectangle over the whole height of a lane."""
        left, right = self.canvas.stretch(began, ended)
        top, high = self.canvas.lane(member)
        return svg.titled("rect", title, x=left, y=top, width=right - left, height=high, class_=class_)

    def _seconds(self, at: Moment) -> str:
        return self.canvas.frame.seconds(at)


def ending_sign(why: str, x: float, y: float) -> str:
    """`why` a life ended, around this place."""
    if why == "left":
        return element("circle", cx=x, cy=y, r=4, class_="ended")
    if why == "restarted":
        corners = f"{x - 4:g},{y - 5:g} {x + 5:g},{y:g} {x - 4:g},{y + 5:g}"
        return element("polygon", points=corners, class_="ended")
    if why == "killed":
        cross = f"M{x - 5:g} {y - 5:g}L{x + 5:g} {y + 5:g}M{x - 5:g} {y + 5:g}L{x + 5:g} {y - 5:g}"
        return element("circle", cx=x, cy=y, r=8, class_="killed") + element("path", d=cross, class_="killed")
    diamond = f"{x:g},{y - 8:g} {x + 8:g},{y:g} {x:g},{y + 8:g} {x - 8:g},{y:g}"
    mark = text(x, y + 4, "!", "pause-label", anchor="middle")
    return element("polygon", points=diamond, class_="killed") + mark

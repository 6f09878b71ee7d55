"""What the pictures of a group share: the time axis, the actions as labelled lines, the marks below."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playground.experiments.report import svg
from playground.experiments.report.svg import Scale, element, escape, text

if TYPE_CHECKING:
    from playground.experiments.report.scene import Point, Scene

WIDTH, LEFT, RIGHT = 1200, 150, 28
TITLE_HEIGHT, LABEL_HEIGHT, AXIS_HEIGHT, MARKS_HEIGHT, LEGEND_HEIGHT = 54, 17, 24, 26, 22
LABEL_SIZE = 12
COLOURS = 12
STYLE = Path(__file__).with_name("picture.css")


@dataclass(frozen=True)
class Frame:
    """The room between the labels above and the axis below, for one scene.

    `key` is part of every id, so that pictures may stand in one page. `height`: of the room, in pixels.
    """

    scene: Scene
    key: str
    title: str
    description: str
    height: float

    @property
    def x(self) -> Scale:
        """Milliseconds since 1970 to pixels."""
        room = (self.scene.ended - self.scene.began) * 0.015
        return Scale(self.scene.began - room, self.scene.ended + room, LEFT, WIDTH - RIGHT)

    @property
    def top(self) -> float:
        """Where the room begins."""
        return TITLE_HEIGHT + max(1, len(self._label_rows())) * LABEL_HEIGHT + 6

    @property
    def bottom(self) -> float:
        """Where the room ends."""
        return self.top + self.height

    def seconds(self, at: float) -> str:
        """A moment as the axis counts it."""
        return f"{(at - self.scene.zero) / 1000:.1f} s"

    def wrap(self, subtitle: str, inside: str, legend: list[tuple[str, str]]) -> str:
        """The whole picture. `legend`: signs (drawn around 0,0; 22 pixels wide), and what they mean."""
        title_id, description_id = f"{self.key}-title", f"{self.key}-desc"
        below = self.bottom + AXIS_HEIGHT + self._marks_height()
        rows = _legend(legend)
        height = below + 10 + len(rows) * LEGEND_HEIGHT
        return element(
            "svg",
            element("title", escape(self.title), id=title_id),
            element("desc", escape(self.description), id=description_id),
            element("style", STYLE.read_text(encoding="utf-8")),
            element("rect", width=WIDTH, height=height, class_="ground"),
            text(16, 26, self.title, "title"),
            text(16, 44, subtitle, "subtitle"),
            self._axis(),
            inside,
            self._actions(),
            self._marks(),
            *(
                element("g", row, transform=f"translate(0 {below + 10 + number * LEGEND_HEIGHT:g})")
                for number, row in enumerate(rows)
            ),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {height:g}",
            role="img",
            aria_labelledby=f"{title_id} {description_id}",
            class_="picture",
        )

    def _axis(self) -> str:
        low, high = ((each - self.scene.zero) / 1000 for each in (self.x.low, self.x.high))
        parts = []
        for second in svg.ticks(low, high, 14):
            x = self.x(self.scene.zero + second * 1000)
            parts += [
                element("line", x1=x, x2=x, y1=self.top, y2=self.bottom, class_="grid"),
                text(
                    x, self.bottom + 16, f"{second:g}".replace("-", "\N{MINUS SIGN}"), "tick", anchor="middle"
                ),
            ]
        parts.append(text(LEFT - 10, self.bottom + 16, "seconds", "tick", anchor="end"))
        return element("g", *parts)

    def _label_rows(self) -> list[list[tuple[float, Point]]]:
        """Actions in as few rows as their labels need. Each: where its label begins, and the action."""
        rows: list[list[tuple[float, Point]]] = []
        ends: list[float] = []
        for action in self.scene.actions:
            wide = svg.width_of(_label(action), LABEL_SIZE) + 12
            begin = self.x(action.at) + 4
            if begin + wide > WIDTH:  # to the left of its line
                begin -= wide - 4
            row = next((number for number, end in enumerate(ends) if end <= begin), len(ends))
            if row == len(ends):
                rows.append([])
                ends.append(0)
            rows[row].append((begin, action))
            ends[row] = begin + wide
        return rows

    def _actions(self) -> str:
        lines, labels = [], []
        for number, row in enumerate(self._label_rows()):
            y = TITLE_HEIGHT + (number + 1) * LABEL_HEIGHT - 4
            for begin, action in row:
                x = self.x(action.at)
                title = f"{action.words} at {self.seconds(action.at)}"
                lines.append(
                    svg.titled("line", title, x1=x, x2=x, y1=y - 10, y2=self.bottom, class_="action")
                )
                labels.append(text(begin, y, _label(action), "action-label"))
        return element("g", *lines, *labels) if lines else ""

    def _marks_height(self) -> float:
        return MARKS_HEIGHT if self.scene.marks or self.scene.stretches else 0

    def _marks(self) -> str:
        y = self.bottom + AXIS_HEIGHT + 8
        parts = []
        for each in self.scene.stretches:
            left, right = self.x(each.began), self.x(each.ended)
            title = f"{each.name}: {self.seconds(each.began)} to {self.seconds(each.ended)}"
            parts.append(
                svg.titled("rect", title, x=left, y=y - 4, width=right - left, height=3, class_="stretch")
            )
            words = svg.shortened(each.name, 30)
            if svg.width_of(words, 10) < right - left:
                parts.append(text((left + right) / 2, y + 10, words, "mark", anchor="middle"))
        for point in self.scene.marks:
            x = self.x(point.at)
            corners = f"{x:g},{y - 8:g} {x - 4:g},{y:g} {x + 4:g},{y:g}"
            title = f"{point.words} at {self.seconds(point.at)}"
            parts.append(svg.titled("polygon", title, points=corners, class_="mark-point"))
        return element("g", *parts) if parts else ""


def _legend(entries: list[tuple[str, str]]) -> list[str]:
    """One after the other, in as many rows as they need."""
    rows = [""]
    x = float(LEFT)
    for sign, words in entries:
        wide = 28 + svg.width_of(words, 11) + 16
        if x + wide > WIDTH and rows[-1]:
            rows.append("")
            x = float(LEFT)
        rows[-1] += element("g", sign, transform=f"translate({x:g} 0)") + text(x + 28, 4, words, "legend")
        x += wide
    return rows


def colour(partition: int) -> str:
    """The class of a partition's colour."""
    return f"p{partition % COLOURS}"


def _label(action: Point) -> str:
    return svg.shortened(action.words, 32)

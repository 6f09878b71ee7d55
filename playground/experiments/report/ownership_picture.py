"""Who owned which partition when: bars in the lanes of members, moves between lanes, pauses."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING

from playground.experiments.report import svg
from playground.experiments.report.canvas import SMALLEST_LABELLED, Canvas, Lanes
from playground.experiments.report.frame import Frame, colour
from playground.experiments.report.member_marks import MemberMarks, ending_sign
from playground.experiments.report.pause_marks import PauseMarks
from playground.experiments.report.svg import element, text

if TYPE_CHECKING:
    from playground.experiments.ownership import Tenure
    from playground.experiments.report.scene import Scene

BAR_LABEL = 9
ENDINGS = {"left": "left", "killed": "killed", "failed": "failed", "restarted": "started again"}


def draw_ownership(scene: Scene, title: str, key: str) -> str:
    """The picture as SVG. `key` makes its ids unique in a page."""
    lanes = Lanes(scene)
    frame = Frame(scene, key, title, _describe(scene), lanes.height)
    drawing = _Drawing(Canvas(scene, frame, lanes))
    return frame.wrap(_subtitle(scene), drawing.inside(), drawing.legend())


class _Drawing:
    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self.scene, self.frame = canvas, canvas.scene, canvas.frame
        self._members, self._pauses = MemberMarks(canvas), PauseMarks(canvas)

    def inside(self) -> str:
        """Everything inside the room, the lowest first."""
        members, lives = self._members, self.scene.lives
        parts = (
            map(members.lane, self.scene.members),
            map(members.life, lives),
            map(self._handover, self._moved()),
            map(self._tenure, self._known()),
            map(self._pauses.draw, self.scene.pauses),
            chain.from_iterable(map(members.idle, lives)),
            map(members.frozen, self.scene.frozen),
            map(members.ending, lives),
        )
        return self._pauses.pattern() + "".join(chain.from_iterable(parts))

    def legend(self) -> list[tuple[str, str]]:
        """Only what the picture shows."""
        bar = element("rect", y=-6, width=22, height=11, class_="bar p0")
        alive = element("rect", y=-6, width=22, height=11, class_="life")
        found = [(bar, "owns the partition of this number"), (alive, "alive, without partitions")]
        if self.scene.pauses:
            hatch = self._pauses.hatched(0, -6, 22, 11)
            found.append((hatch, "no order of the partition was handled (ms)"))
        if self.scene.frozen:
            found.append((element("rect", y=-6, width=22, height=11, class_="frozen"), "frozen"))
        for why, words in ENDINGS.items():
            if any(life.why == why for life in self.scene.lives):
                found.append((ending_sign(why, 11, -1), words))
        return found

    def _tenure(self, tenure: Tenure) -> str:
        left, right = self.canvas.stretch(tenure.began, tenure.ended)
        y = self.canvas.row(tenure.owner, tenure.partition)
        seconds = self.frame.seconds
        ended = "to the end" if tenure.ended is None else f"to {seconds(tenure.ended)}, {tenure.why}"
        title = f"partition {tenure.partition}: {tenure.owner} from {seconds(tenure.began)} {ended}"
        bar = svg.titled(
            "rect",
            title,
            x=left,
            y=y + 0.5,
            width=max(1.0, right - left),
            height=self.canvas.lanes.row - 1,
            class_=f"bar {colour(tenure.partition)}",
        )
        label = str(tenure.partition)
        wide = svg.width_of(label, BAR_LABEL)
        x = self._label_start(tenure, left + 4, wide)
        if self.canvas.lanes.row < SMALLEST_LABELLED or x + wide + 2 > right:
            return bar
        return bar + text(x, y + self.canvas.lanes.row / 2 + 3.2, label, "bar-label")

    def _label_start(self, tenure: Tenure, x: float, wide: float) -> float:
        """The first place in a bar where no pause hides its number."""
        for pause in self.scene.pauses:
            if pause.partition == tenure.partition and self.frame.x(pause.began) < x + wide:
                x = max(x, self.frame.x(pause.last) + 4)
        return x

    def _handover(self, move: tuple[Tenure, Tenure]) -> str:
        old, new = move
        x = self.frame.x(new.began)
        half = self.canvas.lanes.row / 2
        y1, y2 = (self.canvas.row(each.owner, each.partition) + half for each in move)
        path = f"M{self.frame.x(old.ended or new.began):g} {y1:g}H{x:g}V{y2:g}"
        title = f"partition {new.partition}: {old.owner} to {new.owner} at {self.frame.seconds(new.began)}"
        return svg.titled("path", title, d=path, class_=f"handover line {colour(new.partition)}")

    def _moved(self) -> list[tuple[Tenure, Tenure]]:
        """Tenures of one partition that follow each other with two owners."""
        known = self._known()
        return [
            (old, new)
            for partition in self.scene.partitions
            for old, new in pairwise(each for each in known if each.partition == partition)
            if old.owner != new.owner and old.ended is not None and old.ended <= new.began
        ]

    def _known(self) -> list[Tenure]:
        return [each for each in self.scene.tenures if (each.owner, each.partition) in self.canvas.lanes]


def _subtitle(scene: Scene) -> str:
    longest = max(scene.pauses, key=lambda each: each.ms, default=None)
    words = f"{_count(len(scene.members), 'member')}, {_count(len(scene.partitions), 'partition')}"
    if longest is None:
        return f"{words}; no pause was seen"
    more = "" if longest.ended is not None else "more than "
    return f"{words}; the longest pause: {more}{longest.ms:,} ms, partition {longest.partition}"


def _describe(scene: Scene) -> str:
    acts = "; ".join(f"{each.words} at {(each.at - scene.zero) / 1000:.1f} s" for each in scene.actions)
    return f"{_subtitle(scene)}. Actions: {acts or 'none'}. The report has the same as tables."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

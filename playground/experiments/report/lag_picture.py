"""Lag of each partition of a group, as often as the API told it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.report import svg
from playground.experiments.report.frame import LEFT, RIGHT, WIDTH, Frame, colour
from playground.experiments.report.svg import Scale, element, text

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.report.scene import Scene
    from playground.experiments.timeline import Timeline

HEIGHT = 230
# A lag of 2 shall not look like a mountain.
LEAST_TOP = 10


@dataclass(frozen=True, slots=True)
class LagSeries:
    """One partition's lag. None: unknown at that moment, the partition has no committed offset."""

    partition: int
    points: list[tuple[Moment, int | None]]

    @property
    def most(self) -> int | None:
        """Its largest; None when it was never known."""
        return max((lag for _at, lag in self.points if lag is not None), default=None)


def read_lag(timeline: Timeline, scene: Scene) -> list[LagSeries]:
    """Per partition, while the group lived."""
    found: dict[int, list[tuple[Moment, int | None]]] = {}
    for seen in timeline.of("offsets"):
        group = seen["groups"].get(scene.group_id)
        if group is not None and scene.began <= seen.at <= scene.ended:
            for partition, lag in group["lag"].items():
                found.setdefault(int(partition), []).append((seen.at, lag))
    return [LagSeries(partition, points) for partition, points in sorted(found.items())]


def draw_lag(scene: Scene, series: list[LagSeries], title: str, key: str) -> str:
    """The picture as SVG. `key` makes its ids unique in a page."""
    largest = max((each.most or 0 for each in series), default=0)
    frame = Frame(scene, key, title, _describe(series), HEIGHT)
    y = Scale(0, max(LEAST_TOP, largest * 1.08), frame.bottom, frame.top)
    highest_last = sorted(series, key=lambda each: each.most or 0)
    inside = _axis(y) + "".join(_line(each, frame, y) for each in highest_last)
    legend = [
        (
            element("line", x1=0, x2=22, y1=0, y2=0, class_=f"lag-line line {colour(each.partition)}"),
            f"{each.partition}: " + ("unknown" if each.most is None else f"up to {each.most:,}"),
        )
        for each in series
    ]
    return frame.wrap(_subtitle(series), inside, legend)


def _subtitle(series: list[LagSeries]) -> str:
    words = "orders that were written and not yet committed by the group"
    known = [each.most for each in series if each.most is not None]
    if not known:
        return f"{words}; it is unknown: the group had committed nothing"
    return words if any(known) else f"{words}; it was 0 whenever it was looked at"


def _axis(y: Scale) -> str:
    parts = []
    for lag in svg.ticks(y.low, y.high, 5):
        parts += [
            element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y(lag), y2=y(lag), class_="grid"),
            text(LEFT - 10, y(lag) + 4, f"{lag:,.0f}", "tick", anchor="end"),
        ]
    return element("g", *parts)


def _line(series: LagSeries, frame: Frame, y: Scale) -> str:
    path, pen = "", "M"
    for at, lag in series.points:
        if lag is None:
            pen = "M"
            continue
        path += f"{pen}{frame.x(at):.1f} {y(lag):.1f}"
        pen = "L"
    if not path:
        return ""
    title = f"partition {series.partition}: at most {series.most:,}"
    return svg.titled("path", title, d=path, class_=f"lag-line line {colour(series.partition)}")


def _describe(series: list[LagSeries]) -> str:
    largest = ", ".join(f"partition {each.partition} {each.most}" for each in series if each.most is not None)
    return f"The largest lag that was seen: {largest or 'unknown'}."

"""Pictures of `windows`: orders as they were read, with stream time and the windows that it closes."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from playground.clock import iso
from playground.experiments.report import svg
from playground.experiments.report.frame import LEFT, LEGEND_HEIGHT, RIGHT, STYLE, TITLE_HEIGHT, WIDTH
from playground.experiments.report.svg import Scale, element, escape, text
from playground.experiments.scratch import read_from
from playground.experiments.windows_claims import TOPIC, as_they_came, grace_of, late_of
from playground.tables import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.scratch import Written
    from playground.experiments.timeline import Timeline

HEIGHT, AXIS_HEIGHT = 300, 30
TOP, BOTTOM = TITLE_HEIGHT, TITLE_HEIGHT + HEIGHT
CROSS = 3.5


def draw_windows(timeline: Timeline) -> list[tuple[str, str]]:
    """Title and SVG of two: as the orders came, and as a consumer got them that read them again."""
    orders, grace = as_they_came(timeline), grace_of(timeline)
    if not orders:
        return []
    seconds = f"{grace / 1000:g} s of grace"
    given = {
        f"As the orders came, {seconds}": orders,
        f"Read again, {seconds}": read_from(timeline, TOPIC),
    }
    return [
        (title, _draw(title, rows, grace, f"windows-{at}")) for at, (title, rows) in enumerate(given.items())
    ]


def _draw(title: str, orders: Sequence[Written], grace: int, key: str) -> str:
    times = [order.time for order in orders]
    began = min(times) - min(times) % MINUTE_MS
    ended = max(times) - max(times) % MINUTE_MS + MINUTE_MS
    x, y = Scale(0, len(orders), LEFT, WIDTH - RIGHT), Scale(began, ended, BOTTOM, TOP)
    late = set(late_of(orders, grace))
    stream = list(accumulate(times, max))
    words = f"{len(late)} of {len(orders)} orders came when their window was closed, and were dropped."
    closed = [max(began, at - grace) for at in stream]
    return element(
        "svg",
        element("title", escape(title), id=f"{key}-title"),
        element("desc", escape(words), id=f"{key}-desc"),
        element("style", STYLE.read_text(encoding="utf-8")),
        element("rect", width=WIDTH, height=BOTTOM + AXIS_HEIGHT + LEGEND_HEIGHT + 8, class_="ground"),
        text(16, 26, title, "title"),
        text(16, 44, words, "subtitle"),
        _bands(began, ended, y),
        _axis(len(orders), x),
        _steps(closed, x, y, "action"),
        _steps(stream, x, y, "lag-line line p0"),
        *(_point(at, order, order in late, x, y) for at, order in enumerate(orders)),
        _legend(),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {BOTTOM + AXIS_HEIGHT + LEGEND_HEIGHT + 8}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_="picture",
    )


def _bands(began: int, ended: int, y: Scale) -> str:
    """A band for each window, every second one shaded."""
    parts = []
    for number, start in enumerate(range(began, ended, MINUTE_MS)):
        top, bottom = y(start + MINUTE_MS), y(start)
        if number % 2:
            parts.append(
                element("rect", x=LEFT, y=top, width=WIDTH - RIGHT - LEFT, height=bottom - top, class_="life")
            )
        parts.append(
            text(LEFT - 10, (top + bottom) / 2 + 4, f"window {iso(start)[11:16]}", "tick", anchor="end")
        )
    return element("g", *parts)


def _axis(orders: int, x: Scale) -> str:
    ticks = [
        text(x(number), BOTTOM + 16, f"{number:g}", "tick", anchor="middle")
        for number in svg.ticks(0, orders, 12)
    ]
    return element("g", *ticks, text(LEFT - 10, BOTTOM + 16, "records read", "tick", anchor="end"))


def _steps(values: Sequence[int], x: Scale, y: Scale, class_: str) -> str:
    """A line that rises in steps."""
    path = f"M{x(0):.1f} {y(values[0]):.1f}"
    for at, value in enumerate(values):
        path += f"H{x(at):.1f}V{y(value):.1f}"
    return element("path", d=f"{path}H{x(len(values)):.1f}", class_=class_, fill="none")


def _point(at: int, order: Written, late: bool, x: Scale, y: Scale) -> str:  # noqa: FBT001 - of one record
    where = f"{order.value} at {iso(order.time)[11:19]}, partition {order.partition}"
    if late:
        return element("g", element("title", escape(f"late: {where}")), _cross(x(at + 0.5), y(order.time)))
    return svg.titled("circle", where, cx=x(at + 0.5), cy=y(order.time), r=2.4, class_="bar p2")


def _cross(x: float, y: float) -> str:
    low, high = (f"{x - CROSS:.1f} {y - CROSS:.1f}", f"{x + CROSS:.1f} {y + CROSS:.1f}")
    up = f"M{x - CROSS:.1f} {y + CROSS:.1f}L{x + CROSS:.1f} {y - CROSS:.1f}"
    return element("path", d=f"M{low}L{high}{up}", class_="hatch")


def _legend() -> str:
    line = {"x1": 0, "x2": 22, "y1": 0, "y2": 0}
    entries = [
        (element("circle", cx=11, cy=0, r=3, class_="bar p2"), "an order that was counted"),
        (_cross(11, 0), "late: dropped"),
        (element("line", **line, class_="lag-line line p0"), "stream time"),
        (
            element("line", **line, class_="action"),
            "less the grace period: windows that end below it are closed",
        ),
    ]
    parts, x = [], float(LEFT)
    for sign, words in entries:
        parts += [element("g", sign, transform=f"translate({x:g} 0)"), text(x + 28, 4, words, "legend")]
        x += 28 + svg.width_of(words, 11) + 20
    return element("g", *parts, transform=f"translate(0 {BOTTOM + AXIS_HEIGHT + 8})")

"""What `windows` claims: judged by what stands in the topic, counted by the rules of Kafka Streams."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from playground.clock import iso
from playground.experiments.scratch import read_from, written_to
from playground.experiments.verdict import failed, inconclusive, passed
from playground.experiments.windows_plan import Event
from playground.tables import MINUTE_MS, Window
from playground.windowing import WindowCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.scratch import Written
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

TOPIC = "orders"
MINUTE = Window(MINUTE_MS, MINUTE_MS)
DAY_MS = 24 * 3600 * 1000
NOTHING = "no orders were written and read back"


def own_time(timeline: Timeline) -> Finding:
    """With a day of grace: every order is counted in the window of its own time, as planned."""
    orders = as_they_came(timeline)
    if not orders:
        return inconclusive(NOTHING)
    planned = Counter((event.item, event.time - event.time % MINUTE_MS) for event in planned_events(timeline))
    counted = count(orders, DAY_MS).counted
    if counted != planned:
        wrong = sorted(place for place in planned | counted if planned[place] != counted[place])
        item, start = wrong[0]
        return failed(
            f"{len(wrong)} counts are not as planned: of {item} in the window of {iso(start)} there are "
            f"{counted[item, start]} orders, {planned[item, start]} were sent"
        )
    newest = accumulate((order.time for order in orders), max)
    behind = sum(order.time < latest for order, latest in zip(orders, newest, strict=True))
    windows = len({start for _item, start in counted})
    return passed(
        f"{len(orders)} orders in {windows} windows, all as planned, though {behind} came after one of later",
        out_of_order=behind,
    )


def late_dropped(timeline: Timeline) -> Finding:
    """As they came: exactly those are dropped that come later than the grace period allows."""
    orders = as_they_came(timeline)
    if not orders:
        return inconclusive(NOTHING)
    grace = grace_of(timeline)
    planned = {place_of(order) for order, event in _paired(timeline, orders) if event.late}
    if not planned:
        return inconclusive("no order was late: more `minutes` or fewer `grace_seconds` leave room for it")
    dropped = {place_of(order) for order in late_of(orders, grace)}
    if dropped != planned:
        return failed(
            f"{len(dropped)} orders were dropped, {len(planned)} were late: "
            f"{len(planned - dropped)} of the late were counted, {len(dropped - planned)} others were not"
        )
    if kept := late_of(orders, DAY_MS):
        return failed(f"with a day of grace {len(kept)} orders were dropped")
    return passed(
        f"{len(planned)} of {len(orders)} orders came after the end of their window and {grace // 1000} s: "
        "these were dropped and no other; with a day of grace none",
        late=len(planned),
    )


def catching_up(timeline: Timeline) -> Finding:
    """The same records as a consumer gets them that begins now: more are late, with a day of grace none."""
    orders, caught = as_they_came(timeline), read_from(timeline, TOPIC)
    if not orders:
        return inconclusive(NOTHING)
    if len({order.partition for order in orders}) == 1:
        return inconclusive("all orders are on one partition, and come as they were written")
    grace = grace_of(timeline)
    before, after = late_of(orders, grace), late_of(caught, grace)
    if kept := late_of(caught, DAY_MS):
        return failed(f"with a day of grace {len(kept)} orders were dropped")
    if count(caught, DAY_MS).counted != count(orders, DAY_MS).counted:
        return failed("with a day of grace the order of reading changes the counts")
    if len(after) <= len(before):
        return inconclusive(
            f"{len(after)} orders were late, {len(before)} as they came: the consumer happened to get all "
            "partitions side by side"
        )
    return passed(
        f"{len(after)} of {len(orders)} orders were late when read again, {len(before)} as they came; with a "
        "day of grace none, and the same counts",
        late_again=len(after),
    )


def forgets(timeline: Timeline) -> Finding:
    """At the end the table has the windows of size and grace period, and no older ones."""
    orders = as_they_came(timeline)
    if not orders:
        return inconclusive(NOTHING)
    grace = grace_of(timeline)
    found, day = count(orders, grace), count(orders, DAY_MS)
    every, kept = ({start for _item, start in each} for each in (day.counted, found.table()))
    expected = {start for start in every if start > max(every) - MINUTE_MS - grace}
    if kept != expected or {start for _item, start in day.table()} != every:
        return failed(f"the table has {len(kept)} windows, {len(expected)} are expected")
    if kept == every:
        return inconclusive("all windows are young enough: more `minutes`, or fewer `grace_seconds`, show it")
    return passed(
        f"{len(every)} windows were counted; with {grace // 1000} s of grace {len(kept)} are still in the "
        f"table, with a day all {len(every)}",
        kept=len(kept),
    )


def as_they_came(timeline: Timeline) -> list[Written]:
    """The records as they stand in the topic, in the order in which they were written.

    Empty when one of them was not found there again: then nothing can be said.
    """
    there = {place_of(record): record for record in read_from(timeline, TOPIC)}
    sent = written_to(timeline, TOPIC)
    if not sent or any(place_of(record) not in there for record in sent):
        return []
    return [there[place_of(record)] for record in sent]


def planned_events(timeline: Timeline) -> list[Event]:
    """The plan, in the order in which orders come."""
    found = timeline.latest("plan")
    return [Event(*row) for row in found["events"]] if found else []


def count(orders: Sequence[Written], grace_ms: int) -> WindowCounts:
    """Counts per item and minute."""
    return WindowCounts(MINUTE, grace_ms).read_all((order.value, order.time) for order in orders)


def late_of(orders: Sequence[Written], grace_ms: int) -> list[Written]:
    """Those that are dropped."""
    found = WindowCounts(MINUTE, grace_ms)
    late = []
    for order in orders:
        before = found.late.total()
        found.read(order.value, order.time)
        if found.late.total() > before:
            late.append(order)
    return late


def grace_of(timeline: Timeline) -> int:
    """In milliseconds."""
    return int(timeline.settings["grace_seconds"] * 1000)


def place_of(record: Written) -> tuple[int, int]:
    """Partition and offset."""
    return record.partition, record.offset


def _paired(timeline: Timeline, orders: Sequence[Written]) -> list[tuple[Written, Event]]:
    return list(zip(orders, planned_events(timeline), strict=False))

"""Experiment `windows`: late and out-of-order events, and what the grace period decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.clock import iso, now_ms
from playground.errors import StackError
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lab import scratch_prefix
from playground.experiments.scratch import delete_topics, make_topic, read_from, read_records, write_records
from playground.experiments.windows_claims import (
    DAY_MS,
    TOPIC,
    as_they_came,
    catching_up,
    count,
    forgets,
    grace_of,
    late_dropped,
    late_of,
    own_time,
    planned_events,
)
from playground.experiments.windows_picture import draw_windows
from playground.experiments.windows_plan import plan_events
from playground.tables import MINUTE_MS

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline


class WindowsSettings(ExperimentSettings, frozen=True):
    """Settings of `windows`."""

    orders: Annotated[int, Meta(ge=30, le=2000, description="orders in all")] = 240
    minutes: Annotated[int, Meta(ge=2, le=30, description="minutes over which they happen")] = 5
    partitions: Annotated[int, Meta(ge=1, le=64, description="partitions of the scratch topic")] = 6
    out_of_order_seconds: Annotated[
        float, Meta(ge=0, le=120, description="how much out of order they come at most")
    ] = 20.0
    late: Annotated[int, Meta(ge=0, le=500, description="orders that come too late")] = 12
    grace_seconds: Annotated[float, Meta(ge=0, le=3600, description="the grace period of a window")] = 30.0


def prepare(lab: Lab) -> None:
    """The scratch topic."""
    given: WindowsSettings = lab.settings
    if given.out_of_order_seconds > given.grace_seconds:
        raise StackError(
            "out_of_order_seconds is more than grace_seconds: orders would be late that are not meant to be",
            next_step=f"--set grace_seconds={given.out_of_order_seconds:g}, or more",
        )
    make_topic(lab, _topic(lab), given.partitions)


def steps(_given: WindowsSettings) -> list[Step]:
    """Write, then read as a consumer that begins now."""
    return [
        Step("orders come out of order, and some late", _write),
        Step("a consumer reads them all again", _read),
    ]


def clean_up(lab: Lab) -> None:
    """Delete the scratch topic. Raises WaitTimeout."""
    delete_topics(lab, [_topic(lab)])


def _topic(lab: Lab) -> str:
    return f"{scratch_prefix(lab.run_id)}{TOPIC}"


def _write(lab: Lab) -> None:
    given: WindowsSettings = lab.settings
    now = now_ms()
    # The last minute is the one before this: nothing is written that has not happened yet.
    events = plan_events(given, now - now % MINUTE_MS - given.minutes * MINUTE_MS)
    rows = [[each.user, each.item, each.time, each.arrival, each.late] for each in events]
    lab.timeline.add("plan", events=rows)
    write_records(lab, _topic(lab), [(each.user, each.item, each.time) for each in events])


def _read(lab: Lab) -> None:
    given: WindowsSettings = lab.settings
    read_records(lab, _topic(lab), given.orders)


def measure(timeline: Timeline) -> list[Table]:
    """Each window: what happened in it, and what was counted in four ways."""
    orders, caught, grace = as_they_came(timeline), read_from(timeline, TOPIC), grace_of(timeline)
    if not orders:
        return []
    seconds = f"{grace / 1000:g} s"
    counts = {
        "as they came": count(orders, grace).counted,
        "in the table at the end": count(orders, grace).table(),
        "read again": count(caught, grace).counted,
        "read again, a day of grace": count(caught, DAY_MS).counted,
    }
    happened = [event.time - event.time % MINUTE_MS for event in planned_events(timeline)]
    rows = []
    for start in sorted(set(happened)):
        cells = [
            sum(number for (_item, at), number in found.items() if at == start) for found in counts.values()
        ]
        rows.append([iso(start)[11:16], happened.count(start), *cells])
    late = [
        ["as they came", len(late_of(orders, grace)), len(late_of(orders, DAY_MS))],
        ["read again", len(late_of(caught, grace)), len(late_of(caught, DAY_MS))],
    ]
    return [
        Table(
            f"Orders per window of a minute, with {seconds} of grace",
            ["window (UTC)", "happened in it", *counts],
            rows,
            "Counted by the rules of Kafka Streams, which ksqlDB is made of, over the records as they stand "
            "in the topic, by one task. A table forgets windows that are older than size and grace period.",
        ),
        Table("Orders that were dropped as late", ["read", f"{seconds} of grace", "a day of grace"], late),
    ]


def answer(timeline: Timeline) -> str | None:
    """What became of the late orders, as a letter."""
    orders = as_they_came(timeline)
    late = [order for order, event in zip(orders, planned_events(timeline), strict=False) if event.late]
    if not late:
        return None
    dropped = late_of(orders, grace_of(timeline))
    if all(order in dropped for order in late):
        return "C"
    return "A" if not any(order in dropped for order in late) else None


EXPERIMENT = Experiment(
    name="windows",
    title="When an order is late",
    question="Which window counts an order that comes out of order, and what does the grace period decide?",
    story=(
        "Windows cut a stream by the time at which orders happened, not by the time at which they come. "
        "Stream time is the latest time that was seen so far; when it has passed the end of a window and the "
        "grace period, the window is closed. Orders are written with times of their own, out of order, and "
        "some so late that their window is closed. Then the same topic is read once more, as a new query "
        "does that catches up."
    ),
    settings=WindowsSettings,
    prediction=Prediction(
        question=(
            "An order happened in a window that ended some minutes ago, and its grace period is over too. "
            "Now the order comes. What happens?"
        ),
        options={
            "A": "It is counted in its own window, which is opened again.",
            "B": "It is counted in the window of the present.",
            "C": "It is dropped, and nobody is told.",
            "D": "The query stops with an error.",
        },
        answer=answer,
        explanation=(
            "A closed window never changes again, so that its result can be passed on: what comes after is "
            "dropped, and only a metric (dropped-records) counts it. A long grace period costs memory and "
            "nothing else, as long as nobody waits for a final result."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "own-time", "An order is counted in the window of its own time, however out of order", own_time
        ),
        Check("late-dropped", "Exactly what comes after the grace period is dropped", late_dropped),
        Check(
            "catching-up",
            "Read again, one partition after another, more orders are late; with a day of grace none is",
            catching_up,
        ),
        Check("forgets", "A table remembers windows for their size and grace period, no longer", forgets),
    ),
    measure=measure,
    clean_up=clean_up,
    draw=draw_windows,
    minutes=0.1,
)

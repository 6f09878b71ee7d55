"""Experiment `streaming-sql`: the table, the analytics group and a recount of the topic say the same."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

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
from playground.experiments.scratch import rows_of
from playground.experiments.sql_claims import (
    ANALYTICS,
    COUNT,
    ENGINE,
    ITEMS,
    MINUTES,
    TOPIC,
    TREND,
    engine_of,
    grown,
    hopping_agrees,
    nothing_lost,
    recount,
    totals_agree,
    windows_agree,
)
from playground.experiments.verdict import Verdict
from playground.tables import MINUTE_MS
from playground.waiting import wait_until

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

USERS = 40
ORDERS_PER_REQUEST = 50
RECORDS_PER_REQUEST = 2000
CAUGHT_UP_SECONDS = 60.0
SHOWN = (COUNT, MINUTES, TREND)
# In a report: who counted.
WHO = {"ksqldb": ENGINE, "analytics": ANALYTICS}
# An order of now is in hopping windows that began so long ago at most.
SINCE_MS = 6 * MINUTE_MS


class StreamingSqlSettings(ExperimentSettings, frozen=True):
    """Settings of `streaming-sql`."""

    orders: Annotated[int, Meta(ge=10, le=5000, description="orders in all")] = 300
    seconds: Annotated[float, Meta(ge=0, le=300, description="over which they are sent")] = 3.0


def prepare(lab: Lab) -> None:
    """The analytics group must be at work, and everything there be counted."""
    if not any(worker.kind == ANALYTICS and worker.state == "running" for worker in lab.stack.workers()):
        raise StackError("no worker of analytics runs", next_step="playground scale analytics 1")
    lab.follow(ANALYTICS)
    lab.wait_drained(group_id=ANALYTICS)


def steps(_given: StreamingSqlSettings) -> list[Step]:
    """Ask, send, ask again, recount."""
    return [
        Step("the tables are asked", _ask_before),
        Step("orders come", _send),
        Step("the tables catch up", _catch_up),
        Step("the topic is counted again, record by record", _recount),
    ]


def _ask_before(lab: Lab) -> None:
    lab.mark("since", time=now_ms() - SINCE_MS, ends=_ends(lab))
    lab.timeline.add("tables", name="before", **_tables(lab))


def _send(lab: Lab) -> None:
    given: StreamingSqlSettings = lab.settings
    began = time.monotonic()
    for first in range(0, given.orders, ORDERS_PER_REQUEST):
        numbers = range(first, min(first + ORDERS_PER_REQUEST, given.orders))
        due = began + given.seconds * first / given.orders
        wait_until(partial(_is_past, due), "the next orders to be due", given.seconds + 1)
        lab.customer.send(
            [
                {"user": f"user-{n % USERS + 1}", "item": ITEMS[n % len(ITEMS)], "qty": 1 + n % 4, "age": 30}
                for n in numbers
            ]
        )


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment


def _catch_up(lab: Lab) -> None:
    """Ask until both have what was acknowledged, which is written down as well when they never do."""
    given: StreamingSqlSettings = lab.settings
    before = lab.timeline.of("tables")[0]
    began = time.monotonic()
    now: dict[str, Any] = {}

    def counted() -> bool:
        now.update(_tables(lab))
        lab.timeline.add("tables", name="after", seconds=round(time.monotonic() - began, 3), **now)
        return all(_total(now[who]) - _total(before[who]) >= given.orders for who in (ENGINE, ANALYTICS))

    wait_until(counted, "the tables to have every order", CAUGHT_UP_SECONDS, every=0.5)


def _total(tables: dict[str, list[dict[str, Any]]]) -> int:
    return sum(row["total"] for row in tables[COUNT])


def _tables(lab: Lab) -> dict[str, Any]:
    """What the engine and the analytics group say of our items: table -> rows."""
    since = lab.timeline.marks("since")[0]["time"]
    found: dict[str, Any] = {ENGINE: {}, ANALYTICS: {}}
    for who, wanted in ((ENGINE, None), (ANALYTICS, ANALYTICS)):
        for table in SHOWN:
            rows = []
            for item in ITEMS:
                start = None if table == COUNT else since
                answer = lab.api.get(
                    "/stream-table", **{"table": table, "key": item, "from": start, "engine": wanted}
                )
                rows += answer["rows"]
                if who == ENGINE:
                    found["engine_name"] = answer["engine"]
            found[who][table] = rows
    return found


def _ends(lab: Lab) -> dict[str, int]:
    topic = next(each for each in lab.api.get("/topics")["topics"] if each["topic"] == TOPIC)
    return {str(each["partition"]): each["end_offset"] or 0 for each in topic["partitions"]}


def _recount(lab: Lab) -> None:
    """Read what came since the beginning, and write down our orders, with the values that they have."""
    began, ended = lab.timeline.marks("since")[0]["ends"], _ends(lab)
    rows: list[list[Any]] = []
    for partition, end in ended.items():
        offset = began.get(partition, 0)
        while offset < end:
            found = lab.api.get(
                f"/topics/{TOPIC}/records", partition=partition, offset=offset, limit=RECORDS_PER_REQUEST
            )["records"]
            rows += rows_of(found)
            if not found:
                break
            offset = found[-1]["offset"] + 1
    lab.timeline.add("read", topic=TOPIC, records=rows)


def measure(timeline: Timeline) -> list[Table]:
    """Each item and each window, by three who counted it; and how long the tables took."""
    counted, last = recount(timeline), timeline.latest("tables")
    who = {"analytics": ANALYTICS} if engine_of(timeline) == ANALYTICS else WHO
    totals = [grown(timeline, each, COUNT) or {} for each in who.values()]
    minutes = [grown(timeline, each, MINUTES) or {} for each in who.values()]
    if last is None:
        return []
    rows = [
        [item, orders, *(each.get((item,), (0,))[0] for each in totals)]
        for item, (orders, _pieces) in counted.totals.items()
    ]
    windows = [
        [place[0], iso(place[1])[11:16], orders, *(each.get(place, (0,))[0] for each in minutes)]
        for place, orders in sorted(counted.minutes.items())
    ]
    return [
        Table(
            "Orders of each item",
            ["item", "records in the topic", *(f"item_count ({each})" for each in who)],
            rows,
            f"The tables had every order {last['seconds']:g} s after the last one was acknowledged.",
        ),
        Table(
            "Orders of each item and minute",
            ["item", "window (UTC)", "records in the topic", *(f"orders_per_min ({each})" for each in who)],
            windows,
        ),
    ]


def answer(timeline: Timeline) -> str | None:
    """Whether all three agree, as a letter."""
    return "C" if totals_agree(timeline).verdict is Verdict.PASSED else None


EXPERIMENT = Experiment(
    name="streaming-sql",
    title="Three who count the same",
    question="Does a table of streaming SQL say what another consumer group counts, and what the topic has?",
    story=(
        "The table item_count of streaming SQL, the group analytics with its database, and whoever reads the "
        "topic again: three ways to count orders, each with offsets of its own. Orders of three items are "
        "sent; then all three are asked, also by windows of a minute and by windows that overlap. Without "
        "ksqlDB the analytics group answers for the table too."
    ),
    settings=StreamingSqlSettings,
    prediction=Prediction(
        question=(
            "Some seconds after the last order the table, the analytics group and a recount of the topic are "
            "compared. What do they say?"
        ),
        options={
            "A": "Each has a share of the orders: consumers divide the partitions among them.",
            "B": "The table has more: it counts what was read twice.",
            "C": "All three have every order, once.",
            "D": "The table has fewer: it leaves out what is in an open window.",
        },
        answer=answer,
        explanation=(
            "Each is a consumer group of its own and gets every record. The table is a count that is kept "
            "with its offsets, as the analytics group keeps them in its database: exactly once."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check("nothing-lost", "The topic has every acknowledged order, once", nothing_lost),
        Check("totals", "Table, analytics group and recount agree on each item", totals_agree),
        Check(
            "windows", "They agree on each minute: orders count where their record's time is", windows_agree
        ),
        Check("hopping", "They agree on windows that overlap: an order counts in each", hopping_agrees),
    ),
    measure=measure,
    minutes=0.2,
)

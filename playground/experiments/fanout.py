"""Experiment `fanout`: every consumer group gets the whole stream, and none disturbs another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.errors import StackError
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.fanout_checks import (
    AGAIN,
    AGAIN_READ,
    FIRST,
    FIRST_READ,
    NEW,
    NEW_READ,
    all_from_the_start,
    audits_of,
    balance_of,
    effects_of,
    offsets_of_their_own,
    only_what_comes_after,
    records_in,
    records_read,
)
from playground.jobs import ANALYTICS
from playground.topics import ORDERS

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

BEGINS = {ANALYTICS: "was there before", FIRST: "latest", AGAIN: "earliest", NEW: "latest"}


class FanoutSettings(ExperimentSettings, frozen=True):
    """Settings of `fanout`."""

    members: Annotated[int, Meta(ge=1, le=32, description="members of each group")] = 2
    rate: Annotated[float, Meta(ge=1, le=5000, description="orders per second, spread evenly")] = 240.0
    seconds: Annotated[float, Meta(ge=0.5, le=60, description="how long orders come, each time")] = 3.0
    max_records: Annotated[
        int, Meta(ge=1, le=5_000_000, description="the most records of the topic that a group shall read")
    ] = 200_000


def prepare(lab: Lab) -> None:
    """Group `first` reads live, beside `analytics`, which must be at work."""
    given: FanoutSettings = lab.settings
    if not any(worker.kind == ANALYTICS and worker.state == "running" for worker in lab.stack.workers()):
        raise StackError(
            "no worker of analytics runs, and it is the second group here",
            next_step="playground scale analytics 1",
        )
    _refuse_long_history(lab, given.max_records)
    lab.follow(ANALYTICS)
    lab.customer.learn_users(lab.partitions)
    lab.join(FIRST, given.members)
    lab.wait_drained(group_id=ANALYTICS)
    lab.audit("before")
    lab.audit("before", ANALYTICS)


def steps(_given: FanoutSettings) -> list[Step]:
    """Two groups at once, then one from the beginning, then one from now on."""
    return [
        Step("two groups read the same orders", _first_reads),
        Step("a group that begins at the earliest record", _again_reads),
        Step("a group that begins at the latest record", _new_reads),
    ]


def _first_reads(lab: Lab) -> None:
    _send_orders(lab)
    lab.audit("after")
    lab.take_offsets(FIRST_READ)


def _again_reads(lab: Lab) -> None:
    given: FanoutSettings = lab.settings
    lab.join(AGAIN, given.members, consumer_auto_offset_reset="earliest")
    lab.wait_drained()
    lab.audit("after")
    lab.take_offsets(AGAIN_READ)


def _new_reads(lab: Lab) -> None:
    given: FanoutSettings = lab.settings
    lab.join(NEW, given.members)
    lab.audit("before")
    _send_orders(lab)
    lab.audit("after", ANALYTICS)
    lab.take_offsets(NEW_READ)


def _send_orders(lab: Lab) -> None:
    given: FanoutSettings = lab.settings
    lab.customer.start(given.rate)
    lab.watch(given.seconds, "orders")
    lab.customer.stop()
    lab.wait_drained()
    lab.wait_drained(group_id=ANALYTICS)


def _refuse_long_history(lab: Lab, most: int) -> None:
    topic = next(each for each in lab.api.get("/topics")["topics"] if each["topic"] == ORDERS)
    ends = [(part["start_offset"], part["end_offset"]) for part in topic["partitions"]]
    records = sum(end - start for start, end in ends if start is not None and end is not None)
    if records > most:
        raise StackError(
            f"the topic holds {records} records, a group would have to read all, and max_records is {most}",
            next_step=f"--set max_records={records * 2}, or begin with an empty topic: `playground reset`",
        )


def measure(timeline: Timeline) -> list[Table]:
    """Per group: where it began, what it read, what it still had to read."""
    rows = []
    for name, begins in BEGINS.items():
        audits = {each["name"]: each["partitions"] for each in audits_of(timeline, name)}
        after = audits.get("after", [])
        before = audits.get("before", [])
        if after:
            read = sum(map(records_read, after)) - sum(map(records_read, before))
            rows.append([name, begins, read, sum(row["pending"] for row in after)])
    return [
        Table(
            "What each group has read in this run",
            ["group", "begins at", "records read", "records left to read"],
            rows,
            "Each group has a committed offset per partition of its own. A record is not taken away by "
            "being read: it stays until the retention of the topic ends.",
        )
    ]


def answer(timeline: Timeline) -> str | None:
    """How much of the topic the group from the earliest record has got, as a letter."""
    rows = balance_of(timeline, AGAIN)
    records = sum(map(records_in, rows.values()))
    if not records or any(row["pending"] for row in rows.values()):
        return None
    read = sum(map(records_read, rows.values()))
    if read == records:
        return "C"
    return "B" if read else "A"


EXPERIMENT = Experiment(
    name="fanout",
    title="Every group gets everything",
    question="Do groups share the orders, or does each get all of them, also one that comes late?",
    story=(
        "Members of one group share the partitions. Groups do not: each has its own committed offsets and "
        "reads the whole topic, whoever has read it before. Where a group without committed offsets begins "
        "is its own choice: at the earliest record that is still there, or at the latest. Here three groups "
        "come one after the other, beside `analytics`, which counts orders all the time."
    ),
    settings=FanoutSettings,
    prediction=Prediction(
        question=(
            "Two groups have read all orders. Now a third one begins, with auto.offset.reset=earliest. "
            "What does it get?"
        ),
        options={
            "A": "Nothing: the orders have been consumed.",
            "B": "A part of them: the groups divide the orders among themselves.",
            "C": "All orders that the topic still holds.",
        },
        answer=answer,
        explanation=(
            "A topic is a log and no queue: reading takes nothing away. The offsets of a group are all that "
            "Kafka remembers of its reading, and a new group has none."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "all-while-there",
            "A group gets every order that is acknowledged while it reads, once",
            effects_of(FIRST),
        ),
        Check(
            "analytics-too",
            "The group analytics counts all these orders as well, and those of later spans",
            effects_of(ANALYTICS),
        ),
        Check(
            "all-from-the-start",
            "A group that begins late at the earliest record gets every record of the topic",
            all_from_the_start,
        ),
        Check(
            "only-what-comes-after",
            "A group that begins at the latest record gets what comes after it and nothing from before",
            only_what_comes_after,
        ),
        Check(
            "own-offsets",
            "Committed offsets of a group do not move when another group reads",
            offsets_of_their_own,
        ),
    ),
    measure=measure,
    minutes=0.3,
)

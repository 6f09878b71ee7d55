"""Experiment `joins`: what is joined must lie side by side, or the join finds nothing and says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.clock import now_ms
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.joins_claims import (
    NUMBER,
    ORDERS,
    PARTITIONER,
    PROFILES,
    SAME,
    co_partitioned,
    join,
    other_number,
    other_partitioner,
    too_late,
)
from playground.experiments.lab import scratch_prefix
from playground.experiments.scratch import (
    OTHER,
    OURS,
    delete_topics,
    make_topic,
    read_records,
    write_records,
)

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

CITIES = ("Lisbon", "Oslo", "Lima", "Accra")
STEP_MS = 10  # between two records
WORDS = {
    SAME: "as many partitions, the same partitioner",
    PARTITIONER: "as many partitions, another partitioner",
    NUMBER: "another number of partitions",
}


class JoinsSettings(ExperimentSettings, frozen=True):
    """Settings of `joins`."""

    users: Annotated[int, Meta(ge=4, le=500, description="users, each with a profile")] = 40
    newcomers: Annotated[
        int, Meta(ge=0, le=100, description="of them, whose profile comes after half of the orders")
    ] = 5
    orders: Annotated[int, Meta(ge=20, le=2000, description="orders, of the users in turn")] = 200
    partitions: Annotated[int, Meta(ge=2, le=64, description="partitions of the orders")] = 6
    other_partitions: Annotated[
        int, Meta(ge=1, le=64, description="partitions of the profiles that have another number")
    ] = 4


def prepare(lab: Lab) -> None:
    """Four scratch topics: the orders, and the profiles in three ways."""
    given: JoinsSettings = lab.settings
    for name in (ORDERS, *PROFILES):
        make_topic(lab, _topic(lab, name), given.other_partitions if name == NUMBER else given.partitions)


def steps(_given: JoinsSettings) -> list[Step]:
    """Profiles, orders, the profiles of newcomers, more orders."""
    return [
        Step("profiles come, in three ways", _write_profiles),
        Step("orders come; halfway the newcomers get their profiles", _write_orders),
        Step("all topics are read", _read),
    ]


def clean_up(lab: Lab) -> None:
    """Delete the scratch topics. Raises WaitTimeout."""
    delete_topics(lab, [_topic(lab, name) for name in (ORDERS, *PROFILES)])


def _topic(lab: Lab, name: str) -> str:
    return f"{scratch_prefix(lab.run_id)}{name}"


def _users(given: JoinsSettings) -> list[str]:
    return [f"user-{number + 1}" for number in range(given.users)]


def _write_profiles(lab: Lab) -> None:
    given: JoinsSettings = lab.settings
    began = now_ms()
    lab.mark("began", time=began)
    _write(lab, _users(given)[given.newcomers :], began)


def _write(lab: Lab, users: list[str], time: int) -> None:
    records = [(user, CITIES[number % len(CITIES)], time) for number, user in enumerate(users)]
    for name in PROFILES if records else ():
        write_records(lab, _topic(lab, name), records, OTHER if name == PARTITIONER else OURS)


def _write_orders(lab: Lab) -> None:
    given: JoinsSettings = lab.settings
    users, began = _users(given), lab.timeline.marks("began")[0]["time"]
    orders = [
        (users[number % len(users)], str(number), began + (number + 1) * STEP_MS)
        for number in range(given.orders)
    ]
    half = len(orders) // 2
    write_records(lab, _topic(lab, ORDERS), orders[:half])
    _write(lab, users[: given.newcomers], orders[half - 1][2] + 1)
    write_records(lab, _topic(lab, ORDERS), orders[half:])


def _read(lab: Lab) -> None:
    given: JoinsSettings = lab.settings
    for name in (ORDERS, *PROFILES):
        read_records(lab, _topic(lab, name), given.orders if name == ORDERS else given.users)


def measure(timeline: Timeline) -> list[Table]:
    """How many orders found a profile, in each way; and what an inner and a left join make of it."""
    rows = []
    for name in PROFILES:
        joined = join(timeline, name)
        found = sum(row.found for row in joined)
        if joined:
            share = round(100 * found / len(joined))
            rows.append([WORDS[name], len(joined), found, share, found, len(joined), len(joined) - found])
    return [
        Table(
            "Orders that found the profile of their user",
            ["profiles", "orders", "found", "found (%)", "rows, INNER JOIN", "rows, LEFT JOIN", "with nulls"],
            rows,
            "Joined by partition, as Kafka Streams and ksqlDB do: task n has partition n of both topics. "
            "They refuse two topics whose numbers of partitions differ; another partitioner nobody sees. "
            "`playground doctor` looks whether the playground's own topics can be joined.",
        )
    ]


def answer(timeline: Timeline) -> str | None:
    """How many orders found a profile that another partitioner placed, as a letter."""
    rows, right = join(timeline, PARTITIONER), join(timeline, SAME)
    if not rows or not right:
        return None
    found, could = sum(row.found for row in rows), sum(row.found for row in right)
    if found == could:
        return "A"
    return "C" if found else "D"


EXPERIMENT = Experiment(
    name="joins",
    title="Joined, or side by side in vain",
    question="What must be true of two topics so that a join finds what belongs together?",
    story=(
        "A join is done partition by partition: who reads partition 2 of the orders reads partition 2 of the "
        "profiles, and nothing else. So a user's orders and profile must lie in partitions of the same "
        "number. The same profiles are written three times: as the orders are, by another partitioner, and "
        "into another number of partitions. Some users get their profile only after half of the orders."
    ),
    settings=JoinsSettings,
    prediction=Prediction(
        question=(
            "The profiles are in a topic with as many partitions as the orders, with the same keys, but "
            "their producer uses another partitioner. What does the join give?"
        ),
        options={
            "A": "Every order with its profile: the keys are the same.",
            "B": "An error when the query begins.",
            "C": "A few orders with a profile, by chance; the others without, and no error.",
            "D": "No order with a profile, and no error.",
        },
        answer=answer,
        explanation=(
            "Two partitioners agree on a key by chance: on one key in as many as there are partitions. "
            "All others look into a partition where their profile is not. To a join that is no error: it is "
            "a user without a profile."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "co-partitioned",
            "With the same partitioner and as many partitions every order finds the profile that is there",
            co_partitioned,
        ),
        Check(
            "other-partitioner",
            "Profiles of another partitioner are found only where both agree by chance, without an error",
            other_partitioner,
        ),
        Check(
            "other-number",
            "In another number of partitions they are found only where both numbers agree by chance",
            other_number,
        ),
        Check(
            "too-late",
            "An order meets the profile of its time: one that comes later changes nothing",
            too_late,
        ),
    ),
    measure=measure,
    clean_up=clean_up,
    minutes=0.1,
)

"""Experiment `partitioning`: which key spreads orders well, which keeps their order, and who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.partitioning_claims import (
    AGE_GROUPS,
    GROUP,
    age_group_trap,
    idle_members,
    no_key_no_order,
    order_kept,
    partitioners_disagree,
    same_key_same_partition,
)
from playground.experiments.placements import find_placement, read_placements
from playground.experiments.scratch import OTHER, OURS, delete_topics, make_topic
from playground.experiments.scratch_orders import (
    RECORDS_PER_REQUEST,
    chunks_of,
    make_orders,
    topic_of,
    write_orders,
)
from playground.experiments.timing import QUICK
from playground.orders import KEY_STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline


class PartitioningSettings(ExperimentSettings, frozen=True):
    """Settings of `partitioning`."""

    partitions: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=64)], ...],
        Meta(min_length=1, max_length=8, description="numbers of partitions to try"),
    ] = (2, 3, 4, 6, 12)
    orders: Annotated[int, Meta(ge=60, le=5000, description="orders per combination")] = 240
    users: Annotated[int, Meta(ge=3, le=1000, description="customers who send them, in turn")] = 40
    members: Annotated[
        int, Meta(ge=1, le=32, description="workers that handle orders keyed by age group")
    ] = 6


def prepare(lab: Lab) -> None:
    """A scratch topic for each number of partitions."""
    given: PartitioningSettings = lab.settings
    for partitions in dict.fromkeys(given.partitions):
        make_topic(lab, topic_of(lab, partitions), partitions)


def steps(given: PartitioningSettings) -> list[Step]:
    """Every key and partitioner on each scratch topic; then real workers."""

    def write(partitions: int) -> Callable[[Lab], None]:
        def run(lab: Lab) -> None:
            for partitioner in (OURS, OTHER):
                for key in KEY_STRATEGIES:
                    write_orders(lab, key, partitions, partitioner)

        return run

    return [
        *(Step(f"{count} partitions: every key", write(count)) for count in dict.fromkeys(given.partitions)),
        Step("workers handle orders keyed by age group", _work),
    ]


def clean_up(lab: Lab) -> None:
    """Delete the scratch topics. Raises WaitTimeout naming those that are still there."""
    given: PartitioningSettings = lab.settings
    delete_topics(lab, [topic_of(lab, partitions) for partitions in dict.fromkeys(given.partitions)])


def _work(lab: Lab) -> None:
    given: PartitioningSettings = lab.settings
    lab.tune(GROUP, QUICK)
    lab.join(GROUP, given.members)
    lab.mark(f"{GROUP}_began")
    orders = make_orders(given.orders, given.users)
    for _first, chunk in chunks_of(orders, RECORDS_PER_REQUEST):
        given_orders = [
            {"user": order.user, "item": order.item, "qty": order.qty, "age": order.age} for order in chunk
        ]
        lab.customer.send(given_orders, key="age_group")
    lab.wait_drained()
    lab.mark(f"{GROUP}_ended")


def measure(timeline: Timeline) -> list[Table]:
    """How evenly each key spreads the orders, and where the age groups go."""
    rows, ages = [], []
    for each in read_placements(timeline):
        if each.key == "age_group":
            place = each.partition_of()
            ages.append([each.partitions, each.partitioner, *(place.get(group) for group in AGE_GROUPS)])
        if each.partitioner != OURS:
            continue
        other = find_placement(timeline, each.key, each.partitions, OTHER)
        cells = [
            each.key,
            each.partitions,
            round(100 / each.partitions),
            round(100 * each.hottest),
            each.empty,
        ]
        rows.append([*cells, *((round(100 * other.hottest), other.empty) if other else (None, None))])
    return [
        Table(
            "Where the orders go",
            [
                "key",
                "partitions",
                "fair share (%)",
                f"hottest partition, {OURS} (%)",
                f"empty partitions, {OURS}",
                f"hottest partition, {OTHER} (%)",
                f"empty partitions, {OTHER}",
            ],
            rows,
            "In a group with as many members as partitions, each empty partition is an idle member, and the "
            "owner of the hottest one decides how fast the group is.",
        ),
        Table("Which partition the age groups go to", ["partitions", "partitioner", *AGE_GROUPS], ages),
    ]


def answer(timeline: Timeline) -> str | None:
    """How many of 4 partitions have orders keyed by age group, as a letter."""
    found = find_placement(timeline, "age_group", 4, OURS)
    if found is None or len(found.by_key()) < len(AGE_GROUPS):
        return None
    return {4: "A", 3: "B", 2: "C", 1: "D"}.get(len(found.counts))


EXPERIMENT = Experiment(
    name="partitioning",
    title="The key decides",
    question="Which key spreads orders over the partitions, and which one keeps their order?",
    story=(
        "A producer's partitioner hashes the key of a record to choose its partition; without a key it "
        "spreads records. Order is kept within a partition only. So the key decides two things at once: "
        "what stays in order, and how evenly the work is shared. The same orders are written with five "
        "keys, on topics with several numbers of partitions, by two partitioners that are in wide use."
    ),
    settings=PartitioningSettings,
    prediction=Prediction(
        question=(
            "Orders are keyed by age group: child, adult and senior. The topic has 4 partitions. "
            "How many of them get any order?"
        ),
        options={
            "A": "All four, about evenly.",
            "B": "Three: one for each age group.",
            "C": "Two.",
            "D": "One: all age groups go to the same.",
        },
        answer=answer,
        explanation=(
            "A hash does not deal keys out in turn: few keys meet on a partition by chance, and these three "
            "meet on one of 4. Many different keys even that out; three cannot."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "same-partition",
            "Records with the same key are on the same partition, always",
            same_key_same_partition,
        ),
        Check("order-kept", "Records with the same key stand in the order they were sent", order_kept),
        Check(
            "no-key-no-order",
            "Without a key the orders of a customer are spread, so nothing keeps their order",
            no_key_no_order,
        ),
        Check(
            "age-group-trap",
            "Keyed by age group orders fill three partitions at most, and fewer where keys meet by chance",
            age_group_trap,
        ),
        Check(
            "partitioners-differ",
            "Another partitioner puts the same keys elsewhere: all producers must use the same",
            partitioners_disagree,
        ),
        Check(
            "idle-members",
            "Members whose partitions get no age group have nothing to do",
            idle_members,
            every_event=True,
        ),
    ),
    measure=measure,
    clean_up=clean_up,
    minutes=0.2,
)

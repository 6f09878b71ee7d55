"""Experiment `rebalance`: what happens to partitions when members come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.experiments import checks
from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.rebalances import read_rebalances
from playground.experiments.timing import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

GROUP = "members"


class RebalanceSettings(ExperimentSettings, frozen=True):
    """Settings of `rebalance`."""

    members: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=32)], ...],
        Meta(min_length=2, description="numbers of members, one after the other"),
    ] = (1, 3, 6, 8, 2)
    rate: Annotated[float, Meta(ge=1, le=5000, description="orders per second, spread evenly")] = 240.0
    watch_seconds: Annotated[float, Meta(ge=0.5, le=60, description="how long each number is watched")] = 2.0


def prepare(lab: Lab) -> None:
    """A new group with the first number of members; orders flow when it is stable."""
    given: RebalanceSettings = lab.settings
    lab.customer.learn_users(lab.partitions)
    lab.tune(GROUP, QUICK)
    lab.join(GROUP, given.members[0])
    lab.audit("before")
    lab.customer.start(given.rate)
    lab.watch(given.watch_seconds, "first")


def steps(given: RebalanceSettings) -> list[Step]:
    """One per number of members after the first."""

    def scale(members: int) -> Callable[[Lab], None]:
        def run(lab: Lab) -> None:
            lab.scale(members)
            lab.watch(given.watch_seconds, f"with_{members}")

        return run

    return [Step(f"scale to {members}", scale(members)) for members in given.members[1:]]


def measure(timeline: Timeline) -> list[Table]:
    """Time to stable, and the pause of each partition, per rebalance."""
    found = read_rebalances(timeline, group_of(timeline))
    rebalances = [
        [
            f"{each.members_before} to {each.members}",
            round(each.seconds, 2),
            len(each.moved),
            _longest(each.pause_ms(part) for part in each.moved),
            _longest(each.pause_ms(part) for part in set(each.owners) - each.moved),
            len(each.idle),
        ]
        for each in found
    ]
    pauses = [[part, *(each.pause_ms(part) for each in found[1:])] for part in timeline.partitions]
    return [
        Table(
            "Rebalances",
            [
                "members",
                "time to stable (s)",
                "partitions moved",
                "longest pause, moved (ms)",
                "longest pause, not moved (ms)",
                "idle members",
            ],
            rebalances,
            "Time to stable counts from the moment that Kafka knows of the last change; starting a process "
            "takes longer than that and is no part of it. A pause is the longest stretch in which no order "
            "of a partition was handled.",
        ),
        Table(
            "Pause of each partition (ms)",
            ["partition", *(f"{each.members_before} to {each.members}" for each in found[1:])],
            pauses,
        ),
    ]


def answer(timeline: Timeline) -> str | None:
    """How many members were idle when there were most of them, as a letter."""
    found = read_rebalances(timeline, group_of(timeline))
    if not found:
        return None
    most = max(found, key=lambda each: each.members)
    extra = most.members - len(timeline.partitions)
    if extra <= 0:
        return None
    if len(most.idle) == extra:
        return "B"
    return "A" if not most.idle else None


def group_of(timeline: Timeline) -> str:
    """The id of the run's group."""
    return str(timeline.head["run_id"]) + "-" + GROUP


def _longest(pauses: object) -> int | None:
    return max((pause for pause in pauses if pause is not None), default=None)  # type: ignore[attr-defined]


def _of_group(judge: Callable[[Timeline, str], Finding]) -> Callable[[Timeline], Finding]:
    return lambda timeline: judge(timeline, group_of(timeline))


EXPERIMENT = Experiment(
    name="rebalance",
    title="Members come and go",
    question="Who owns which partition when a group grows and shrinks, and what does a change cost?",
    story=(
        "A consumer group shares the partitions of a topic among its members. When a member joins or leaves, "
        "the group rebalances: some partitions get a new owner, and until it has them nobody works on them. "
        "A group cannot use more members than the topic has partitions."
    ),
    settings=RebalanceSettings,
    prediction=Prediction(
        question="A group has more members than the topic has partitions. What do the members do?",
        options={
            "A": "All work; some partitions are shared by several members.",
            "B": "As many work as there are partitions, the others have nothing to do.",
            "C": "The group refuses those that come when each partition has a member.",
        },
        answer=answer,
        explanation=(
            "A partition has one owner in a group, so that its order is kept. Members beyond the number of "
            "partitions are idle; they take over at once when another one leaves."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "one-owner",
            "Every partition has exactly one owner while the group is stable",
            _of_group(checks.one_owner_each),
        ),
        Check("fair-shares", "Shares differ by one partition at most", _of_group(checks.fair_shares)),
        Check(
            "idle-members",
            "Members beyond the number of partitions stay idle",
            _of_group(checks.idle_beyond_partitions),
        ),
        Check(
            "exactly-once",
            "Nothing is lost and nothing repeated, whoever owns what",
            _of_group(nothing_lost_or_repeated),
        ),
    ),
    measure=measure,
    minutes=0.7,
)

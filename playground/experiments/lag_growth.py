"""Experiment `lag`: how lag grows when workers are slow, drains when there are more, and stays exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lag_claims import (
    commits_nothing,
    drains_as_predicted,
    grows_as_predicted,
    grows_by_what_comes,
    is_end_minus_committed,
)
from playground.experiments.lag_measures import (
    NOBODY,
    SLOW,
    group_of,
    read_drain,
    read_growth,
    read_standstill,
)
from playground.experiments.timing import QUICK

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

# Lag of less than one second of orders is as good as none while orders come.
DRAINED_SECONDS_OF_ORDERS = 1.0
DRAIN_WAIT_SECONDS = 90.0


class LagSettings(ExperimentSettings, frozen=True):
    """Settings of `lag`."""

    rate: Annotated[float, Meta(ge=10, le=2000, description="orders per second, spread evenly")] = 150.0
    delay_ms: Annotated[int, Meta(ge=1, le=1000, description="how long a worker needs for an order")] = 10
    members: Annotated[int, Meta(ge=1, le=32, description="members at first: too few for the orders")] = 1
    scale_to: Annotated[
        int, Meta(ge=2, le=32, description="members then; best a divisor of the number of partitions")
    ] = 3
    slow_seconds: Annotated[float, Meta(ge=5, le=120, description="how long lag may grow")] = 20.0
    nobody_seconds: Annotated[
        float, Meta(ge=1, le=60, description="how long orders come while no worker runs")
    ] = 4.0
    tolerance: Annotated[
        float, Meta(ge=0.02, le=0.5, description="how far a prediction may be off, as a share of it")
    ] = 0.2


def prepare(lab: Lab) -> None:
    """A group of slow workers, with nothing left to read."""
    given: LagSettings = lab.settings
    lab.customer.learn_users(lab.partitions)
    lab.tune(SLOW, QUICK)
    lab.join(SLOW, given.members, fault_processing_delay_ms=given.delay_ms)
    lab.audit("before")


def steps(given: LagSettings) -> list[Step]:
    """Too few members, enough of them, none, and enough again."""
    return [
        Step(f"{given.members} slow: lag grows", _grow),
        Step(f"scale to {given.scale_to}: lag drains", _drain),
        Step("scale to 0: nobody reads", _stand_still),
        Step(f"scale to {given.scale_to}: the rest is read", lambda lab: lab.scale(given.scale_to)),
    ]


def _grow(lab: Lab) -> None:
    given: LagSettings = lab.settings
    lab.customer.start(given.rate)
    lab.watch(given.slow_seconds, SLOW)


def _drain(lab: Lab) -> None:
    given: LagSettings = lab.settings
    left = round(given.rate * DRAINED_SECONDS_OF_ORDERS)
    lab.scale(given.scale_to)
    lab.mark("draining", left=left)
    lab.wait_drained(DRAIN_WAIT_SECONDS, lag=left)


def _stand_still(lab: Lab) -> None:
    """Offsets are taken while nothing is on its way: only then is there a number to be exact about."""
    given: LagSettings = lab.settings
    lab.customer.stop()
    lab.wait_drained()
    lab.scale(0)
    lab.take_offsets(f"{NOBODY}_before")
    lab.customer.start(given.rate)
    lab.watch(given.nobody_seconds, NOBODY)
    lab.customer.stop()
    lab.take_offsets(f"{NOBODY}_after")


def measure(timeline: Timeline) -> list[Table]:
    """Growth, drain, and what was while nobody read."""
    tables = []
    if growth := read_growth(timeline):
        tables.append(
            Table(
                "Lag grows",
                ["produced (1/s)", "consumed (1/s)", "difference (1/s)", "growth of lag (1/s)"],
                [
                    [
                        round(each, 1)
                        for each in (growth.produced, growth.consumed, growth.expected, growth.lag)
                    ]
                ],
                "Slopes of lines through what was acknowledged, what was handled, and lag once per second.",
            )
        )
    if drain := read_drain(timeline):
        cells = [drain.backlog, drain.members, round(drain.capacity, 1), round(drain.produced, 1)]
        measured = None if drain.measured is None else round(drain.measured, 2)
        predicted = None if drain.predicted is None else round(drain.predicted, 2)
        tables.append(
            Table(
                "Lag drains",
                [
                    "lag when the new members had their partitions",
                    "members",
                    "capacity of each (1/s)",
                    "produced (1/s)",
                    "predicted (s)",
                    "measured (s)",
                ],
                [[*cells, predicted, measured]],
                f"Capacity is what a member handled while lag grew. Drained: at most {drain.left} left. "
                "A slow worker writes about every half second, which is the resolution here.",
            )
        )
    if still := read_standstill(timeline):
        tables.append(
            Table(
                "While no worker runs",
                ["partition", "committed before", "committed after", "acknowledged", "growth of lag"],
                [[part, *still.row(part)] for part in timeline.partitions],
            )
        )
    return tables


def answer(timeline: Timeline) -> str | None:
    """Which of the ways to reckon gives the measured time, as a letter; None when several do, or none.

    The question is about lag that needs time to drain, and about members that come and find a partition.
    """
    drain = read_drain(timeline)
    if drain is None or not drain.measured or drain.predicted is None:
        return None
    if drain.members <= timeline.settings["members"]:
        return None
    ways = {
        "A": drain.grew_for,
        "B": drain.backlog / (drain.members * drain.capacity),
        "C": drain.predicted,
    }
    measured = drain.measured
    tolerance = float(timeline.settings["tolerance"])
    near = [letter for letter, seconds in ways.items() if abs(seconds - measured) <= tolerance * seconds]
    return near[0] if len(near) == 1 else None


EXPERIMENT = Experiment(
    name="lag",
    title="Lag grows and drains",
    question="How fast does lag grow, how long does it take to drain, and what if nobody reads at all?",
    story=(
        "Lag is what stands in the topic and is not committed yet. Each of these workers needs some "
        "milliseconds for an order, so that one of them is too slow for what comes in. Lag then grows by "
        "the difference of two rates, and more members turn the difference round. At last all workers are "
        "taken away while orders still come."
    ),
    settings=LagSettings,
    prediction=Prediction(
        question=(
            "The workers are too slow and lag has grown for a while. Orders keep coming when more workers "
            "join. How long until the lag is gone?"
        ),
        options={
            "A": "As long as it has grown.",
            "B": "Lag divided by what all workers together handle per second.",
            "C": "Lag divided by (what all workers together handle per second - orders per second).",
        },
        answer=answer,
        explanation=(
            "Only what the workers can do beyond the orders that come in works off lag. With capacity just "
            "above the rate of orders a backlog stays for very long, however small it is."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check("lag-is-exact", "Lag is end offset - committed offset in every sample", is_end_minus_committed),
        Check(
            "growth",
            "Lag grows at the rate of production less the rate of consumption",
            grows_as_predicted,
        ),
        Check(
            "drain",
            "After scaling out lag is gone in the time that capacity and production predict",
            drains_as_predicted,
        ),
        Check(
            "nobody-reads",
            "Without workers lag grows by exactly what was acknowledged",
            grows_by_what_comes,
        ),
        Check("nobody-commits", "Without workers no committed offset moves", commits_nothing),
        Check(
            "exactly-once",
            "Nothing is lost and nothing repeated, however slow and however late",
            lambda timeline: nothing_lost_or_repeated(timeline, group_of(timeline)),
        ),
    ),
    measure=measure,
    minutes=0.8,
)

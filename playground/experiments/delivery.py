"""Experiment `delivery`: what a crash in mid-batch costs, by when the position is committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.consumer_settings import AT_LEAST_ONCE, AT_MOST_ONCE, EXACTLY_ONCE
from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lookout import DRAINED_SECONDS
from playground.experiments.timing import QUICK
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

MODES = (AT_MOST_ONCE, AT_LEAST_ONCE, EXACTLY_ONCE)


class DeliverySettings(ExperimentSettings, frozen=True):
    """Settings of `delivery`."""

    crashes: Annotated[int, Meta(ge=1, le=20, description="kills per kind of delivery")] = 2
    orders: Annotated[
        int, Meta(ge=40, le=500, description="orders per partition, of which a crash hits some")
    ] = 50
    order_ms: Annotated[int, Meta(ge=5, le=50, description="how long an order takes to be handled")] = 5


@dataclass(frozen=True)
class Outcome:
    """What became of the orders of one group: acknowledged, never in effect, in effect more than once."""

    acknowledged: int
    lost: int
    repeated: int


def prepare(lab: Lab) -> None:
    """Users for every partition; the groups come one by one."""
    lab.customer.learn_users(lab.partitions)


def steps(given: DeliverySettings) -> list[Step]:
    """Per kind of delivery: one worker; orders, and a kill while it handles them; count what is left."""
    found = []
    for mode in MODES:
        found.append(Step(f"{mode}: one worker begins", _begin(mode)))
        found += [Step(f"{mode}: kill -9 in the middle of a batch", _crash) for _ in range(given.crashes)]
        found.append(Step(f"{mode}: count what took effect", _count(mode)))
    return found


def _begin(mode: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        lab.tune(mode, QUICK)
        lab.join(mode, 1, consumer_delivery=mode, fault_processing_delay_ms=lab.settings.order_ms)
        lab.audit("before")
        lab.take_offsets(f"{mode}_began")

    return run


def _crash(lab: Lab) -> None:
    """The worker takes batches of half a second, one after the other; it is killed while it has one."""
    handled = len(lab.timeline.of("handled"))
    lab.customer.burst(lab.settings.orders)
    lab.timeline.wait_for(lambda: len(lab.timeline.of("handled")) > handled, "the first batch", 30)
    (worker,) = lab.timeline.of("stable")[-1]["members"]
    lab.kill(worker)
    lab.wait_stable(1)
    lab.customer.burst(1)  # when these have been handled, everything before them has been
    work = lab.partitions * lab.settings.orders * lab.settings.order_ms / 1000
    lab.wait_handled(DRAINED_SECONDS + 2 * work)


def _count(mode: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        lab.wait_drained()
        lab.effects("after")
        lab.take_offsets(f"{mode}_ended")
        lab.finish()

    return run


def outcome(timeline: Timeline, mode: str) -> Outcome | None:
    """Losses and repeats under a kind of delivery that may have them.

    None when they were not counted, and when somebody else has sent orders: nobody knows which took effect.
    """
    group_id = f"{timeline.head['run_id']}-{mode}"
    counted = next((each for each in timeline.of("effects") if each["group_id"] == group_id), None)
    named = {each.get("name"): each for each in timeline.of("offsets")}
    began, ended = named.get(f"{mode}_began"), named.get(f"{mode}_ended")
    if counted is None or began is None or ended is None:
        return None
    acknowledged = sum(each["count"] for each in timeline.of("accepted") if began.at <= each.at <= ended.at)
    if sum(ended["ends"].values()) - sum(began["ends"].values()) != acknowledged:
        return None
    took_effect = sum(row["orders"] for row in counted["partitions"])
    repeated = sum(row["repeated"] for row in counted["partitions"])
    return Outcome(acknowledged, acknowledged - took_effect, repeated)


def may_lose(timeline: Timeline) -> Finding:
    """At-most-once loses what a crash interrupts, and repeats nothing."""
    found = outcome(timeline, AT_MOST_ONCE)
    if found is None or not found.acknowledged:
        return inconclusive("its effects were not counted, or somebody else has sent orders")
    if found.repeated:
        return failed(f"{found.repeated} orders took effect more than once")
    if found.lost <= 0:
        return failed(f"of {found.acknowledged} orders none was lost")
    return passed(f"of {found.acknowledged} orders {found.lost} were lost, 0 repeated")


def may_repeat(timeline: Timeline) -> Finding:
    """At-least-once repeats what a crash interrupts, and loses nothing."""
    found = outcome(timeline, AT_LEAST_ONCE)
    if found is None or not found.acknowledged:
        return inconclusive("its effects were not counted")
    if found.lost:
        return failed(f"{found.lost} orders were lost")
    if not found.repeated:
        return failed(f"of {found.acknowledged} orders none was repeated")
    return passed(f"of {found.acknowledged} orders 0 were lost, {found.repeated} repeated")


def exactly_once(timeline: Timeline) -> Finding:
    """Exactly-once does neither."""
    return nothing_lost_or_repeated(timeline, f"{timeline.head['run_id']}-{EXACTLY_ONCE}")


def measure(timeline: Timeline) -> list[Table]:
    """Losses and repeats, side by side."""
    rows: list[list[object]] = []
    for mode in (AT_MOST_ONCE, AT_LEAST_ONCE):
        found = outcome(timeline, mode)
        rows.append([mode, *((found.acknowledged, found.lost, found.repeated) if found else (None,) * 3)])
    balance = exactly_once(timeline)
    safe = balance.verdict == "passed"
    rows.append([EXACTLY_ONCE, balance.measured.get("orders"), 0 if safe else None, 0 if safe else None])
    return [
        Table(
            "What the crashes have cost",
            ["delivery", "orders acknowledged", "lost", "repeated"],
            rows,
            "At-most-once commits its position before it handles a batch, at-least-once afterwards. "
            "Exactly-once writes results and position in one transaction of its database.",
        )
    ]


def answer(timeline: Timeline) -> str | None:
    """Which of them lost orders, as a letter."""
    most, least = outcome(timeline, AT_MOST_ONCE), outcome(timeline, AT_LEAST_ONCE)
    if most is None or least is None:
        return None
    return {(True, False): "A", (False, True): "B", (True, True): "C"}.get((most.lost > 0, least.lost > 0))


EXPERIMENT = Experiment(
    name="delivery",
    title="At most once, at least once, exactly once",
    question="What does a crash in the middle of a batch cost, by when the consumer commits its position?",
    story=(
        "A consumer handles records and says how far it is. If it says so first, a crash loses what it had "
        "not done yet. If it says so afterwards, a crash repeats what it had done already. Only when result "
        "and position change together can neither happen. The first two kinds of worker exist for this "
        "experiment alone."
    ),
    settings=DeliverySettings,
    prediction=Prediction(
        question="A worker is killed while it handles a batch. When does that lose orders?",
        options={
            "A": "When it commits before it handles.",
            "B": "When it commits after it has handled.",
            "C": "Under both.",
        },
        answer=answer,
        explanation=(
            "Whoever commits first has promised what it may never do. Whoever commits last does again what "
            "it has done, which is harmless only if twice is the same as once."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(AT_MOST_ONCE, "At-most-once loses orders in a crash, and repeats none", may_lose),
        Check(AT_LEAST_ONCE, "At-least-once repeats orders in a crash, and loses none", may_repeat),
        Check(EXACTLY_ONCE, "Exactly-once does neither", exactly_once),
    ),
    measure=measure,
    needs=("Killable",),
    minutes=1.5,
)

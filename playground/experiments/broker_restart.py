"""Experiment `broker-restart`: the broker is away for a while, under load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.experiments import outage
from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lag_seen import peak_lag
from playground.experiments.outage import read_outage
from playground.experiments.timing import QUICK
from playground.experiments.verdict import Finding, Verdict

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

GROUP = "members"
# From its begin to its first answer a broker takes 3 to 9 s.
READY_SECONDS = 60.0
WORK_SECONDS = 30.0


class BrokerRestartSettings(ExperimentSettings, frozen=True):
    """Settings of `broker-restart`."""

    down_seconds: Annotated[float, Meta(ge=0.5, le=60, description="the broker is away for so long")] = 10.0
    bound_seconds: Annotated[
        float,
        Meta(ge=0.5, le=300, description="longest wait for an answer: the API's delivery timeout and a bit"),
    ] = 6.0
    members: Annotated[int, Meta(ge=1, le=8, description="members of the group")] = 2
    rate: Annotated[float, Meta(ge=1, le=5000, description="orders per second, spread evenly")] = 120.0
    watch_seconds: Annotated[
        float, Meta(ge=2, le=60, description="how long the group is watched before and afterwards")
    ] = 4.0


def prepare(lab: Lab) -> None:
    """A group at work."""
    given: BrokerRestartSettings = lab.settings
    lab.customer.learn_users(lab.partitions)
    lab.tune(GROUP, QUICK)
    lab.join(GROUP, given.members)
    lab.audit("before")
    lab.note_workers("before")
    lab.customer.start(given.rate)
    lab.watch(given.watch_seconds, "with_broker")


def steps(given: BrokerRestartSettings) -> list[Step]:
    """Away, and back."""
    return [
        Step(f"take the broker away for {given.down_seconds:g} s", take_away),
        Step("see everybody come back", come_back),
    ]


def take_away(lab: Lab) -> None:
    """Until the API says that orders can be taken again."""
    given: BrokerRestartSettings = lab.settings
    lab.restart_broker(given.down_seconds)
    lab.wait_ready(given.down_seconds + READY_SECONDS)
    lab.mark("broker_ready")


def come_back(lab: Lab) -> None:
    """Until orders are handled and the group is stable, and a little longer."""
    given: BrokerRestartSettings = lab.settings
    group_id = group_of(lab.timeline)

    def at_work() -> bool:
        found = read_outage(lab.timeline, group_id)
        return found is not None and found.handled is not None

    lab.timeline.wait_for(at_work, "orders to be handled again", WORK_SECONDS)
    lab.wait_stable(given.members)
    lab.watch(given.watch_seconds, "broker_back")
    lab.note_workers("after")


def measure(timeline: Timeline) -> list[Table]:
    """When what worked again."""
    group_id = group_of(timeline)
    found = read_outage(timeline, group_id)
    if found is None:
        return []
    refused = [each for each in found.answers if each.kind == "refused"]
    drained = outage.drained_at(timeline, group_id, slack_of(timeline))
    return [
        Table(
            "Back to work",
            ["what", "after the broker's new process was begun (s)"],
            [
                ["the API says that it is ready", found.after_begin(found.ready)],
                ["first order acknowledged", found.after_begin(found.acknowledged)],
                ["first order handled", found.after_begin(found.handled)],
                ["lag at its level of before", found.after_begin(drained)],
            ],
            "The API was asked five times a second whether it is ready, lag is seen once a second; the other "
            "times are the customer's and the workers' own.",
        ),
        Table(
            "Meanwhile",
            ["what", "value"],
            [
                ["time without a broker process (s)", (found.begun - found.away) / 1000],
                ["requests refused", len(refused)],
                ["orders in them", sum(each["count"] for each in refused)],
                [
                    "longest wait for an answer (s)",
                    max((each["seconds"] for each in found.answers), default=None),
                ],
                ["highest lag of the run", peak_lag(timeline, group_id)],
            ],
        ),
    ]


def answer(timeline: Timeline) -> str | None:
    """What became of orders that were sent meanwhile, as a letter."""
    found = read_outage(timeline, group_of(timeline))
    if found is None:
        return None
    lost = nothing_lost_or_repeated(timeline, group_of(timeline))
    refused = [each["status"] for each in found.answers if each.kind == "refused"]
    if found.impossible and lost.verdict is Verdict.FAILED:
        return "A"
    if None in refused:
        return "D"
    if found.impossible:
        return None
    if outage.UNAVAILABLE in refused:
        return "B"
    return "C" if found.while_away and not refused else None


def group_of(timeline: Timeline) -> str:
    """The id of the run's group."""
    return str(timeline.head["run_id"]) + "-" + GROUP


def slack_of(timeline: Timeline) -> int:
    """Records by which lag varies anyway: a second's orders."""
    return int(timeline.settings["rate"])


def refused_in_time(timeline: Timeline) -> Finding:
    """See `outage.refused_in_time`; the bound is a setting."""
    return outage.refused_in_time(timeline, group_of(timeline), timeline.settings["bound_seconds"])


EXPERIMENT = Experiment(
    name="broker-restart",
    title="The broker is away",
    question="The broker stops while orders come in: what is lost, and who has to be restarted?",
    story=(
        "Brokers are restarted: for an upgrade, by a crash, by a machine that goes away. Meanwhile nobody "
        "can write and nobody can read. An honest API says so to every customer, soon, and says yes only "
        "to what is really in the log. Workers wait, and go on where they were."
    ),
    settings=BrokerRestartSettings,
    prediction=Prediction(
        question="A customer orders while the broker is away. What happens?",
        options={
            "A": "The API says 201, and the order is lost.",
            "B": "The API says 503 after a few seconds; the customer may try again.",
            "C": "The API keeps the order until the broker is back, and says 201 then.",
            "D": "The API breaks down as well: the connection is cut.",
        },
        answer=answer,
        explanation=(
            "The API answers when the broker has acknowledged the order, or when its delivery timeout is "
            "over. In the second case it cannot know whether the order was written, so it says 503, and a "
            "repeat with the same id has no second effect."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "refused-in-time",
            "Until the broker is ready again each answer comes within the bound: 503, or 201 for an order "
            "that is in the log",
            refused_in_time,
        ),
        Check(
            "exactly-once",
            "Nothing that was acknowledged is lost, and nothing has a second effect",
            lambda timeline: nothing_lost_or_repeated(timeline, group_of(timeline)),
        ),
        Check(
            "workers-come-back",
            "The workers go on by themselves: the same processes, all partitions",
            lambda timeline: outage.workers_came_back(timeline, group_of(timeline)),
        ),
        Check(
            "lag-drains",
            "Lag comes back to what it was before, and nothing is left pending",
            lambda timeline: outage.lag_drained(timeline, group_of(timeline), slack_of(timeline)),
        ),
    ),
    measure=measure,
    needs=("Restartable",),
    minutes=0.7,
)

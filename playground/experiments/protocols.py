"""Experiment `protocols`: the same scaling under the same load, with every way a group can rebalance.

One member is slow: each of its batches takes `slow_ms`. Without it eager looks best, because a member that
polls all the time gives its partitions up at once; the difference is whom the others have to wait for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from playground.experiments import protocol_claims as claims
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lag_seen import peak_lag
from playground.experiments.protocol_claims import SLOW, all_costs
from playground.experiments.timing import DEFAULTS, QUICK, Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.experiments.lab import Lab
    from playground.experiments.protocol_costs import Costs
    from playground.experiments.timeline import Timeline

# A pod that is replaced on a busy node is away for longer than a short session lasts.
LONG_SESSION = replace(QUICK, session_timeout_ms=45_000)

Name = Literal["range", "cooperative-sticky", "static", "consumer", "consumer-defaults"]


@dataclass(frozen=True)
class Way:
    """A way to rebalance: what it is called, what its workers are told, the group's own configuration."""

    title: str
    settings: dict[str, str]
    timing: Timing | None = None


WAYS: dict[str, Way] = {
    "range": Way("range (eager)", {"consumer_group_protocol": "classic", "consumer_assignor": "range"}),
    "cooperative-sticky": Way(
        "cooperative-sticky",
        {"consumer_group_protocol": "classic", "consumer_assignor": "cooperative-sticky"},
    ),
    "static": Way(
        "static members (KIP-848)",
        {"consumer_group_protocol": "consumer", "consumer_group_instance_id": "{worker}"},
        timing=QUICK,
    ),
    "consumer": Way(
        "consumer (KIP-848), quick",
        {"consumer_group_protocol": "consumer"},
        timing=QUICK,
    ),
    "consumer-defaults": Way(
        "consumer (KIP-848), broker defaults",
        {"consumer_group_protocol": "consumer"},
        timing=DEFAULTS,
    ),
}


class ProtocolsSettings(ExperimentSettings, frozen=True):
    """Settings of `protocols`."""

    protocols: Annotated[
        tuple[Name, ...], Meta(min_length=1, description="which, one after the other: " + ", ".join(WAYS))
    ] = ("range", "cooperative-sticky", "static", "consumer", "consumer-defaults")
    cycles: Annotated[int, Meta(ge=1, le=20, description="how often a third member joins and leaves")] = 2
    slow_ms: Annotated[int, Meta(ge=0, le=10_000, description=f"how long each batch of {SLOW} takes")] = 2000
    rate: Annotated[float, Meta(ge=6, le=5000, description="orders per second, spread evenly")] = 240.0
    watch_seconds: Annotated[
        float, Meta(ge=0.5, le=60, description="how long it is watched before each change")
    ] = 2.0


def prepare(lab: Lab) -> None:
    """Users for every partition; the groups come one by one."""
    lab.customer.learn_users(lab.partitions)


def steps(given: ProtocolsSettings) -> list[Step]:
    """Per protocol: begin with two members, one of them slow; a third one comes and goes; roll all; drain."""
    return [step for name in given.protocols for step in _steps_of(name, given.cycles)]


def _steps_of(name: str, cycles: int) -> Iterator[Step]:
    yield Step(f"{name}: two members, one of them slow", _begin(name))
    for _ in range(cycles):
        yield Step(f"{name}: a third member joins", _scale(3))
        yield Step(f"{name}: it leaves", _scale(2))
    if name == "static":
        yield Step(f"{name}: restart all members one by one", _roll)
    yield Step(f"{name}: read what is left", _end)


def _begin(name: str) -> Callable[[Lab], None]:
    way = WAYS[name]

    def run(lab: Lab) -> None:
        given: ProtocolsSettings = lab.settings
        if way.timing is not None:
            lab.tune(name, way.timing)
        lab.join(name, 2, **way.settings, fault_worker=SLOW, fault_batch_delay_ms=given.slow_ms)
        lab.audit("before")
        lab.customer.start(given.rate)

    return run


def _scale(members: int) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        lab.watch(lab.settings.watch_seconds, "steady")
        lab.wait_batch_of(SLOW)  # all changes meet it at the same point of its work
        lab.scale(members)

    return run


def _roll(lab: Lab) -> None:
    """A static member that is away keeps its partitions for as long as its session lasts."""
    lab.watch(lab.settings.watch_seconds, "steady")
    lab.tune("static", LONG_SESSION)
    lab.roll()
    lab.tune("static", QUICK)


def _end(lab: Lab) -> None:
    lab.finish()


def measure(timeline: Timeline) -> list[Table]:
    """One column per protocol."""
    found = all_costs(timeline)
    rows: list[tuple[str, Callable[[Costs], object]]] = [
        ("join to stable, median (s)", lambda costs: costs.median_join_seconds),
        ("longest pause, moved (ms)", lambda costs: costs.longest_moved_ms),
        ("longest pause, kept (ms)", lambda costs: costs.longest_kept_ms),
        ("the same without a change (ms)", lambda costs: costs.steady_kept_ms),
        ("partitions kept", lambda costs: costs.kept),
        ("of these taken away and given back", lambda costs: costs.kept_revoked),
        ("partitions moved", lambda costs: costs.handovers),
        ("moved by a rolling restart", lambda costs: costs.roll and costs.roll.handovers),
        ("duplicates refused", lambda costs: costs.refused),
        ("lag peak (orders)", lambda costs: peak_lag(timeline, costs.group_id)),
        ("time to drain (s)", lambda costs: costs.drain_seconds),
    ]
    return [
        Table(
            "The same scaling, with each protocol",
            ["measured", *(costs.name for costs in found)],
            [[title, *(value(costs) for costs in found)] for title, value in rows],
            f"Pauses are of partitions that {SLOW}, the slow member, does not touch before, during or after "
            "the change: moved from one fast member to another, or kept by a fast member; the longest of all "
            "changes. " + "; ".join(f"{name}: {way.title}" for name, way in WAYS.items()) + ".",
        )
    ]


EXPERIMENT = Experiment(
    name="protocols",
    title="Four ways to rebalance",
    question="What does it cost a group that a member joins or leaves, with each protocol?",
    story=(
        "Under the eager protocol every member gives up all its partitions before the new shares are dealt "
        "out, so everybody waits for the slowest. Under cooperative-sticky (KIP-429) only those partitions "
        "stop that move, in a second round. Under the new protocol (KIP-848) the broker computes the shares, "
        "and each member is told by its heartbeat what to give up and what to take: nobody waits for anybody "
        "else. Static members (KIP-345) keep their partitions over a restart."
    ),
    settings=ProtocolsSettings,
    prediction=Prediction(
        question=(
            "One of two members is slow: each of its batches takes long. A third one joins. Under which "
            "protocol do partitions of the fast member that stay with it stand still for longest?"
        ),
        options={"A": "range (eager)", "B": "cooperative-sticky", "C": "consumer (KIP-848)"},
        answer=claims.longest_standstill,
        explanation=(
            "Eager stops everything: the fast member has given up all its partitions and waits until the "
            "slow one has finished its batch and joins again. The other two leave alone what does not move."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "eager-stops-all",
            "Under eager every partition stops at every change",
            claims.eager_stops_all,
            every_event=True,
        ),
        Check(
            "cooperative-goes-on",
            "Under cooperative-sticky partitions that keep their owner are never taken from it",
            claims.kept_go_on("cooperative-sticky"),
            every_event=True,
        ),
        Check(
            "consumer-goes-on",
            "Under KIP-848 partitions that keep their owner are never taken from it",
            claims.kept_go_on("consumer"),
            every_event=True,
        ),
        Check(
            "eager-waits",
            "Under eager nobody goes on before the slow member has given up its partitions",
            claims.eager_waits_for_the_slow,
            every_event=True,
        ),
        Check(
            "static-roll",
            "A rolling restart of static members moves no partition",
            claims.static_roll_moves_nothing,
            every_event=True,
        ),
        Check("exactly-once", "Nothing is lost and nothing repeated, with each of them", claims.exactly_once),
    ),
    measure=measure,
    needs=("Rollable",),
    minutes=3.0,
)

"""Experiment `crash`: a member is killed, leaves, or freezes; who notices, and when?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from playground.errors import WaitTimeout
from playground.experiments import takeovers
from playground.experiments.crash_claims import (
    GROUP,
    PATIENCE_SECONDS,
    answer,
    group_of,
    leave_is_faster,
    lost_in_time,
)
from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.lookout import ASK_SECONDS, KIND
from playground.experiments.takeovers import read_takeover
from playground.experiments.timing import Timing
from playground.waiting import wait_until

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline

FAULTS = {"kill": "kill -9", "leave": "SIGTERM: a clean leave", "pause": "frozen past its session"}
# A batch of the victim comes at least this often while orders flow.
REACTION_SECONDS = 15.0


class CrashSettings(ExperimentSettings, frozen=True):
    """Settings of `crash`."""

    members: Annotated[
        int, Meta(ge=2, le=8, description="members of the group; the last one is the victim")
    ] = 3
    protocol: Annotated[Literal["consumer", "classic"], Meta(description="group protocol")] = "consumer"
    session_ms: Annotated[int, Meta(ge=6000, le=30_000, description="session timeout of the group")] = 6000
    heartbeat_ms: Annotated[int, Meta(ge=500, le=5000, description="heartbeat of the group (KIP-848)")] = 500
    margin_ms: Annotated[
        int, Meta(ge=100, le=30_000, description="beyond its session a lost member's orders may wait so long")
    ] = 1000
    batch_ms: Annotated[
        int, Meta(ge=50, le=2000, description="a batch takes the victim so long: it is lost in mid-batch")
    ] = 250
    rate: Annotated[float, Meta(ge=1, le=5000, description="orders per second, spread evenly")] = 120.0


def prepare(lab: Lab) -> None:
    """A group under load whose last member is always in the middle of a batch."""
    given: CrashSettings = lab.settings
    lab.customer.learn_users(lab.partitions)
    lab.tune(GROUP, Timing(given.heartbeat_ms, given.session_ms, assignment_interval_ms=0))
    lab.join(
        GROUP,
        given.members,
        consumer_group_protocol=given.protocol,
        consumer_session_timeout_ms=given.session_ms,
        fault_worker=victim_of(given),
        fault_batch_delay_ms=given.batch_ms,
    )
    lab.audit("before")
    lab.customer.start(given.rate)


def steps(_given: CrashSettings) -> list[Step]:
    """One per fault."""
    return [
        Step("kill -9 a member in mid-batch", kill),
        Step("let a member leave", leave),
        Step("freeze a member in mid-batch until others have taken over", freeze),
    ]


def kill(lab: Lab) -> None:
    """SIGKILL; the stack starts a new process of the same name, which is a new member."""
    victim = _strike(lab, "kill")
    lab.kill(victim)
    _wait_taken_over(lab, "kill")
    lab.wait_stable(lab.settings.members)


def leave(lab: Lab) -> None:
    """SIGTERM, by scaling down by one; and up again."""
    _strike(lab, "leave")
    lab.scale(lab.settings.members - 1)
    _wait_taken_over(lab, "leave")
    lab.scale(lab.settings.members)


def freeze(lab: Lab) -> None:
    """Alive, but silent for longer than its session; then it goes on where it was: a zombie."""
    victim = _strike(lab, "pause")
    lab.pause(victim)
    _wait_taken_over(lab, "pause")
    lab.resume(victim)
    try:
        lab.timeline.wait_for(
            lambda: _reacted(lab, victim), f"{victim} to see what it lost", REACTION_SECONDS
        )
    except WaitTimeout:
        lab.mark("no_reaction", worker=victim)  # the claim about the zombie says what that means
    lab.wait_stable(lab.settings.members)


def victim_of(given: CrashSettings) -> str:
    """The worker that is lost again and again."""
    return f"{KIND}-{given.members}"


def _strike(lab: Lab, fault: str) -> str:
    """The moment of the fault: right after a batch of the victim, so that it has the next one in hand."""
    victim = victim_of(lab.settings)
    lab.wait_batch_of(victim)
    lab.mark("fault", fault=fault, victim=victim)
    return victim


def _wait_taken_over(lab: Lab, fault: str) -> None:
    group_id = group_of(lab.timeline)

    def handled() -> bool:
        found = read_takeover(lab.timeline, group_id, fault)
        return found is not None and found.seconds(found.handled) is not None

    seconds = lab.settings.session_ms / 1000 + PATIENCE_SECONDS
    wait_until(handled, "others to take the partitions over", seconds, every=ASK_SECONDS)


def _reacted(lab: Lab, victim: str) -> bool:
    last = lab.timeline.latest("worker")
    return (
        last is not None
        and last["worker"] == victim
        and last["event"] in {"write_refused", "partitions_lost", "partitions_assigned"}
    )


def measure(timeline: Timeline) -> list[Table]:
    """How long each fault kept orders waiting."""
    group_id = group_of(timeline)
    found = [each for fault in FAULTS if (each := read_takeover(timeline, group_id, fault)) is not None]
    return [
        Table(
            "What each fault cost",
            [
                "the member was lost by",
                "its partitions",
                "all owned by others after (s)",
                "all handled again after (s)",
                "session timeout (s)",
                "writes refused",
            ],
            [
                [
                    FAULTS[each.fault],
                    len(each.partitions),
                    each.seconds(each.owned),
                    each.seconds(each.handled),
                    timeline.settings["session_ms"] / 1000,
                    each.refused,
                ]
                for each in found
            ],
            "Times count from the moment at which the fault had surely struck, by the workers' own events. "
            "A killed worker is started again by the stack, under its old name, but as a new member: it may "
            "be the one that takes over.",
        ),
        Table(
            "Who took over",
            ["the member was lost by", "partition", "new owner", "owned after (s)", "handled after (s)"],
            [
                [
                    FAULTS[each.fault],
                    partition,
                    each.new_owners.get(partition),
                    _after(each.owned.get(partition), each.struck),
                    _after(each.handled.get(partition), each.struck),
                ]
                for each in found
                for partition in each.partitions
            ],
        ),
    ]


def _after(moment: int | None, began: int) -> float | None:
    return None if moment is None else (moment - began) / 1000


EXPERIMENT = Experiment(
    name="crash",
    title="A member is lost",
    question="A member dies, leaves, or freezes: when does its group notice, and what is lost?",
    story=(
        "A member that leaves tells the group, and its partitions go to others at once. A member that dies "
        "tells nobody: the group waits for its heartbeats until the session timeout is over. One that "
        "freezes looks dead as well, but it may wake up and go on with a batch that others have handled by "
        "then: a zombie. Its late write must not count."
    ),
    settings=CrashSettings,
    prediction=Prediction(
        question="A worker is killed with kill -9; a new process takes its place at once. "
        "How long do the orders of its partitions wait?",
        options={
            "A": "Hardly at all: the broker sees that the connection is broken.",
            "B": "Until the session timeout of the dead member is over.",
            "C": "Until the new process has started: it gets the partitions of the old one.",
            "D": "Until somebody rebalances the group by hand.",
        },
        answer=answer,
        explanation=(
            "A broken connection alone says nothing: clients reconnect all the time. The group believes in a "
            "member until it has sent no heartbeat for the session timeout. The new process is a new member, "
            "which has to wait like the others."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "killed-in-time",
            "After kill -9 the member's orders are handled again within session timeout + margin",
            lambda timeline: lost_in_time(timeline, "kill"),
        ),
        Check(
            "frozen-in-time",
            "After a freeze the member's orders are handled again within session timeout + margin",
            lambda timeline: lost_in_time(timeline, "pause"),
        ),
        Check(
            "leave-is-faster", "A clean leave hands over in less than half a session timeout", leave_is_faster
        ),
        Check(
            "zombie-refused",
            "The write of a member that wakes up after others took over is refused",
            lambda timeline: takeovers.zombie_refused(timeline, group_of(timeline)),
        ),
        Check(
            "exactly-once",
            "Nothing is lost and nothing repeated, however a member was lost",
            lambda timeline: nothing_lost_or_repeated(timeline, group_of(timeline)),
        ),
    ),
    measure=measure,
    needs=("Killable", "Pausable"),
    minutes=0.8,
)

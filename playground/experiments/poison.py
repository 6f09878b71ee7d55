"""Experiment `poison`: bad messages among good ones."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.experiments import bad_records, checks
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.timing import QUICK
from playground.experiments.verdict import Verdict
from playground.waiting import wait_until

if TYPE_CHECKING:
    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

GROUP = "members"
# After the last bad record we look so much longer, for a pause that it may have begun.
AFTER_SECONDS = 1.0


class PoisonSettings(ExperimentSettings, frozen=True):
    """Settings of `poison`."""

    members: Annotated[int, Meta(ge=1, le=8, description="members of the group")] = 2
    rounds: Annotated[int, Meta(ge=1, le=50, description="bad records of each kind in each partition")] = 3
    rate: Annotated[float, Meta(ge=1, le=5000, description="good orders per second, spread evenly")] = 240.0
    watch_seconds: Annotated[
        float,
        Meta(ge=2, le=60, description="how long the group is watched without bad records, and with them"),
    ] = 7.0
    huge_bytes: Annotated[int, Meta(ge=1000, le=900_000, description="size of the records that are huge")] = (
        500_000
    )
    most_ratio: Annotated[
        float,
        Meta(ge=1, le=100, description="a pause may be so many times the longest one without bad records"),
    ] = 4.0


def kinds_of_poison(huge_bytes: int) -> dict[str, bytes | None]:
    """What can be wrong with a record -> one that is so; None: it has no value."""
    return {
        "not JSON": b"not JSON",
        "wrong type": b'{"order_id":1,"user":"alice","item":"book","qty":"two"}',
        "missing field": b'{"order_id":1,"user":"alice"}',
        "wrong value": b'{"order_id":1,"user":"alice","item":"book","qty":0}',
        "huge": b"x" * huge_bytes,
        "empty": b"",
        "tombstone": None,
    }


def prepare(lab: Lab) -> None:
    """A group at work on good orders."""
    given: PoisonSettings = lab.settings
    lab.customer.learn_users(lab.partitions)
    lab.tune(GROUP, QUICK)
    lab.join(GROUP, given.members)
    lab.audit("before")
    lab.note_workers("before")
    lab.customer.start(given.rate)
    lab.watch(AFTER_SECONDS, "start")


def steps(given: PoisonSettings) -> list[Step]:
    """Without bad records, then with them; good orders flow all the time."""
    kinds = kinds_of_poison(given.huge_bytes)
    return [
        Step("watch good orders", lambda lab: lab.watch(given.watch_seconds, "baseline")),
        Step(f"mix in bad records of {len(kinds)} kinds", mix_in),
    ]


def mix_in(lab: Lab) -> None:
    """One bad record for each partition at a time, in even steps."""
    given: PoisonSettings = lab.settings
    kinds = list(kinds_of_poison(given.huge_bytes).items()) * given.rounds
    lab.mark("poison_began")
    began = time.monotonic()
    step = given.watch_seconds / len(kinds)
    for number, (kind, value) in enumerate(kinds):
        _wait_for_moment(began + number * step)
        for partition in lab.timeline.partitions:
            lab.customer.send_bad(kind, value, partition)
    lab.watch(AFTER_SECONDS, "poison")
    lab.note_workers("after")


def _wait_for_moment(moment: float) -> None:
    seconds = max(0.0, moment - time.monotonic())
    wait_until(lambda: time.monotonic() >= moment, "the next bad record", seconds + 1)


def measure(timeline: Timeline) -> list[Table]:
    """Each kind of bad record, and the pause of each partition."""
    group_id = group_of(timeline)
    bad = bad_records.bad_records(timeline)
    letters = bad_records.dead_letters(timeline, group_id)
    reasons: dict[str, str] = {}
    found: Counter[str] = Counter()
    for place, reason in letters:
        kind = bad.get(place, "not known")
        found[kind] += 1
        reasons.setdefault(kind, reason)
    sent = Counter(bad.values())
    usual = bad_records.pauses(timeline, group_id, "baseline") or {}
    among = bad_records.pauses(timeline, group_id, "poison") or {}
    return [
        Table(
            "Bad records",
            ["what is wrong", "written", "dead letters", "reason that the first letter gives"],
            [[kind, sent[kind], found[kind], reasons.get(kind)] for kind in {**sent, **found}],
        ),
        Table(
            "Longest pause of each partition (ms)",
            ["partition", "only good orders", "with bad records among them"],
            [[part, usual.get(part), among.get(part)] for part in timeline.partitions],
            "A pause is the longest stretch in which no batch of a partition was written, by the workers' "
            "own events. Orders come every 50 ms.",
        ),
    ]


def answer(timeline: Timeline) -> str | None:
    """What became of the good orders behind a bad one, as a letter."""
    group_id = group_of(timeline)
    same = checks.no_worker_restarted(timeline, group_id).verdict
    aside = bad_records.bad_ones_set_aside(timeline, group_id).verdict
    stalled = stalls(timeline).verdict
    if same is Verdict.FAILED:
        return "C"
    if stalled is Verdict.FAILED:
        return "A"
    if Verdict.INCONCLUSIVE in {same, aside, stalled}:
        return None
    if aside is Verdict.PASSED:
        return "B"
    return "D" if not bad_records.dead_letters(timeline, group_id) else None


def stalls(timeline: Timeline) -> Finding:
    """See `bad_records.nobody_stalled`; the ratio is a setting."""
    return bad_records.nobody_stalled(timeline, group_of(timeline), timeline.settings["most_ratio"])


def group_of(timeline: Timeline) -> str:
    """The id of the run's group."""
    return str(timeline.head["run_id"]) + "-" + GROUP


EXPERIMENT = Experiment(
    name="poison",
    title="Bad messages among good ones",
    question="What does one message that nobody can read do to all those behind it?",
    story=(
        "A partition is read in order. A worker that fails at a message and tries it again and again never "
        "gets any further: one bad message stops all orders behind it. A worker that skips it loses it "
        "without a trace. So it is set aside: into the dead-letter topic, with where it came from and why, "
        "and the position moves on in the same transaction."
    ),
    settings=PoisonSettings,
    prediction=Prediction(
        question="A message that is not JSON stands in a partition before good orders. What becomes of them?",
        options={
            "A": "They wait until somebody removes the bad one.",
            "B": "They are handled at once; the bad one is kept in the dead-letter topic.",
            "C": "The worker crashes on the bad one, and again after each restart.",
            "D": "They are handled at once; the bad one is gone without a trace.",
        },
        answer=answer,
        explanation=(
            "Kafka does not know what is good: it keeps bytes. What happens is the consumer's decision. "
            "A, C and D are what comes of having made none."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "dead-letters",
            "Each bad record is a dead letter once, and nothing else is one",
            lambda timeline: bad_records.bad_ones_set_aside(timeline, group_of(timeline)),
        ),
        Check(
            "good-once",
            "Each good order takes effect once",
            lambda timeline: bad_records.good_ones_took_effect(timeline, group_of(timeline)),
        ),
        Check("no-stall", "No partition pauses much longer than it does without bad records", stalls),
        Check(
            "no-restart",
            "No worker is restarted",
            lambda timeline: checks.no_worker_restarted(timeline, group_of(timeline)),
        ),
    ),
    measure=measure,
    minutes=0.5,
)

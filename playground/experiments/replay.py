"""Experiment `replay`: a group reads a stretch of the topic again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from playground.clock import now_ms
from playground.consumer_settings import AT_LEAST_ONCE, EXACTLY_ONCE
from playground.experiments.experiment import (
    Check,
    Experiment,
    ExperimentSettings,
    Prediction,
    Step,
    Table,
)
from playground.experiments.timing import QUICK
from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding

MODES = (EXACTLY_ONCE, AT_LEAST_ONCE)
# Between the two stretches, so that no record's timestamp can belong to both.
APART_SECONDS = 0.5


class ReplaySettings(ExperimentSettings, frozen=True):
    """Settings of `replay`."""

    before: Annotated[int, Meta(ge=1, le=2000, description="orders per partition before the moment")] = 50
    after: Annotated[
        int, Meta(ge=1, le=2000, description="orders per partition after it, which are read again")
    ] = 30


def prepare(lab: Lab) -> None:
    """Users for every partition; the groups come one by one."""
    lab.customer.learn_users(lab.partitions)


def steps(_given: ReplaySettings) -> list[Step]:
    """Per kind of delivery: read two stretches, go back to where the second begins, read it again."""
    found = []
    for mode in MODES:
        found.append(Step(f"{mode}: read orders from before and after a moment", _read(mode)))
        found.append(Step(f"{mode}: preview, then go back to that moment", _go_back(mode)))
        found.append(Step(f"{mode}: read again", _read_again))
    return found


def _read(mode: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        lab.tune(mode, QUICK)
        lab.join(mode, 1, consumer_delivery=mode)
        lab.audit("begin")
        lab.customer.burst(lab.settings.before)
        lab.wait_handled()
        lab.watch(APART_SECONDS, "apart")
        lab.mark("moment", mode=mode, since=now_ms())
        lab.customer.burst(lab.settings.after)
        lab.wait_handled()
        lab.wait_drained()
        _take_results(lab, "before")

    return run


def _go_back(mode: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        since = next(each["since"] for each in lab.timeline.marks("moment") if each["mode"] == mode)
        lab.leave()
        lab.wait_stable(0)
        lab.replay(since, dry_run=True)
        lab.replay(since, dry_run=False)

    return run


def _read_again(lab: Lab) -> None:
    lab.scale(1)
    lab.wait_drained()
    lab.watch(APART_SECONDS, "told")  # the last event of a worker comes after its last commit
    _take_results(lab, "after")
    lab.finish()


def _take_results(lab: Lab, when: str) -> None:
    lab.audit(when)
    lab.effects(when)


def group_of(timeline: Timeline, mode: str) -> str:
    """The id of the group with this kind of delivery."""
    return f"{timeline.head['run_id']}-{mode}"


def previewed(timeline: Timeline, mode: str) -> int | None:
    """How many orders the preview said; None without one."""
    found = _of(timeline, "replay", mode)
    return next((int(each["records"]) for each in found if each["dry_run"]), None)


def read_again(timeline: Timeline, mode: str) -> int | None:
    """How many orders were handled after the group had gone back; None when it never did."""
    began = next((each.at for each in _of(timeline, "replay", mode) if not each["dry_run"]), None)
    if began is None:
        return None
    return sum(
        int(last) - int(first) + 1
        for seen in _of(timeline, "handled", mode)
        if seen.at > began
        for _part, first, last, _count in seen["partitions"]
    )


def sent_since(timeline: Timeline, mode: str) -> int | None:
    """How many orders were acknowledged after the moment, by the customer's own list."""
    mark = next((each for each in timeline.marks("moment") if each["mode"] == mode), None)
    went_back = next((each.at for each in _of(timeline, "replay", mode)), None)
    if mark is None or went_back is None:
        return None
    return sum(
        int(each["count"]) for each in timeline.of("accepted") if mark["since"] <= each.at <= went_back
    )


def preview_is_right(timeline: Timeline) -> Finding:
    """Preview, customer's list and what was really read again are the same number."""
    words = []
    for mode in MODES:
        said, sent = previewed(timeline, mode), sent_since(timeline, mode)
        read = read_again(timeline, mode)
        if said is None or sent is None or read is None:
            return inconclusive(f"{mode}: it was not replayed")
        if not said:
            return inconclusive(f"{mode}: there was nothing to read again")
        if not said == sent == read:
            if said == read and said > sent:
                return inconclusive(f"{mode}: {said - sent} orders came from somebody else")
            return failed(
                f"{mode}: {said} were announced, {sent} had been sent since, {read} were read again"
            )
        words.append(f"{mode}: {said}")
    return passed("announced, sent since then, and read again: " + "; ".join(words))


def results_stay(timeline: Timeline) -> Finding:
    """With exactly-once delivery the results after the replay are those before."""
    before, after = _results(timeline)
    if before is None or after is None or not read_again(timeline, EXACTLY_ONCE):
        return inconclusive("the results were not taken before and after")
    if before != after:
        part = next(part for part in before if before[part] != after.get(part))
        return failed(f"partition {part}: {before[part]} before, {after.get(part)} after")
    return passed(f"{sum(row['processed'] for row in before.values())} results before and after, 0 twice")


def repeats_take_effect(timeline: Timeline) -> Finding:
    """Without it every order that is read again takes effect again."""
    counted = {each["name"]: each for each in _of(timeline, "effects", AT_LEAST_ONCE)}
    announced = previewed(timeline, AT_LEAST_ONCE)
    if announced is None or {"before", "after"} - counted.keys():
        return inconclusive("its effects were not counted")
    twice = sum(row["repeated"] for row in counted["after"]["partitions"])
    twice_before = sum(row["repeated"] for row in counted["before"]["partitions"])
    if twice - twice_before != announced:
        return failed(f"{twice - twice_before} orders took effect twice, {announced} were read again")
    return passed(f"all {announced} orders that were read again took effect twice")


def measure(timeline: Timeline) -> list[Table]:
    """What the preview said, and what happened."""
    rows: list[list[object]] = [
        [mode, previewed(timeline, mode), read_again(timeline, mode), _twice(timeline, mode)]
        for mode in MODES
    ]
    return [
        Table(
            "A stretch that is read again",
            ["delivery", "orders announced", "read again", "with a second effect"],
            rows,
            "An exactly-once group keeps its position with its results, so a second effect is seen and "
            "left out.",
        )
    ]


def answer(timeline: Timeline) -> str | None:
    """What becomes of the results of the exactly-once group, as a letter."""
    before, after = _results(timeline)
    if before is None or after is None or not read_again(timeline, EXACTLY_ONCE):
        return None
    if before == after:
        return "B"
    grown = all(after[part]["processed"] >= row["processed"] for part, row in before.items() if part in after)
    return "A" if grown else "C"


def _twice(timeline: Timeline, mode: str) -> int | None:
    if mode == EXACTLY_ONCE:
        return 0 if results_stay(timeline).verdict == "passed" else None
    counted = [each for each in _of(timeline, "effects", mode) if each["name"] == "after"]
    return sum(row["repeated"] for row in counted[0]["partitions"]) if counted else None


def _results(
    timeline: Timeline,
) -> tuple[dict[int, dict[str, int]] | None, dict[int, dict[str, int]] | None]:
    """Processed, duplicates and dead letters per partition, before and after the replay."""
    audits = {each["name"]: each for each in _of(timeline, "audit", EXACTLY_ONCE)}
    before, after = audits.get("before"), audits.get("after")
    return _rows(before), _rows(after)


def _rows(audit: Observation | None) -> dict[int, dict[str, int]] | None:
    if audit is None:
        return None
    names = ("processed", "duplicates", "dead_lettered", "pending")
    return {row["partition"]: {name: row[name] for name in names} for row in audit["partitions"]}


def _of(timeline: Timeline, kind: str, mode: str) -> list[Observation]:
    return [each for each in timeline.of(kind) if each["group_id"] == group_of(timeline, mode)]


EXPERIMENT = Experiment(
    name="replay",
    title="Reading again",
    question="What happens to results when a group goes back and reads a stretch of the topic again?",
    story=(
        "A topic keeps what was read. A group can go back to an earlier offset, or to the first record after "
        "a time, and read again: to repair a mistake, or to fill a new table. Whether that is harmless "
        "depends on what a second handling of an order does."
    ),
    settings=ReplaySettings,
    prediction=Prediction(
        question="A group with exactly-once delivery reads orders a second time. Its results afterwards?",
        options={
            "A": "These orders are counted twice.",
            "B": "They are what they were.",
            "C": "Results of these orders are gone until they are read again, and some stay away.",
        },
        answer=answer,
        explanation=(
            "Each result is kept under the order's id, in the same database as the group's position. An "
            "order that comes again finds its result there. A worker that only adds up counts it twice."
        ),
    ),
    prepare=prepare,
    steps=steps,
    checks=(
        Check(
            "preview",
            "A replay reads exactly those orders again that its preview says",
            preview_is_right,
            every_event=True,
        ),
        Check("results-stay", "With exactly-once delivery results after it are those before", results_stay),
        Check(
            "repeats",
            "Without it every order that is read again takes effect again",
            repeats_take_effect,
        ),
    ),
    measure=measure,
    minutes=0.5,
)

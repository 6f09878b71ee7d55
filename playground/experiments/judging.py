"""Judges a timeline: every check, the prediction, the tables. Needs no broker."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from playground.experiments.runs import VERDICT_FILE, CheckResult, Judgement, write_file
from playground.experiments.verdict import inconclusive, passed, worst

if TYPE_CHECKING:
    from pathlib import Path

    from playground.experiments.experiment import Check, Experiment, Table
    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding

log = logging.getLogger("playground.experiments")


def judge(experiment: Experiment, timeline: Timeline, run: str) -> Judgement:
    """What the timeline shows."""
    results = [_completed(timeline)] + [_result(check, timeline) for check in experiment.checks]
    return Judgement(
        experiment=experiment.name,
        run=run,
        verdict=worst(result.verdict for result in results),
        checks=results,
        prediction=timeline.head.get("prediction"),
        answer=_answer(experiment, timeline),
        tables=_tables(experiment, timeline),
    )


def write_judgement(folder: Path, judgement: Judgement) -> None:
    """verdict.json, beside the timeline."""
    write_file(folder / VERDICT_FILE, msgspec.json.format(msgspec.json.encode(judgement), indent=2) + b"\n")


def _result(check: Check, timeline: Timeline) -> CheckResult:
    finding = _finding(check, timeline)
    return CheckResult(check.name, check.claim, finding.verdict, finding.detail, finding.measured)


def _finding(check: Check, timeline: Timeline) -> Finding:
    if not timeline.head:
        return inconclusive("the run broke off before anything was looked at")
    missed = timeline.of("missed") if check.every_event else []
    if missed:
        return inconclusive(f"events are missing: {missed[0]['reason']}")
    try:
        return check.judge(timeline)
    except Exception as error:  # noqa: BLE001 - a crashed check has shown nothing
        return inconclusive(f"the check itself failed: {type(error).__name__}: {error}")


def _completed(timeline: Timeline) -> CheckResult:
    """A run that broke off has not shown what it was made for, whatever its checks say."""
    problems = timeline.of("problem")
    if problems:
        finding = inconclusive("; ".join(map(_told, problems)))
    elif not any(each["name"] == "end" for each in timeline.of("phase")):
        finding = inconclusive("the run broke off")
    else:
        finding = passed("every step was done, and the system was given back as it was")
    claim = "The run did everything it set out to do"
    return CheckResult("completed", claim, finding.verdict, finding.detail, finding.measured)


def _told(problem: Observation) -> str:
    step = problem.get("next_step")
    return f"{problem['phase']}: {problem['detail']}" + (f"; next: {step}" if step else "")


def _answer(experiment: Experiment, timeline: Timeline) -> str | None:
    if not timeline.head:
        return None
    try:
        return experiment.prediction.answer(timeline)
    except Exception:
        log.exception("the answer to the prediction cannot be computed")
        return None


def _tables(experiment: Experiment, timeline: Timeline) -> list[Table]:
    if not timeline.head:
        return []
    try:
        return experiment.measure(timeline)
    except Exception:
        log.exception("the tables cannot be computed")
        return []

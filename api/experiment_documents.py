"""The JSON documents of experiments and their runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from api.documents import Document, Timestamp
from playground.experiments.experiment import Table  # noqa: TC001 - msgspec reads it at run time
from playground.experiments.run_state import State  # noqa: TC001
from playground.experiments.runs import CheckResult  # noqa: TC001
from playground.experiments.verdict import Verdict  # noqa: TC001

RunName = Annotated[str, msgspec.Meta(description="experiment/time", examples=["rebalance/20261123T130500Z"])]


class ExperimentSummary(Document, frozen=True):
    """An experiment in a list. `why_not`: why it cannot run here, null when it can."""

    name: str
    title: str
    question: str
    minutes: float
    needs: list[str]
    runnable: bool
    why_not: str | None
    next_step: str | None


class ExperimentList(Document, frozen=True):
    """All experiments, in the order a newcomer should try them."""

    experiments: list[ExperimentSummary]


class PredictionView(Document, frozen=True):
    """A question to answer before the run: letter -> text."""

    question: str
    options: dict[str, str]


class Claim(Document, frozen=True):
    """What a run checks."""

    name: str
    claim: str


class Setting(Document, frozen=True):
    """A setting: its default, and its bounds in words."""

    name: str
    default: Any
    bounds: str
    description: str


class ExperimentView(Document, frozen=True):
    """Everything about an experiment. `steps`: with its default settings; `minutes`: about how long then."""

    name: str
    title: str
    question: str
    story: str
    minutes: float
    needs: list[str]
    runnable: bool
    why_not: str | None
    next_step: str | None
    prediction: PredictionView
    claims: list[Claim]
    steps: list[str]
    settings: list[Setting]


class RunStarted(Document, frozen=True):
    """A run that has begun; `Location` has its address."""

    run: RunName


class RunSummary(Document, frozen=True):
    """A run in a list. `verdict` is null while it runs, and when it broke off without one."""

    run: RunName
    experiment: str
    started_at: Timestamp
    state: State
    verdict: Verdict | None


class RunList(Document, frozen=True):
    """Runs, the newest first. `running`: the one that runs now."""

    running: str | None
    runs: list[RunSummary]


class RunProgress(Document, frozen=True):
    """How far a run is; also the event `run`. `step` counts from 1; 0: none yet. `lag`: null until known."""

    run: RunName
    experiment: str
    title: str
    started_at: Timestamp
    state: State
    verdict: Verdict | None
    phase: Literal["prepare", "act", "settle", "clean-up", "end"] | None
    step: int
    of: int
    step_title: str | None
    elapsed_seconds: float
    lag: int | None
    orders: int


class RunProblem(Document, frozen=True):
    """Something that went wrong in a run."""

    phase: str
    detail: str
    next_step: str | None


class RunOutcome(Document, frozen=True):
    """What a run has shown. `answer`: what the measurement supports, null when it cannot tell."""

    checks: list[CheckResult]
    tables: list[Table]
    prediction: str | None
    answer: str | None
    explanation: str | None


class RunView(Document, frozen=True):
    """A run: how far it is, what it was told, and what it has shown when it is judged.

    `steps_done`: how many of `steps` have ended. `observations`: lines of the timeline.
    """

    progress: RunProgress
    steps: list[str]
    steps_done: int
    settings: dict[str, Any]
    prediction: str | None
    observations: int
    problems: list[RunProblem]
    outcome: RunOutcome | None


class RunTimeline(Document, frozen=True):
    """A part of a timeline. Ask again with `after` = `next`; `finished`: there will not be more than now."""

    run: RunName
    after: int
    next: int
    finished: bool
    observations: list[dict[str, Any]]

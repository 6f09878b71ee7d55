"""A run as the documents of the API, out of its folder."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from api import experiment_documents as documents
from playground.clock import iso, parse_iso
from playground.errors import PlaygroundError
from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.given import convert

if TYPE_CHECKING:
    from api.services import Services
    from playground.experiments.run_state import Progress


def progress_of(services: Services, name: str) -> documents.RunProgress:
    """How far a run is.

    Raises NotFound.
    """
    return _progress(services, name, services.run_states.progress(name))


def experiment_of(name: str) -> str:
    """The experiment in a run's name."""
    return name.partition("/")[0]


def started_at(name: str) -> str:
    """The moment in a run's name."""
    try:
        return iso(parse_iso(name.partition("/")[2].partition("Z")[0] + "+00:00"))
    except ValueError:  # a folder that somebody has named by hand
        return iso(0)


def view_of(services: Services, name: str) -> documents.RunView:
    """Everything about a run.

    Raises NotFound.
    """
    progress = services.run_states.progress(name)
    view = _progress(services, name, progress)
    outcome = _outcome(services, name) if view.state == "finished" else None
    return documents.RunView(
        progress=view,
        steps=_steps(view.experiment, progress),
        steps_done=progress.steps_done,
        settings=progress.head.get("settings", {}),
        prediction=progress.head.get("prediction"),
        observations=progress.lines,
        problems=[
            documents.RunProblem(each["phase"], each["detail"], each.get("next_step"))
            for each in progress.problems
        ],
        outcome=outcome,
    )


def _progress(services: Services, name: str, progress: Progress) -> documents.RunProgress:
    state = services.run_states.state(name)
    judgement = services.runs.judgement(name) if state == "finished" else None
    experiment = experiment_of(name)
    known = EXPERIMENTS.get(experiment)
    return documents.RunProgress(
        run=name,
        experiment=experiment,
        title=progress.head.get("title") or (known.title if known else experiment),
        started_at=started_at(name),
        state=state,
        verdict=None if judgement is None else judgement.verdict,
        phase=progress.phase,  # type: ignore[arg-type]
        step=progress.step,
        of=progress.of,
        step_title=progress.step_title,
        elapsed_seconds=services.run_states.elapsed_seconds(progress, running=state == "running"),
        lag=progress.lag,
        orders=progress.orders,
    )


def _steps(experiment: str, progress: Progress) -> list[str]:
    """The titles of its steps, as its settings make them."""
    known = EXPERIMENTS.get(experiment)
    if known is None or "settings" not in progress.head:
        return []
    with contextlib.suppress(PlaygroundError):  # it ran with settings that do not exist any more
        return [step.title for step in known.steps(convert(known, progress.head["settings"]))]
    return []


def _outcome(services: Services, name: str) -> documents.RunOutcome | None:
    judgement = services.runs.judgement(name)
    if judgement is None:
        return None
    known = EXPERIMENTS.get(judgement.experiment)
    return documents.RunOutcome(
        checks=judgement.checks,
        tables=judgement.tables,
        prediction=judgement.prediction,
        answer=judgement.answer,
        explanation=known.prediction.explanation if known else None,
    )

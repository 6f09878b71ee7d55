"""GET /experiments, and POST /experiments/{name}/runs, which starts one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from api import experiment_documents as documents
from api.answers import Answer
from api.routing import Call, Route
from playground.errors import AbilityMissing, InvalidValue
from playground.experiments.catalog import EXPERIMENTS, find_experiment
from playground.experiments.described import describe
from playground.experiments.given import convert
from playground.experiments.runner import missing_abilities

if TYPE_CHECKING:
    from playground.experiments.experiment import Experiment
    from playground.stack import Stack

NO_STACK = "this API runs without a stack that it may control"
WHOLE = "start the whole with `playground up`"


class RunBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Settings that shall differ from their defaults, and the answer to the experiment's question."""

    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    prediction: str | None = None


def experiments(call: Call) -> documents.ExperimentList:
    """All of them."""
    return documents.ExperimentList(
        [
            documents.ExperimentSummary(
                name=each.name,
                title=each.title,
                question=each.question,
                minutes=each.minutes,
                needs=list(each.needs),
                **_ability(call, each),
            )
            for each in EXPERIMENTS.values()
        ]
    )


def experiment(call: Call) -> documents.ExperimentView:
    """One, with its settings and its question."""
    found = find_experiment(call.path["name"])
    view: dict[str, Any] = msgspec.to_builtins(describe(found)) | _ability(call, found)
    return msgspec.convert(view, documents.ExperimentView)


def start(call: Call) -> Answer:
    """Start a run; answered when it has begun."""
    found = find_experiment(call.path["name"])
    body: RunBody = call.body
    settings: dict[str, Any] = msgspec.to_builtins(convert(found, body.settings))
    prediction = _letter(found, body.prediction)
    if (reason := _missing(found, call.services.stack)) is not None:
        raise AbilityMissing(reason, next_step=WHOLE)
    given = {name: settings[name] for name in body.settings}
    run = call.services.run_processes.start(found.name, given, prediction)
    return Answer(documents.RunStarted(run), 202, headers={"Location": f"/runs/{run}"})


def _ability(call: Call, found: Experiment) -> dict[str, Any]:
    refused = call.services.guard.control_refused()
    if refused["why_not"] is None and (reason := _missing(found, call.services.stack)) is not None:
        refused = {"why_not": reason, "next_step": WHOLE}
    return {"runnable": refused["why_not"] is None, **refused}


def _missing(found: Experiment, stack: Stack | None) -> str | None:
    if stack is None:
        return NO_STACK
    missing = missing_abilities(found, stack)
    return f"this stack cannot do what {found.name} needs: {', '.join(missing)}" if missing else None


def _letter(found: Experiment, prediction: str | None) -> str | None:
    options = found.prediction.options
    if prediction is not None and prediction not in options:
        raise InvalidValue("prediction", f"{prediction!r} is none of {', '.join(options)}")
    return prediction


ROUTES = (
    Route(
        "GET",
        "/experiments",
        "The experiments, and which of them can run here",
        view=experiments,
        answers={200: documents.ExperimentList},
    ),
    Route(
        "GET",
        "/experiments/{name}",
        "An experiment: its story, claims, settings, and the question to answer before a run",
        view=experiment,
        answers={200: documents.ExperimentView},
        problems=(404,),
    ),
    Route(
        "POST",
        "/experiments/{name}/runs",
        "Run an experiment; answered when the run has begun",
        view=start,
        body=RunBody,
        answers={202: documents.RunStarted},
        problems=(403, 404, 409, 413, 415, 501),
        notes="One run at a time in the whole playground, whoever starts it: 409 says which. Workers are "
        "moved to groups of the run's own and given back at its end. Settings are numbers, texts and lists, "
        'as `GET /experiments/{name}` describes them; a list may also be written as `"1,3,6"`.',
    ),
)

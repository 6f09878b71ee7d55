"""/runs: what runs now, what has run, and what it has shown."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from api import experiment_documents as documents
from api.answers import Answer
from api.experiment_views import experiment_of, started_at, view_of
from api.routing import Call, Route
from playground.errors import NotFound
from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.report import write_report
from playground.experiments.run_state import folder_of, read_observations
from playground.experiments.timeline import read_timeline

# Reports are pages of their own: nothing but their own styles, and no way to do anything as this origin.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
REPORT_TYPES = {"report.html": "text/html; charset=utf-8", "report.md": "text/markdown; charset=utf-8"}


class RunsQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many runs."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50


class TimelineQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which lines of a timeline."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 1000


def runs(call: Call) -> documents.RunList:
    """The newest first."""
    services = call.services
    query: RunsQuery = call.query
    running = services.runs.running()
    found = []
    for name in services.runs.names()[: query.limit]:
        judgement = services.runs.judgement(name)
        verdict = None if judgement is None or name == running else judgement.verdict
        state = "running" if name == running else "finished" if judgement else "broken off"
        found.append(
            documents.RunSummary(name, experiment_of(name), started_at(name), state, verdict)  # type: ignore[arg-type]
        )
    return documents.RunList(running, found)


def run(call: Call) -> documents.RunView:
    """How far it is, or what it has shown."""
    return view_of(call.services, _name(call))


def timeline(call: Call) -> documents.RunTimeline:
    """What was observed, a part of it."""
    name, query = _name(call), call.query
    # Asked before the file is read: what is written after the end is nothing.
    finished = call.services.run_states.state(name) != "running"
    folder = folder_of(call.services.runs, name)
    observations, after = read_observations(folder, query.after, query.limit)
    finished = finished and after < query.after + query.limit
    return documents.RunTimeline(name, query.after, after, finished, observations)


def stop(call: Call) -> Answer:
    """Ask it to end; it cleans up first."""
    name = _name(call)
    call.services.run_processes.stop(name)
    return Answer(view_of(call.services, name), 202)


def report_html(call: Call) -> Answer:
    """The report as a page."""
    return _report(call, "report.html", {"Content-Security-Policy": REPORT_POLICY})


def report_markdown(call: Call) -> Answer:
    """The report as Markdown."""
    return _report(call, "report.md", {})


def _report(call: Call, file_name: str, headers: dict[str, str]) -> Answer:
    name = _name(call)
    folder = folder_of(call.services.runs, name)
    file = folder / file_name
    judgement = call.services.runs.judgement(name)
    known = EXPERIMENTS.get(experiment_of(name))
    if not file.is_file():
        if judgement is None or known is None:
            raise NotFound(f"{name} has no report: it has no verdict", next_step=f"GET /runs/{name}")
        write_report(known, read_timeline(folder), judgement, folder)
    return Answer(file.read_bytes(), 200, REPORT_TYPES[file_name], headers)


def _name(call: Call) -> str:
    return f"{call.path['experiment']}/{call.path['time']}"


_RUN = "/runs/{experiment}/{time}"
_TEXT = Annotated[str, msgspec.Meta(description="as the content type says")]
_FOUND: dict[str, Any] = {"problems": (404,)}
ROUTES = (
    Route(
        "GET", "/runs", "Runs, the newest first", view=runs, query=RunsQuery, answers={200: documents.RunList}
    ),
    Route(
        "GET",
        _RUN,
        "A run: how far it is, or what it has shown",
        view=run,
        answers={200: documents.RunView},
        **_FOUND,
    ),
    Route(
        "DELETE",
        _RUN,
        "Ask a run to end: it cleans up and is inconclusive",
        view=stop,
        answers={202: documents.RunView},
        problems=(403, 404, 409, 413),
    ),
    Route(
        "GET",
        _RUN + "/timeline",
        "What was observed in a run, from a line on",
        view=timeline,
        query=TimelineQuery,
        answers={200: documents.RunTimeline},
        notes="`playground/experiments/timeline.py` lists the kinds of observations. They come in the "
        "order they were written down, which is not quite the order they happened in.",
        **_FOUND,
    ),
    Route(
        "GET",
        _RUN + "/report.html",
        "The report of a run as one page",
        view=report_html,
        answers={200: _TEXT},
        produces="text/html",
        **_FOUND,
    ),
    Route(
        "GET",
        _RUN + "/report.md",
        "The report of a run as Markdown",
        view=report_markdown,
        answers={200: _TEXT},
        produces="text/markdown",
        **_FOUND,
    ),
)

"""docs/experiments.md: what the experiments ask, claim and need, out of the catalog."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from playground import stack
from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.given import describe_settings
from playground.experiments.report.document import (
    Command,
    Grid,
    Heading,
    Option,
    Options,
    Paragraph,
    setting_text,
)
from playground.experiments.report.markdown_page import markdown_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playground.experiments.experiment import Experiment
    from playground.experiments.report.document import Block

FILES = [
    ["timeline.jsonl", "everything that was seen, one observation per line; the checks read nothing else"],
    ["verdict.json", "the verdict, every check, the tables"],
    ["report.html", "the report, one file with its pictures"],
    ["report.md", "the same as GitHub Markdown"],
]
CODES = [
    [0, "passed: every claim was seen to hold"],
    [1, "failed: a claim was seen to be wrong; or the command itself failed"],
    [2, "usage: an unknown option, a setting out of its bounds"],
    [3, "inconclusive: the run has not shown what it was made for; or the machine lacks something"],
]


def catalog_page(experiments: Iterable[Experiment] = tuple(EXPERIMENTS.values())) -> str:
    """The whole document, as Markdown."""
    known = list(experiments)
    blocks: list[Block] = [*_introduction(known)]
    for each in known:
        blocks += _experiment(each)
    return markdown_page(blocks)


def _introduction(known: list[Experiment]) -> Iterator[Block]:
    yield Heading(1, "Experiments")
    yield Paragraph("This page is made from the experiments themselves: change them, then run make docs.")
    yield Paragraph(
        "An experiment does something to a running playground, watches it through its API, and judges what "
        "it saw. Answer its question first, then run it. Its workers are in groups of its own, and the "
        "playground is given back as it was, also after Ctrl-C. One runs at a time."
    )
    yield Command(f"playground experiment run {known[0].name} --predict LETTER")
    yield Grid(
        "All of them, in the order to try them",
        ["name", "what it is about", "takes about"],
        [[each.name, each.title, _duration(each)] for each in known],
    )
    yield Heading(2, "What every run leaves behind")
    yield Paragraph(
        "A run has a folder of its own, named by its experiment and its time, below .playground/runs "
        "(PLAYGROUND_RUNS_DIR)."
    )
    yield Grid("Files of a run", ["file", "what it holds"], FILES)
    yield Paragraph("Runs of before, and their verdicts:")
    yield Command("playground experiment list --runs")
    yield Paragraph("Judge a run again from its timeline alone; no broker is needed:")
    yield Command("playground experiment recheck RUN")
    yield Paragraph("Write its report anew, with its pictures as PNG for a document:")
    yield Command("playground experiment report RUN --png DIR")
    yield Grid("Exit codes of run and recheck", ["code", "verdict"], CODES)


def _experiment(experiment: Experiment) -> Iterator[Block]:
    yield Heading(2, experiment.name)
    yield Paragraph(experiment.question, lead=True)
    yield Paragraph(experiment.story)
    yield Heading(3, "Predict")
    yield Paragraph(experiment.prediction.question)
    yield Options([Option(letter, words) for letter, words in experiment.prediction.options.items()])
    yield Heading(3, "Run")
    yield Command(f"playground experiment run {experiment.name} --predict LETTER")
    yield Paragraph(f"It takes about {_duration(experiment)} with its default settings.")
    if experiment.needs:
        yield Grid(
            "The stack must be able to do more than to scale",
            ["ability", "meaning"],
            [[name, _meaning(name)] for name in experiment.needs],
        )
    settings = describe_settings(experiment.settings)
    if settings:
        yield Grid(
            "Settings, for --set NAME=VALUE",
            ["setting", "default", "bounds", "what it is"],
            [[each.name, setting_text(each.default), each.bounds, each.description] for each in settings],
        )
    yield Grid(
        "What it claims", ["check", "claim"], [[check.name, check.claim] for check in experiment.checks]
    )


def _duration(experiment: Experiment) -> str:
    seconds = round(experiment.minutes * 60, -1)
    return f"{seconds:g} seconds" if seconds < 90 else f"{experiment.minutes:g} minutes"


def _meaning(ability: str) -> str:
    return (inspect.getdoc(getattr(stack, ability)) or "").split("\n")[0]

"""Experiments, runs and verdicts as documents and as tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from playground.cli.output import console, make_table
from playground.experiments.catalog import EXPERIMENTS

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from playground.experiments.experiment import Experiment
    from playground.experiments.runs import Judgement, Runs

COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow"}


def list_experiments() -> list[dict[str, Any]]:
    """Name, title, question and length of each experiment."""
    return [
        {"name": each.name, "title": each.title, "question": each.question, "minutes": each.minutes}
        for each in EXPERIMENTS.values()
    ]


def list_runs(runs: Runs) -> list[dict[str, Any]]:
    """Every run and its verdict, the newest first."""
    running = runs.running()
    found = []
    for name in runs.names():
        judgement = runs.judgement(name)
        verdict = "running" if name == running else str(judgement.verdict) if judgement else "broken off"
        found.append({"run": name, "verdict": verdict})
    return found


def experiments_table(found: list[dict[str, Any]]) -> RichTable | str:
    """One line per experiment."""
    rows = [(each["name"], f"{each['minutes']:g} min", each["question"]) for each in found]
    return make_table(("experiment", "takes", "question"), rows, "there are no experiments")


def runs_table(found: list[dict[str, Any]]) -> RichTable | str:
    """One line per run."""
    rows = [(each["run"], each["verdict"]) for each in found]
    return make_table(
        ("run", "verdict"), rows, "no experiment has run yet: `playground experiment run rebalance`"
    )


def print_experiment(view: dict[str, Any]) -> None:
    """For people."""
    click.echo(f"{view['title']}\n\n{view['question']}\n{view['story']}\n")
    click.echo(f"Before you run it: {view['prediction']['question']}")
    for letter, text in view["prediction"]["options"].items():
        click.echo(f"  {letter}  {text}")
    click.echo("\nIt claims:")
    for each in view["claims"]:
        click.echo(f"  {each['name']}: {each['claim']}")
    click.echo("\nSteps: " + "; ".join(view["steps"]))
    rows = [
        (each.name, _value(each.default), "; ".join(filter(None, (each.description, each.bounds))))
        for each in view["settings"]
    ]
    click.echo("")
    console().print(
        make_table(("setting", "default", "what it is"), rows, "it has no settings"), markup=False
    )
    click.echo(
        f"\nplayground experiment run {view['name']} --predict {next(iter(view['prediction']['options']))}"
    )


def print_judgement(experiment: Experiment, judgement: Judgement) -> None:
    """Checks, tables, the prediction, and the verdict in all."""
    screen = console()
    for table in judgement.tables:
        screen.print(Text(f"\n{table.title}", style="bold"))
        screen.print(make_table(table.columns, table.rows, "nothing was measured", wrap=True), markup=False)
        if table.note:
            screen.print(Text(re.sub(r"\s+", " ", table.note), style="dim"))
    screen.print(Text("\nClaims", style="bold"))
    for check in judgement.checks:
        screen.print(Text.assemble((f"{check.verdict:<13}", COLOURS[check.verdict]), check.claim))
        screen.print(Text(f"{'':13}{check.detail}", style="dim"))
    prediction = experiment.prediction
    if judgement.prediction and judgement.answer:
        right = judgement.prediction == judgement.answer
        screen.print(
            f"\nYour prediction: {judgement.prediction}. "
            + (
                "Right." if right else f"Measured: {judgement.answer}, {prediction.options[judgement.answer]}"
            ),
            markup=False,
        )
        screen.print(Text(prediction.explanation))
    screen.print(
        Text.assemble("\n", (f"{judgement.run}: {judgement.verdict}", f"bold {COLOURS[judgement.verdict]}"))
    )


def _value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

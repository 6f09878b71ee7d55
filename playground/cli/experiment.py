"""`experiment`: list, show, run, recheck, report."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from playground.cli import experiment_views as views
from playground.cli.experiment_progress import GentleEnd, Progress
from playground.cli.output import console, output_option, print_json, show
from playground.cli.target import TARGETS, Name, choose_again, chosen_cluster
from playground.cli.where import shown, the_api, the_stack
from playground.errors import NotFound
from playground.experiments.catalog import find_experiment
from playground.experiments.described import describe
from playground.experiments.given import parse_pairs
from playground.experiments.judging import judge, write_judgement
from playground.experiments.junit import write_junit
from playground.experiments.report import write_report
from playground.experiments.runner import run_experiment
from playground.experiments.runs import Runs
from playground.experiments.timeline import read_timeline
from playground.settings import read_settings

if TYPE_CHECKING:
    from playground.experiments.experiment import Experiment
    from playground.experiments.runs import Judgement

junit_option = click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the checks as JUnit XML, for CI."
)


@click.group()
def experiment() -> None:
    """Predict, run, measure: experiments with a verdict and a report.

    \b
    Examples:
      playground experiment list
      playground experiment run rebalance --predict B
      playground experiment run rebalance --set members=1,4,2 --set rate=500
      playground experiment recheck rebalance
      playground experiment report latest
    """


@experiment.command("list")
@click.option("--runs", is_flag=True, help="The runs there are, instead of the experiments.")
@output_option
def list_experiments(*, runs: bool, output: str) -> None:
    """The experiments, or the runs of before.

    \b
    Examples:
      playground experiment list
      playground experiment list --runs
      playground experiment list -o json
    """
    if runs:
        found = views.list_runs(the_runs())
        show(found, output, lambda: views.runs_table(found))
    else:
        known = views.list_experiments()
        show(known, output, lambda: views.experiments_table(known))


@experiment.command("show")
@click.argument("name")
@output_option
def show_experiment(name: str, output: str) -> None:
    """Question, claims, steps and settings of one experiment.

    \b
    Examples:
      playground experiment show rebalance
      playground experiment show rebalance -o json
    """
    view = describe(_chosen(name))
    if output == "json":
        print_json(view)
    else:
        views.print_experiment(view)


@experiment.command("run")
@click.argument("name")
@click.option("--target", type=click.Choice(TARGETS), help="Which playground.  [default: local]")
@click.option("--set", "pairs", metavar="NAME=VALUE", multiple=True, help="Change a setting; repeatable.")
@click.option("--predict", metavar="LETTER", help="Your answer to the experiment's question.")
@junit_option
@output_option
def run(  # noqa: PLR0917 - one per option
    name: str,
    target: Name | None,
    pairs: tuple[str, ...],
    predict: str | None,
    junit: Path | None,
    output: str,
) -> str:
    """Run an experiment against the playground of this machine, or a release on a cluster, and judge it.

    Workers are moved to groups of the experiment's own and given back at its end, also after Ctrl-C.
    Exit code: 0 passed, 1 failed, 2 usage, 3 inconclusive.

    \b
    Examples:
      playground experiment run rebalance
      playground experiment run rebalance --predict B
      playground experiment run rebalance --set members=1,4,2 --set rate=500
      playground experiment run rebalance -o json --junit rebalance.xml
      playground -n demo experiment run rebalance --target kube
    """
    if target is not None:
        choose_again(target)
    chosen = _chosen(name)
    settings = parse_pairs(chosen, pairs)
    letter = _letter(chosen, predict)
    stack, api = the_stack(), the_api()
    with Progress(console(), quiet=output == "json") as progress:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, GentleEnd(progress))
        folder, judgement = run_experiment(
            chosen,
            settings,
            stack=stack,
            api=api,
            runs=the_runs(),
            target="local" if chosen_cluster() is None else "kube",
            prediction=letter,
            watch=progress.saw,
        )
    return _tell(chosen, folder, judgement, output, junit)


@experiment.command("recheck")
@click.argument("run_name", metavar="RUN", default="latest")
@junit_option
@output_option
def recheck(run_name: str, junit: Path | None, output: str) -> str:
    """Judge a finished run again, from its timeline alone: no broker is needed.

    RUN is a name as `playground experiment list --runs` shows it, the name of an experiment (its newest
    run), or `latest`. Exit code: 0 passed, 1 failed, 2 usage, 3 inconclusive.

    \b
    Examples:
      playground experiment recheck
      playground experiment recheck rebalance/20261123T130500Z
    """
    folder = the_runs().folder(run_name)
    chosen = find_experiment(folder.parent.name)
    judgement = judge(chosen, read_timeline(folder), f"{chosen.name}/{folder.name}")
    write_judgement(folder, judgement)
    return _tell(chosen, folder, judgement, output, junit)


@experiment.command("report")
@click.argument("run_name", metavar="RUN", default="latest")
@click.option(
    "--png",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pictures as PNG into this folder as well, and link to them in report.md.",
)
@output_option
def report(run_name: str, png: Path | None, output: str) -> None:
    """Write the report of a run anew and print where it is: report.html, with report.md beside it.

    RUN is a name as `playground experiment list --runs` shows it, the name of an experiment (its newest
    run), or `latest`. The verdict is the one the run has; `recheck` judges it again.

    \b
    Examples:
      playground experiment report
      playground experiment report rebalance
      playground experiment report rebalance/20261123T130500Z --png docs/pictures
    """
    runs = the_runs()
    folder = runs.folder(run_name)
    chosen = find_experiment(folder.parent.name)
    timeline = read_timeline(folder)
    name = f"{chosen.name}/{folder.name}"
    judgement = runs.judgement(name) or judge(chosen, timeline, name)
    files = write_report(chosen, timeline, judgement, folder, pictures_into=png)
    if output == "json":
        pictures = [str(picture) for picture in files.pictures]
        print_json({"html": str(files.html), "markdown": str(files.markdown), "pictures": pictures})
    else:
        for file in (files.html, *files.pictures):
            click.echo(shown(file))


def the_runs() -> Runs:
    """The runs of this playground."""
    return Runs(read_settings().runs_dir)


def _chosen(name: str) -> Experiment:
    """A name that is none is a mistake of usage: nothing was shown to be false."""
    try:
        return find_experiment(name)
    except NotFound as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None


def _letter(chosen: Experiment, predict: str | None) -> str | None:
    letter = predict.strip().upper() if predict else None
    if letter is not None and letter not in chosen.prediction.options:
        options = "; ".join(f"{key}: {text}" for key, text in chosen.prediction.options.items())
        raise click.BadParameter(
            f"{predict} is no answer to: {chosen.prediction.question} {options}", param_hint="--predict"
        )
    return letter


def _tell(chosen: Experiment, folder: Path, judgement: Judgement, output: str, junit: Path | None) -> str:
    if junit is not None:
        write_junit(junit, judgement)
    if output == "json":
        print_json(msgspec.to_builtins(judgement) | {"folder": str(folder)})
    else:
        views.print_judgement(chosen, judgement)
    files = write_report(chosen, read_timeline(folder), judgement, folder)
    if output != "json":
        click.echo(f"report: {shown(files.html)}")
    return str(judgement.verdict)

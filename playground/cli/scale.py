"""`scale`: how many workers of a kind run, and with which settings."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from playground.cli.output import make_table, output_option, show
from playground.cli.where import shown, the_stack
from playground.cli.workers import COLUMNS, worker_row
from playground.errors import StackError, WaitTimeout
from playground.settings import PREFIX, read_settings
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.stack import Stack, WorkerInstance

SETTLE_SECONDS = 10.0
# Silence of this length is explained.
PATIENCE_SECONDS = 3.0


@click.command()
@click.argument("worker")
@click.argument("n", type=click.IntRange(min=0))
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting for these workers, with or without the prefix PLAYGROUND_; replaces all earlier --set "
    "and stays until --reset.",
)
@click.option("--reset", is_flag=True, help="Back to the settings of the start: forget every --set.")
@output_option
def scale(worker: str, n: int, settings: tuple[str, ...], *, reset: bool, output: str) -> None:
    """Run N workers of a kind: processor, analytics, exporter.

    What --set says stays for this kind, also for later scales, until --reset.

    \b
    Examples:
      playground scale processor 4
      playground scale processor 2 --set FAULT_PROCESSING_DELAY_MS=50
      playground scale processor 2 --reset
      playground scale analytics 0
    """
    if reset and settings:
        raise click.UsageError("--set replaces all earlier settings already: leave out --reset")
    stack = the_stack()
    environment = dict(map(parse_assignment, settings)) if settings or reset else None
    with _explained_silence():
        stack.scale(worker, n, environment)
    instances = _settled(stack, worker)
    show(
        {"workers": instances},
        output,
        lambda: make_table(COLUMNS, map(worker_row, instances), f"no {worker} runs now"),
    )
    if instances and output == "table":
        overrides = stack.status()["overrides"].get(instances[0].kind)
        if overrides:
            click.echo(describe_overrides(worker, n, overrides))
    if late := [one for one in instances if not is_well(one)]:
        raise describe_late(late, SETTLE_SECONDS)


def parse_assignment(text: str) -> tuple[str, str]:
    """`FAULT_FAILURE_RATIO=0.1` as (`PLAYGROUND_FAULT_FAILURE_RATIO`, `0.1`)."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    name = name.upper()
    return (name if name.startswith(PREFIX) else PREFIX + name), value


def describe_overrides(worker: str, n: int, overrides: dict[str, str]) -> str:
    """What an earlier or this --set left for these workers, and how to be rid of it."""
    given = ", ".join(f"{name.removeprefix(PREFIX)}={value}" for name, value in overrides.items())
    return f"settings of these workers: {given} (playground scale {worker} {n} --reset takes them back)"


@contextmanager
def _explained_silence() -> Iterator[None]:
    """A rolling restart of many workers takes its time: say so instead of nothing."""
    timer = threading.Timer(
        PATIENCE_SECONDS,
        click.echo,
        ("workers are stopped and started one after the other ...",),
        {"err": True},
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def is_well(worker: WorkerInstance) -> bool:
    """Whether nobody has to wait for it."""
    return worker.state in {"running", "paused"}


def describe_late(late: list[WorkerInstance], seconds: float) -> StackError:
    """Who does not run after that time, and where the cause stands."""
    who = ", ".join(f"{one.name} is {one.state} (restarts: {one.restarts})" for one in late)
    log = shown(read_settings().data_dir / "logs" / f"{late[0].name}.log")
    return StackError(
        f"not all are running after {seconds:g} s: {who}",
        next_step=f"see {log}; they are started again and again: `playground status`",
    )


def _settled(stack: Stack, worker: str) -> list[WorkerInstance]:
    """The workers of that kind once they run, or as they are when that takes long."""

    def mine() -> list[WorkerInstance]:
        return [one for one in stack.workers() if worker in {one.kind, one.group_id}]

    with suppress(WaitTimeout):
        wait_until(lambda: all(map(is_well, mine())), "workers", SETTLE_SECONDS)
    return mine()

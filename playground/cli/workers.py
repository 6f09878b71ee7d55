"""What runs, and pushing it around: status, scale, kill, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from playground.cli.output import console, make_table, output_option, show
from playground.cli.where import the_stack
from playground.errors import WaitTimeout
from playground.settings import PREFIX
from playground.waiting import wait_until

if TYPE_CHECKING:
    from rich.table import Table

    from playground.local.stack import LocalStack
    from playground.stack import WorkerInstance

SETTLE_SECONDS = 30.0
COLUMNS = ("worker", "state", "pid", "restarts", "group")


@click.command()
@output_option
def status(output: str) -> None:
    """What runs, and where to find it.

    \b
    Examples:
      playground status
      playground status -o json
    """
    document = the_stack().status()
    show(document, output, lambda: _status_view(document))


@click.command()
@click.argument("worker")
@click.argument("n", type=click.IntRange(min=0))
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting for these workers, with or without the prefix PLAYGROUND_; replaces all earlier --set.",
)
@output_option
def scale(worker: str, n: int, settings: tuple[str, ...], output: str) -> None:
    """Run N workers of a kind: processor, analytics, exporter.

    \b
    Examples:
      playground scale processor 4
      playground scale processor 2 --set FAULT_PROCESSING_DELAY_MS=50
      playground scale analytics 0
    """
    stack = the_stack()
    environment = dict(parse_assignment(one) for one in settings) if settings else None
    stack.scale(worker, n, environment)
    instances = _settled(stack, worker)
    show(
        {"workers": instances},
        output,
        lambda: make_table(COLUMNS, map(_row, instances), f"no {worker} runs now"),
    )


@click.command()
@click.argument("worker")
@output_option
def kill(worker: str, output: str) -> None:
    """SIGKILL a worker: a name, or a kind (then its youngest). A new one takes its place after a second.

    `broker` and `api` can be killed as well.

    \b
    Examples:
      playground kill processor-1
      playground kill processor
    """
    _tell(the_stack().kill(worker), "killed; a new one takes its place in a second", output)


@click.command()
@click.argument("worker")
@output_option
def pause(worker: str, output: str) -> None:
    """Freeze a worker (SIGSTOP): alive, but silent. After 6 s the group goes on without it.

    \b
    Example:
      playground pause processor-1
    """
    _tell(the_stack().pause(worker), f"paused; `playground resume {worker}` lets it go on", output)


@click.command()
@click.argument("worker")
@output_option
def resume(worker: str, output: str) -> None:
    """Let a frozen worker go on (SIGCONT).

    \b
    Example:
      playground resume processor-1
    """
    _tell(the_stack().resume(worker), "goes on", output)


def parse_assignment(text: str) -> tuple[str, str]:
    """`FAULT_FAILURE_RATIO=0.1` as (`PLAYGROUND_FAULT_FAILURE_RATIO`, `0.1`)."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    name = name.upper()
    return (name if name.startswith(PREFIX) else PREFIX + name), value


def _settled(stack: LocalStack, worker: str) -> list[WorkerInstance]:
    """The workers of that kind once they run, or as they are when that takes long."""

    def mine() -> list[WorkerInstance]:
        return [one for one in stack.workers() if worker in {one.kind, one.group_id}]

    try:
        wait_until(
            lambda: all(one.state in {"running", "paused"} for one in mine()), "workers", SETTLE_SECONDS
        )
    except WaitTimeout:
        console().print(f"not all are running after {SETTLE_SECONDS:g} s", style="yellow")
    return mine()


def _tell(one: WorkerInstance, what: str, output: str) -> None:
    show(one, output, lambda: f"{one.name} (pid {one.pid}) {what}")


def _row(one: WorkerInstance) -> tuple[object, ...]:
    return (one.name, one.state, one.pid, one.restarts, one.group_id)


def _status_view(document: dict[str, Any]) -> Table | str:
    console().print(f"{document['phase']}, data in {document['data_dir']}", markup=False)
    for name, place in document["addresses"].items():
        console().print(f"  {name:<12} {place}", markup=False)
    console().print()
    everyone = [*document["services"], *document["workers"]]
    rows = [(one["name"], one["state"], one["pid"], one["restarts"], one.get("group_id")) for one in everyone]
    return make_table(COLUMNS, rows, "nothing runs yet")

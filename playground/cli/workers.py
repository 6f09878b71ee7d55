"""What runs, and pushing it around: status, kill, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from playground.cli.output import console, make_table, output_option, show
from playground.cli.where import the_stack
from playground.errors import AbilityMissing
from playground.stack import Killable, Pausable

if TYPE_CHECKING:
    from rich.table import Table

    from playground.stack import WorkerInstance

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
@output_option
def kill(worker: str, output: str) -> None:
    """SIGKILL a worker: a name, or a kind (then its youngest). A new one takes its place after a second.

    `broker` and `api` can be killed as well.

    \b
    Examples:
      playground kill processor-1
      playground kill processor
    """
    _tell(_killable().kill(worker), "killed; a new one takes its place in a second", output)


@click.command()
@click.argument("worker")
@output_option
def pause(worker: str, output: str) -> None:
    """Freeze a worker (SIGSTOP): alive, but silent. After 6 s the group goes on without it.

    \b
    Example:
      playground pause processor-1
    """
    _tell(_pausable().pause(worker), f"paused; `playground resume {worker}` lets it go on", output)


@click.command()
@click.argument("worker")
@output_option
def resume(worker: str, output: str) -> None:
    """Let a frozen worker go on (SIGCONT).

    \b
    Example:
      playground resume processor-1
    """
    _tell(_pausable().resume(worker), "goes on", output)


def _killable() -> Killable:
    stack = the_stack()
    if not isinstance(stack, Killable):
        raise _no_right("kill")
    return stack


def _pausable() -> Pausable:
    stack = the_stack()
    if not isinstance(stack, Pausable):
        raise _no_right("freeze")
    return stack


def _no_right(what: str) -> AbilityMissing:
    return AbilityMissing(
        f"you cannot {what} workers there: it takes a command that is run in their pods",
        next_step="`kubectl auth can-i create pods/exec` must say yes",
    )


def _tell(one: WorkerInstance, what: str, output: str) -> None:
    process = f" (pid {one.pid})" if one.pid else ""
    show(one, output, lambda: f"{one.name}{process} {what}")


def worker_row(one: WorkerInstance) -> tuple[object, ...]:
    """The cells of COLUMNS for one worker."""
    return (one.name, one.state, one.pid, one.restarts, one.group_id)


def _away(document: dict[str, Any]) -> str:
    away = [f"{one['name']} is {one['state']}" for one in document["services"] if one["state"] != "running"]
    return f" ({', '.join(away)})" if away and document["phase"] == "starting" else ""


def _status_view(document: dict[str, Any]) -> Table | str:
    place = document.get("place") or f"data in {document['data_dir']}"
    console().print(f"{document['phase']}{_away(document)}, {place}", markup=False)
    for name, address in document.get("addresses", {}).items():
        console().print(f"  {name:<12} {address}", markup=False)
    console().print()
    everyone = [*document["services"], *document["workers"]]
    rows = [(one["name"], one["state"], one["pid"], one["restarts"], one.get("group_id")) for one in everyone]
    return make_table(COLUMNS, rows, "nothing runs yet")

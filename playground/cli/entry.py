"""Entry point: finds the command, runs it, and turns errors into two lines and an exit code.

Exit codes: 0 ok, 1 failed, 2 usage, 3 environment missing; of an experiment's verdict: 0 passed, 1 failed,
3 inconclusive. They are chosen here and nowhere else.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module

import click

from playground import __version__
from playground.cli.target import TARGETS, Name, Target, choose, local_only
from playground.errors import EnvironmentMissing, InvalidValue, PlaygroundError, SettingsError

OK, FAILED, USAGE, MISSING = 0, 1, 2, 3
VERDICTS = {"passed": OK, "failed": FAILED, "inconclusive": MISSING}

# Name -> module of playground.cli, one line of help. Modules are imported when their command is used.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up", "Start broker, API, workers and dashboard; run until Ctrl-C."),
    "down": ("up", "Stop the running playground."),
    "status": ("workers", "What runs, and where to find it."),
    "scale": ("scale", "Run N workers of a kind."),
    "kill": ("workers", "SIGKILL a worker; a new one takes its place."),
    "pause": ("workers", "Freeze a worker (SIGSTOP)."),
    "resume": ("workers", "Let a frozen worker go on."),
    "produce": ("produce", "Send orders and see where they landed."),
    "load": ("load", "Steady load: start and stop."),
    "tail": ("tail", "Orders and worker events, live."),
    "lag": ("inspect", "Lag per group and partition."),
    "groups": ("inspect", "Consumer groups, members, who owns what."),
    "topics": ("inspect", "Topics and their offsets."),
    "replay": ("replay", "Let a group read again from an earlier time."),
    "experiment": ("experiment", "Predict, run, measure: experiments with a verdict."),
    "ksql": ("ksql", "Streaming SQL: apply ksql/, look at it, ask."),
    "audit": ("inspect", "Is every order accounted for, exactly once?"),
    "prepare": ("prepare", "Create topics and tables, as soon as broker and database are there."),
    "reset": ("reset", "Delete all data of this playground."),
    "doctor": ("doctor", "Check this machine and the running playground."),
}
# What is about this machine; `helm` and `kubectl` do the same on a cluster.
LOCAL_ONLY = {"up", "down", "reset", "doctor", "prepare", "ksql"}


class LazyGroup(click.Group):
    """Lists commands without importing them: `--help` shall not load Kafka and a web server."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order of the table above."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the one that is wanted."""
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"playground.cli.{COMMANDS[name][0]}"), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but the names that click would suggest are in our table."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are environment variables (PLAYGROUND_API_PORT, PLAYGROUND_DATA_DIR, ...). "
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 environment missing.",
)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="local",
    show_default=True,
    help="This machine, or a cluster.",
)
@click.option("--context", help="Of the kubeconfig.  [default: the current one]")
@click.option("--namespace", "-n", help="Of the release.  [default: the context's]")
@click.option("--kubeconfig", type=click.Path(), help="[default: KUBECONFIG, or ~/.kube/config]")
@click.version_option(__version__, prog_name="playground")
@click.pass_context
def cli(
    context_of_click: click.Context,
    *,
    target: Name,
    context: str | None,
    namespace: str | None,
    kubeconfig: str | None,
) -> None:
    """Kafka Streaming Playground: run an order system around a real broker, feed it, watch it, break it."""
    choose(Target(target, context, namespace, kubeconfig))
    if context_of_click.invoked_subcommand in LOCAL_ONLY:
        local_only(context_of_click.invoked_subcommand)


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        result = cli.main(arguments, prog_name="playground", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:  # click's own: usage, a file that cannot be read
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return FAILED
    except BrokenPipeError:  # `playground tail | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except PlaygroundError as error:
        complain(error)
        return exit_code(error)
    return VERDICTS.get(result, OK) if isinstance(result, str) else result if isinstance(result, int) else OK


def exit_code(error: PlaygroundError) -> int:
    """Which code an error ends with."""
    if isinstance(error, EnvironmentMissing):
        return MISSING
    return USAGE if isinstance(error, SettingsError | InvalidValue) else FAILED


def complain(error: PlaygroundError) -> None:
    """What failed and why; then what to do about it."""
    click.echo(f"error: {error}", err=True)
    if error.next_step:
        click.echo(f"next: {error.next_step}", err=True)

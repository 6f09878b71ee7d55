"""`load start` and `load stop`: steady load on the running playground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.live import Live
from rich.text import Text

from playground.cli.loader import the_loader
from playground.cli.output import console, output_option, print_json, print_line
from playground.cli.pace import every

if TYPE_CHECKING:
    from playground.cli.loader import Loader

KEYS = ("user", "age_group", "item", "order_id", "none")
TERMINAL_SECONDS = 0.5
PIPE_SECONDS = 5.0


@click.group()
def load() -> None:
    """Steady load: start and stop.

    \b
    Examples:
      playground load start --rate 200
      playground load start --detach
      playground load stop
    """


@load.command()
@click.option("--rate", type=float, help="Orders per second.  [default: 20]")
@click.option("--key", type=click.Choice(KEYS), help="The message key.  [default: user]")
@click.option("--users", type=int, help="How many users order.  [default: 50]")
@click.option("--items", type=int, help="How many items there are.  [default: 12]")
@click.option("--burst-every", "burst_every_seconds", type=float, help="A burst each N seconds; 0: none.")
@click.option("--burst-size", type=int, help="Orders in a burst.  [default: 100]")
@click.option("--paid-share", type=float, help="Share of orders that are paid.  [default: 0.5]")
@click.option("--detach", "-d", is_flag=True, help="Return at once; the load goes on until `load stop`.")
@output_option
def start(*, detach: bool, output: str, **given: Any) -> None:
    """Send orders at a steady rate, with a live progress line; Ctrl-C stops the load.

    \b
    Examples:
      playground load start --rate 200 --key age_group
      playground load start --rate 5 --burst-every 10 --burst-size 500
      playground load start --detach
    """
    loader = the_loader()
    state = loader.start({name: value for name, value in given.items() if value is not None})
    if detach:
        if output == "json":
            print_json(state)
        else:
            click.echo(f"load: {describe_settings(state['settings'])}; `playground load stop` ends it")
        return
    try:
        _follow(loader, state, output)
    except KeyboardInterrupt:
        _stopped(loader.stop(), output)


@load.command()
@output_option
def stop(output: str) -> None:
    """Stop the load.

    \b
    Example:
      playground load stop
    """
    _stopped(the_loader().stop(), output)


def describe_settings(settings: dict[str, Any]) -> str:
    """What the load was told, as a person says it."""
    text = f"{settings['rate']:g} orders/s, key {settings['key']}"
    text += f", {settings['users']} users, {settings['items']} items"
    if settings["burst_every_seconds"]:
        text += f", {settings['burst_size']} more every {settings['burst_every_seconds']:g} s"
    return text


def describe_progress(progress: dict[str, Any] | None, *, running: bool = True) -> str:
    """How far it is, or how far it came."""
    if not progress:
        return "starting"
    rate = f"{progress['rate']:.0f}/s now" if running else f"{progress['rate']:.0f}/s"
    return (
        f"{rate}, {progress['sent']:.0f} sent, "
        f"{progress['accepted']:.0f} confirmed, {progress['rejected']:.0f} not confirmed"
    )


def _follow(loader: Loader, state: dict[str, Any], output: str) -> None:
    if output == "json":
        for _ in every(1):
            print_line(loader.state())
    click.echo(f"load: {describe_settings(state['settings'])}; Ctrl-C stops it")
    terminal = console().is_terminal
    with Live(console=console(), auto_refresh=False, transient=True) as live:
        for _ in every(TERMINAL_SECONDS if terminal else PIPE_SECONDS):
            state = loader.state()
            if not state["running"]:
                break
            line = describe_progress(state["progress"])
            if terminal:
                live.update(Text(line), refresh=True)
            else:
                click.echo(line)
    click.echo("somebody else stopped the load")


def _stopped(state: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(state)
    else:
        progress = state["progress"]
        click.echo("load stopped" + (f": {describe_progress(progress, running=False)}" if progress else ""))

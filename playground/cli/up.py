"""`up` and `down`: the life of the local stack."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from playground.cli.display import StartDisplay, addresses_text
from playground.cli.output import console
from playground.cli.where import shown, the_local_stack
from playground.errors import StackError
from playground.local import folder
from playground.local.progress import Step
from playground.local.stack import LocalStack
from playground.settings import read_settings
from playground.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playground.local.supervisor import Supervisor
    from playground.settings import Settings

# A first start fetches Kafka; the supervisor itself limits everything else.
DETACH_SECONDS = 1200.0
DOWN_SECONDS = 90.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option(
    "--detach", "-d", is_flag=True, help="Return when it is ready; it runs on until `playground down`."
)
@click.option(
    "--with", "extras", type=click.Choice(["ksqldb"]), multiple=True, help="Also ksqlDB, in a container."
)
def up(*, detach: bool, extras: tuple[str, ...]) -> None:
    """Start broker, API, workers and dashboard; run until Ctrl-C.

    `--with ksqldb` needs docker on Linux and a GiB more; it makes the streams and tables of ksql/ in it.

    \b
    Examples:
      playground up
      playground up --detach
      playground up --with ksqldb
      PLAYGROUND_API_PORT=8100 PLAYGROUND_KAFKA_PORT=9192 PLAYGROUND_DATA_DIR=.second playground up
    """
    settings = read_settings()
    if "ksqldb" in extras:
        from playground.local.ksqldb import with_own_ksqldb  # noqa: PLC0415 - brings Kafka's client

        settings = with_own_ksqldb(settings)
    if detach:
        _detach(settings, [word for extra in extras for word in ("--with", extra)])
    else:
        asyncio.run(_attached(settings))


@click.command()
def down() -> None:
    """Stop the running playground: workers, API, ksqlDB, broker. Data stays.

    \b
    Example:
      playground down
    """
    settings = read_settings()
    the_local_stack(settings).shutdown()
    wait_until(lambda: not folder.is_used(settings.data_dir), "the playground to stop", DOWN_SECONDS)
    click.echo(f"stopped; the data stays in {shown(settings.data_dir)}")


async def _attached(settings: Settings) -> None:
    from playground.local.supervisor import Supervisor  # noqa: PLC0415 - brings Kafka's client

    _log_to_file(settings.data_dir / "logs" / "supervisor.log")
    news = _News()
    stack = Supervisor(settings, changed=lambda: news.tell(stack))
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stack.request_stop)
    with StartDisplay(stack.progress.steps) as display:
        news.display = display
        await stack.run()
    click.echo(f"stopped; the data stays in {shown(settings.data_dir)}")


class _News:
    """Tells what happens while the stack runs: ready, restarts, the end."""

    def __init__(self) -> None:
        self.display: StartDisplay | None = None
        self._phase = "starting"
        self._states: dict[str, str] = {}

    def tell(self, stack: Supervisor) -> None:
        """Something has changed."""
        if self.display is None:
            return
        phase = stack.progress.phase
        self.display.update()
        if phase != self._phase:
            self._phase = phase
            if phase == "ready":
                self.display.finish()
                console().print(addresses_text(stack.addresses(), attached=True), markup=False)
            elif phase == "stopping":
                self.display.finish()
                parts = {
                    "workers": stack.replicas,
                    "API": stack.api,
                    "ksqlDB": stack.ksqldb,
                    "broker": stack.broker,
                }
                if started := [name for name, part in parts.items() if part]:
                    console().print(f"stopping: {', '.join(started)}", style="dim")
        if phase != "stopping":
            self._tell_states(stack)

    def _tell_states(self, stack: Supervisor) -> None:
        states = {child.spec.name: child.state for child in stack.children()}
        for child in stack.children():
            name = child.spec.name
            if child.state == "restarting" and self._states.get(name) != "restarting":
                console().print(f"{name} ended ({child.last_exit}); it is started again", markup=False)
        self._states = dict(states)


def _detach(settings: Settings, options: list[str]) -> None:
    """Start `playground up` in a session of its own and follow its progress until it is ready."""
    if folder.is_used(settings.data_dir):
        folder.FolderLock(settings.data_dir)  # raises, naming the owner
    output = settings.data_dir / "logs" / "up.log"
    output.parent.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / folder.STACK_FILE).unlink(missing_ok=True)
    with output.open("wb") as handle:
        child = subprocess.Popen(
            [sys.executable, "-m", "playground.cli", "up", *options],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
    steps: list[Step] = []
    status: dict[str, Any] = {}

    def ready_or_ended() -> bool:
        if child.poll() is not None:
            return True
        with contextlib.suppress(StackError):
            status.update(LocalStack.of_folder(settings.data_dir).status())
            steps[:] = msgspec.convert(status["steps"], list[Step])
            display.update()
        return status.get("phase") == "ready"

    try:
        with StartDisplay(steps) as display:
            wait_until(ready_or_ended, "the playground to be ready", DETACH_SECONDS, every=0.1)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    if child.poll() is not None:
        _repeat_error(output)
        raise click.exceptions.Exit(child.returncode or 1)
    console().print(addresses_text(status["addresses"], attached=False), markup=False)


def _repeat_error(output: Path) -> None:
    lines = output.read_text(errors="replace").splitlines()
    first = next((index for index, line in enumerate(lines) if line.startswith("error:")), 0)
    click.echo("\n".join(lines[first:]), err=True)


def _log_to_file(path: Path) -> None:
    """What libraries log is for the file; a person sees the steps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=path, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)

"""A playground whose API and processors can be broken on purpose while it runs.

`python broken_playground.py`: `playground up`, but each API and processor that starts is the mutant that a
file in the folder `mutants` of its data folder names. So one stack serves a test per mutant.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from playground.local.supervisor import Supervisor
from playground.settings import read_settings
from playground.waiting import wait_until
from support.playground_process import READY_SECONDS, PlaygroundProcess

MUTANTS = str(Path(__file__).with_name("mutants.py"))
FOLDER = "mutants"
KINDS = ("api", "processor")


class BrokenPlayground(PlaygroundProcess):
    """Honest until it is told otherwise."""

    up_command = (sys.executable, "-m", "support.broken_playground")

    def break_processors(self, mutant: str | None) -> None:
        """Processors that start from now on are this mutant; None: honest ones."""
        self._choose("processor", mutant)

    def break_api(self, mutant: str) -> None:
        """The API is this mutant from now on."""
        self._choose("api", mutant)
        honest = self._api()
        os.kill(honest["pid"], signal.SIGTERM)
        wait_until(
            lambda: self._api()["state"] == "running" and self._api()["pid"] != honest["pid"],
            f"the API to be back as {mutant}",
            READY_SECONDS,
        )

    def _choose(self, kind: str, mutant: str | None) -> None:
        named = self.settings.data_dir / FOLDER / kind
        named.parent.mkdir(exist_ok=True)
        named.write_text(mutant or "")

    def _api(self) -> dict:
        (api,) = (each for each in self.stack.status()["services"] if each["name"] == "api")
        return api


async def _up() -> None:
    settings = read_settings()
    chosen = f"@{settings.data_dir / FOLDER}"
    commands = {kind: [sys.executable, MUTANTS, chosen, kind] for kind in KINDS}
    stack = Supervisor(settings, commands=commands)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stack.request_stop)
    await stack.run()


if __name__ == "__main__":
    asyncio.run(_up())

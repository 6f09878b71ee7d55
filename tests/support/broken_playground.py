"""A playground whose API and processors can be broken on purpose while it runs."""

import os
import signal
import sys
from pathlib import Path

from playground.waiting import wait_until
from support.playground_process import READY_SECONDS, PlaygroundProcess


class BrokenPlayground(PlaygroundProcess):
    """Honest until it is told otherwise. Mutants are those of mutants.py."""

    up_command = (sys.executable, str(Path(__file__).with_name("broken_stack.py")))

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
        named = self.settings.data_dir / "mutants" / kind
        named.parent.mkdir(exist_ok=True)
        named.write_text(mutant or "")

    def _api(self) -> dict:
        (api,) = (each for each in self.stack.status()["services"] if each["name"] == "api")
        return api

"""The start as a person sees it: a live table on a terminal, one line per finished step elsewhere."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from playground.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.local.progress import Step

ASK_KSQLDB = '  playground ksql query "SELECT * FROM item_count EMIT CHANGES;"'
MARKS = {"waiting": ("  ", "dim"), "done": ("ok", "green"), "failed": ("--", "red")}


class StartDisplay:
    """Shows `steps` (a list that changes) while the `with` block lasts or until `finish`.

    Nothing is shown before the first step begins: a refused start has no steps.
    """

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._printed: set[str] = set()
        self._live: Live | None = None
        self._finished = False
        self._spinner = Spinner("line", style="cyan")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.finish()

    def update(self) -> None:
        """Something has changed. The live table looks by itself."""
        if self._live is not None:
            return
        if console().is_terminal and not self._finished:
            if any(step.state != "waiting" for step in self._steps):
                self._live = Live(
                    get_renderable=self._table, console=console(), refresh_per_second=10, transient=False
                )
                self._live.start()
            return
        for step in self._steps:
            if step.state in {"done", "failed"} and step.name not in self._printed:
                self._printed.add(step.name)
                mark = MARKS[step.state][0]
                console().print(f"{mark} {step.name} {step.seconds:.1f} s  {step.detail}", markup=False)

    def finish(self) -> None:
        """Leave the last picture standing."""
        self._finished = True
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._printed = {step.name for step in self._steps}
        else:
            self.update()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for step in self._steps:
            if step.state == "active":
                mark: Text | Spinner = self._spinner
                style = "bold"
            else:
                word, colour = MARKS[step.state]
                mark = Text(word, style=colour)
                style = "dim" if step.state == "waiting" else ""
            seconds = "" if step.state == "waiting" else f"{step.elapsed():.1f} s"
            table.add_row(mark, Text(step.name, style=style), Text(seconds), Text(step.detail, style="dim"))
        return table


def addresses_text(addresses: Mapping[str, str], *, attached: bool) -> str:
    """Where everything is, and what to try next."""
    width = max(map(len, addresses))
    lines = ["", "The playground is ready.", ""]
    lines += [f"  {name:<{width}}  {place}" for name, place in addresses.items()]
    lines += [
        "",
        "Try next" + (" (in another terminal):" if attached else ":"),
        *(f"  {line}" for line in _activation()),
        "  playground produce --user alice --item book --qty 2",
        "  playground load start",
        "  playground lag --watch",
        "  playground kill processor",
        *([ASK_KSQLDB] if "ksqlDB" in addresses else []),
        "",
        "Ctrl-C stops everything." if attached else "`playground down` stops everything.",
    ]
    return "\n".join(lines)


def _activation() -> list[str]:
    """What makes `playground` a known command in a new terminal, if that is needed."""
    activate = Path(sys.prefix, "bin", "activate")
    if shutil.which("playground") or not activate.exists():
        return []
    return [f". {shlex.quote(str(activate))}"]

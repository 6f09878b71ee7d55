"""What a person sees while an experiment runs: steps as they are done, and below them the moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from typing import Self

    from rich.console import Console

    from playground.experiments.timeline import Observation

PHASES = {
    "prepare": "getting ready",
    "settle": "letting the group read what is left",
    "clean-up": "giving the workers back",
}


class Progress:
    """Lines on a terminal, plain lines in a pipe, nothing when `quiet`. `saw` may be called by any thread."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._began = time.monotonic()
        self._doing = ""
        self._lag: int | None = None
        self._sent = 0
        self._lock = threading.Lock()
        self._live = Live(console=console, get_renderable=self._line, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._quiet and self._console.is_terminal:
            self._live.stop()

    def saw(self, seen: Observation) -> None:
        """Something was written down."""
        with self._lock:
            if seen.kind == "step":
                self._enter(f"step {seen['number']} of {seen['of']}: {seen['title']}")
            elif seen.kind == "phase" and seen["name"] in PHASES:
                self._enter(PHASES[seen["name"]])
            elif seen.kind == "offsets":
                self._lag = sum(group["total"] for group in seen["groups"].values())
            elif seen.kind == "accepted":
                self._sent += seen["count"]
            elif seen.kind == "problem" and not self._quiet:
                self._console.print(Text(f"{self._elapsed()}  problem: {seen['detail']}", style="red"))

    def _enter(self, doing: str) -> None:
        self._doing = doing
        if not self._quiet:
            self._console.print(Text(f"{self._elapsed()}  {doing}"))

    def _line(self) -> Text:
        lag = "unknown" if self._lag is None else f"{self._lag:,}"
        return Text(f"{self._elapsed()}  {self._doing}; lag {lag}, {self._sent:,} orders sent", style="dim")

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"

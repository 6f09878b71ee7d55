"""What a person sees while an experiment runs: steps as they are done, and below them the moment."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self

    from rich.console import Console

    from playground.experiments.timeline import Observation

PHASES = {
    "prepare": "getting ready",
    "settle": "letting the group read what is left",
    "clean-up": "giving the workers back",
}

# Several may ask at once, the group's SIGTERM and the API's: that is one wish.
ONE_WISH_SECONDS = 1.0


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
        self.cleans_up = False
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
        if seen.kind == "phase" and seen["name"] in {"clean-up", "end"}:
            self.cleans_up = True
        with self._lock:
            if seen.kind == "step":
                self._enter(f"step {seen['number']} of {seen['of']}: {seen['title']}")
            elif seen.kind == "phase" and seen["name"] in PHASES:
                self._enter(PHASES[seen["name"]])
            elif seen.kind == "action" and seen["action"] == "give_back":
                self._enter(f"giving back what {seen['run']} has left: it was killed")
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


class GentleEnd:
    """Handles SIGTERM: to be ended is to clean up, as with Ctrl-C, and nothing shall break that off.

    Whoever asks may have to ask again: Python drops an exception that is raised in a finalizer.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._asked: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        again = self._asked is not None and now - self._asked < ONE_WISH_SECONDS
        if again or self._progress.cleans_up:
            return
        self._asked = now
        signal.default_int_handler(number, frame)

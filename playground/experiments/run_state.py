"""Where a run is: read out of its folder while it grows, whoever started it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from playground.clock import iso, now_ms
from playground.errors import NotFound
from playground.experiments.runs import NAME
from playground.experiments.timeline import FILE_NAME, decode_line

if TYPE_CHECKING:
    from pathlib import Path

    from playground.experiments.runs import Runs
    from playground.experiments.timeline import Observation

State = Literal["running", "finished", "broken off"]
MOST_KEPT = 20
LATER_PHASES = ("settle", "clean-up", "end")


@dataclass
class Progress:
    """What the lines of a timeline add up to. Times are milliseconds since 1970; 0: none yet."""

    head: dict[str, Any] = field(default_factory=dict)
    phase: str | None = None
    step: int = 0
    of: int = 0
    step_title: str | None = None
    lag: int | None = None
    orders: int = 0
    began: int = 0
    latest: int = 0
    lines: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def saw(self, seen: Observation) -> None:
        """One more line."""
        self.began = min(self.began or seen.at, seen.at)
        self.latest = max(self.latest, seen.at)
        if seen.kind == "run":
            self.head = seen.data
        elif seen.kind == "phase":
            self.phase = seen["name"]
        elif seen.kind == "step":
            self.step, self.of, self.step_title = seen["number"], seen["of"], seen["title"]
        elif seen.kind == "offsets":
            self.lag = sum(group["total"] for group in seen["groups"].values())
        elif seen.kind == "accepted":
            self.orders += seen["count"]
        elif seen.kind == "problem":
            self.problems.append(seen.data)

    @property
    def steps_done(self) -> int:
        """How many steps have ended; one that broke off has not."""
        broke = any(each.get("phase") == "act" for each in self.problems)
        return self.step if self.phase in LATER_PHASES and not broke else max(0, self.step - 1)


class RunStates:
    """Progress of runs, one look after the other: of a timeline only its new lines are read.

    May be used by several threads.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, Progress]] = {}

    def progress(self, run: str) -> Progress:
        """How far this run is.

        Raises NotFound.
        """
        folder = folder_of(self._runs, run)
        with self._lock:
            read, progress = self._known.pop(run, (0, Progress()))
            with (folder / FILE_NAME).open("rb") as file:
                file.seek(read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # it is being written
                    read += len(line)
                    progress.lines += 1
                    if (seen := decode_line(line)) is not None:
                        progress.saw(seen)
            self._known[run] = (read, progress)
            while len(self._known) > MOST_KEPT:
                del self._known[next(iter(self._known))]
            return replace(progress)

    def state(self, run: str) -> State:
        """Whether it runs, has come to its verdict, or ended without one."""
        if self._runs.running() == run:
            return "running"
        return "finished" if self._runs.judgement(run) is not None else "broken off"

    def elapsed_seconds(self, progress: Progress, *, running: bool) -> float:
        """How long it has taken so far, or took."""
        until = now_ms() if running else progress.latest
        return max(0, until - progress.began) / 1000 if progress.began else 0.0


def folder_of(runs: Runs, run: str) -> Path:
    """The folder of exactly this run.

    Raises NotFound, also for what is no name of a run.
    """
    folder = runs.root / run
    if not NAME.fullmatch(run) or not (folder / FILE_NAME).is_file():
        raise NotFound(f"there is no run {run!r}", next_step="GET /runs lists them")
    return folder


def read_observations(folder: Path, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Observations from line `after` on, of `limit` lines at most, and the line after them."""
    observations = []
    line_number = after
    with (folder / FILE_NAME).open("rb") as file:
        for line in islice(file, after, after + limit):
            if not line.endswith(b"\n"):
                break  # it is being written
            line_number += 1
            if (seen := decode_line(line)) is not None:
                observations.append({"at": iso(seen.at), "kind": seen.kind, **seen.data})
    return observations, line_number

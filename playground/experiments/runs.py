"""The folders of runs: `<runs folder>/<experiment>/<UTC time>/`, and the lock that lets one run at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from playground.errors import NotFound, StackError, WaitTimeout
from playground.experiments.experiment import Table  # noqa: TC001 - msgspec reads it at run time
from playground.experiments.timeline import FILE_NAME
from playground.experiments.verdict import Verdict  # noqa: TC001
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

VERDICT_FILE = "verdict.json"
LOCK_FILE = ".running"
# Who looks whether something runs holds the lock for a moment; somebody else's run holds it for longer.
LOOK_SECONDS = 0.5
BEGINNING = "one that is about to begin"
NAME = re.compile(r"[a-z][a-z0-9-]*/\d{8}T\d{6}Z(-\d+)?")


class CheckResult(msgspec.Struct, frozen=True):
    """One line of the verdict."""

    name: str
    claim: str
    verdict: Verdict
    detail: str
    measured: dict[str, Any]


class Judgement(msgspec.Struct, frozen=True):
    """What a run has shown. `answer`: the letter that the measurement supports, None when it cannot tell."""

    experiment: str
    run: str
    verdict: Verdict
    checks: list[CheckResult]
    prediction: str | None
    answer: str | None
    tables: list[Table]


class Running(msgspec.Struct, frozen=True):
    """The run that holds the lock, and the process that does: `pid` on the machine (or container) `host`."""

    run: str = BEGINNING
    host: str = ""
    pid: int = 0


@dataclass(frozen=True)
class Runs:
    """All runs below one folder."""

    root: Path

    def create(self, experiment: str) -> Path:
        """A new folder, named by the time of now."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for number in range(1, 100):
            folder = self.root / experiment / (stamp if number == 1 else f"{stamp}-{number}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir(parents=True)
                return folder
        raise StackError(f"{self.root / experiment} is full of runs of this second")

    def folder(self, run: str) -> Path:
        """The folder of `rebalance/20261123T130500Z`; `rebalance` and `latest` mean the newest.

        Raises NotFound.
        """
        names = self.names()
        if run == "latest" and names:
            return self.root / names[0]
        if newest := next((name for name in names if name.split("/")[0] == run), None):
            return self.root / newest
        if run in names:
            return self.root / run
        known = f"; the newest is {names[0]}" if names else ""
        raise NotFound(
            f"there is no run {run!r} in {self.root}{known}", next_step="playground experiment list --runs"
        )

    def names(self) -> list[str]:
        """`experiment/time` of every run, the newest first."""
        found = [
            f"{file.parent.parent.name}/{file.parent.name}" for file in self.root.glob(f"*/*/{FILE_NAME}")
        ]
        return sorted(filter(NAME.fullmatch, found), key=lambda name: name.split("/")[1], reverse=True)

    def judgement(self, run: str) -> Judgement | None:
        """The verdict of a run; None while it has none."""
        try:
            return msgspec.json.decode((self.root / run / VERDICT_FILE).read_bytes(), type=Judgement)
        except (OSError, msgspec.DecodeError):
            return None

    def running(self) -> str | None:
        """The run that holds the lock now."""
        found = self.running_process()
        return None if found is None else found.run

    def running_process(self) -> Running | None:
        """The run that holds the lock now, with its process.

        Between taking the lock and writing its name a holder has none: that takes a moment, so wait for it.
        """
        try:
            found = wait_until(self._holder, "the name of the run that begins", LOOK_SECONDS, every=0.005)
        except WaitTimeout:
            found = None
        return found[0] if found else Running()

    def _holder(self) -> tuple[Running | None] | None:
        """Who holds the lock, if anybody does; None while that cannot be told."""
        try:
            with (self.root / LOCK_FILE).open("rb") as file:
                held = not _locks(file, fcntl.LOCK_SH)
                return (msgspec.json.decode(file.read(), type=Running) if held else None,)
        except OSError:
            return (None,)
        except msgspec.DecodeError:
            return None

    @contextlib.contextmanager
    def only_one(self, experiment: str) -> Iterator[Path]:
        """A new run's folder; nobody else runs an experiment meanwhile.

        Raises StackError when somebody does.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / LOCK_FILE).open("a+b") as file:
            try:
                wait_until(lambda: _locks(file, fcntl.LOCK_EX), "the lock", LOOK_SECONDS)
            except WaitTimeout:
                raise StackError(
                    f"an experiment runs already: {self.running() or 'it has just begun'}",
                    next_step="wait for its end, or stop it with Ctrl-C where it runs",
                ) from None
            folder = self.create(experiment)
            holder = Running(f"{experiment}/{folder.name}", socket.gethostname(), os.getpid())
            file.truncate(0)
            file.write(msgspec.json.encode(holder))
            file.flush()
            try:
                yield folder
            finally:
                file.truncate(0)


def _locks(file: BinaryIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_file(file: Path, content: bytes) -> None:
    """Whole or not at all."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    fresh.write_bytes(content)
    fresh.replace(file)

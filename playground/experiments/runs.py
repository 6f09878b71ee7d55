"""The folders of runs: `<runs folder>/<experiment>/<UTC time>/`, and the lock that lets one run at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from playground.errors import NotFound, StackError
from playground.experiments.experiment import Table  # noqa: TC001 - msgspec reads it at run time
from playground.experiments.timeline import FILE_NAME
from playground.experiments.verdict import Verdict  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERDICT_FILE = "verdict.json"
LOCK_FILE = ".running"
NAME = re.compile(r"[a-z][a-z0-9-]*/\d{8}T\d{6}Z(-\d+)?")


class CheckResult(msgspec.Struct, frozen=True):
    """One line of the verdict."""

    name: str
    claim: str
    verdict: Verdict
    detail: str
    measured: dict[str, object]


class Judgement(msgspec.Struct, frozen=True):
    """What a run has shown. `answer`: the letter that the measurement supports, None when it cannot tell."""

    experiment: str
    run: str
    verdict: Verdict
    checks: list[CheckResult]
    prediction: str | None
    answer: str | None
    tables: list[Table]


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
        try:
            with (self.root / LOCK_FILE).open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    return file.read().decode() or "one that is about to begin"
        except OSError:
            pass
        return None

    @contextlib.contextmanager
    def only_one(self, experiment: str) -> Iterator[Path]:
        """A new run's folder; nobody else runs an experiment meanwhile.

        Raises StackError when somebody does.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / LOCK_FILE).open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StackError(
                    f"an experiment runs already: {self.running() or 'it has just begun'}",
                    next_step="wait for its end, or stop it with Ctrl-C where it runs",
                ) from None
            folder = self.create(experiment)
            file.truncate(0)
            file.write(f"{experiment}/{folder.name}".encode())
            file.flush()
            try:
                yield folder
            finally:
                file.truncate(0)


def write_file(file: Path, content: bytes) -> None:
    """Whole or not at all."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(file)

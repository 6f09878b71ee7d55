"""A fresh broker, a folder, and child processes for one group of rows; all gone at its end."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import Process
from playground.local.broker import Broker
from playground.local.guard import Guard
from playground.settings import Settings, child_environment, read_settings
from playground.topics import ensure_topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Scale:
    """How much is measured. `quick` proves that it works and nothing else."""

    quick: bool = False

    def pick(self, normal: float, quick: float) -> float:
        """One of the two."""
        return quick if self.quick else normal

    def count(self, normal: int, quick: int) -> int:
        """The same for whole numbers."""
        return quick if self.quick else normal


class Lab:
    """What the rows use. Ports count up from `base_port`: API, Kafka, controller, exporter, others."""

    def __init__(self, folder: Path, base_port: int, scale: Scale, guard: Guard) -> None:
        self.folder = folder
        self.base_port = base_port
        self.scale = scale
        self.guard = guard
        self.settings = self.make_settings()
        self._started: list[Process] = []
        self._folders = 0

    def make_settings(self, **overrides: str) -> Settings:
        """Settings of the product for this lab; overrides are variables without their prefix."""
        ports = {
            "API_PORT": self.base_port,
            "KAFKA_PORT": self.base_port + 1,
            "KAFKA_CONTROLLER_PORT": self.base_port + 2,
            "EXPORTER_PORT": self.base_port + 3,
        }
        variables = {"DATA_DIR": str(self.folder / "data"), **ports, **overrides}
        return read_settings({f"PLAYGROUND_{name}": str(value) for name, value in variables.items()})

    def port(self, number: int) -> int:
        """A port of our own beyond those of the settings."""
        return self.base_port + 10 + number

    def new_folder(self) -> Path:
        """An empty folder."""
        self._folders += 1
        folder = self.folder / f"run-{self._folders}"
        folder.mkdir()
        return folder

    def start(
        self,
        name: str,
        command: list[str],
        settings: Settings | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a child process with the environment that `settings` stand for."""
        environment = child_environment(settings or self.settings, {"PYTHONPATH": str(ROOT), **(extra or {})})
        process = Process(name, command, environment, self.folder / "logs", self.guard)
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what still runs, the youngest first."""
        for process in reversed(self._started):
            process.end()


@contextlib.contextmanager
def open_lab(base_port: int, scale: Scale, *, broker: bool = True) -> Iterator[Lab]:
    """A lab with a broker and the playground's topics."""
    folder = Path(tempfile.mkdtemp(prefix="playground-bench-"))
    guard = Guard()
    guard.remove(folder)
    lab = Lab(folder, base_port, scale, guard)
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(lab.end)
            if broker:
                stack.enter_context(Broker(lab.settings))
                ensure_topics(lab.settings)
            yield lab
    finally:
        guard.close()
        shutil.rmtree(folder, ignore_errors=True)

"""Experiments as a benchmark runs them: on a stack of its own, watched by an observer of the broker."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.cpu import Stopwatch
from bench.group_observer import GroupObserver
from bench.processes import python
from playground.api_client import Api
from playground.errors import StackError
from playground.experiments.runner import run_experiment
from playground.experiments.runs import Runs
from playground.experiments.timeline import read_timeline
from playground.experiments.verdict import Verdict
from playground.local.stack import LocalStack
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.group_observer import View
    from bench.lab import Lab
    from playground.experiments.experiment import Experiment, ExperimentSettings
    from playground.experiments.timeline import Timeline

UP_SECONDS = 120
# A run that broke off, or that lost orders, has measured nothing.
NEEDED = ("completed", "exactly-once")


@dataclass(frozen=True)
class Run:
    """A finished run, and what the observer saw meanwhile."""

    timeline: Timeline
    views: list[View]
    longest_wait_ms: float
    watch: Stopwatch


@dataclass
class SharedRun:
    """A run that several variants read: the first of them in each round makes it."""

    make: Callable[[], Run]
    _run: Run | None = None
    _readers: set[str] = field(default_factory=set)

    def read(self, reader: str) -> Run:
        """This round's run: a new one for a reader who has read the last one."""
        if self._run is None or reader in self._readers:
            self._run, self._readers = self.make(), set()
        self._readers.add(reader)
        return self._run


class Playground:
    """A whole local stack that experiments run on."""

    def __init__(self, lab: Lab, data_dir: Path) -> None:
        self._settings = lab.make_settings(DATA_DIR=str(data_dir))
        self._process = lab.start("playground", python("-m", "playground.cli", "up"), self._settings)
        wait_until(self._is_ready, "the playground to start", UP_SECONDS, ignore=(StackError,))

    def stop(self) -> None:
        """With all that belongs to it."""
        self._process.stop(30)

    def run(self, experiment: Experiment, settings: ExperimentSettings) -> Run:
        """One run. Raises AssertionError when it broke off, or when orders were lost or repeated."""
        watch = Stopwatch()
        data_dir = self._settings.data_dir
        with GroupObserver(self._settings.kafka.bootstrap_servers) as observer:
            watch.start()
            folder, judgement = run_experiment(
                experiment,
                settings,
                stack=LocalStack.of_folder(data_dir),
                api=Api(self._settings.api.url, away=lambda: StackError("the playground's API is away")),
                runs=Runs(data_dir / "bench-runs"),
                watch=observer.saw,
            )
            watch.stop()
        for check in judgement.checks:
            good = check.name not in NEEDED or check.verdict is Verdict.PASSED
            assert good, f"{experiment.name}: {check.name}: {check.detail}"
        return Run(read_timeline(folder), observer.views, observer.longest_wait_ms, watch)

    def _is_ready(self) -> bool:
        assert self._process.alive(), f"the playground has ended: {self._process.tail()}"
        return bool(LocalStack.of_folder(self._settings.data_dir).status()["phase"] == "ready")


@contextlib.contextmanager
def open_playground(lab: Lab) -> Iterator[Playground]:
    """A playground that is ready."""
    playground = Playground(lab, lab.new_folder())
    try:
        yield playground
    finally:
        playground.stop()

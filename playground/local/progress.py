"""The steps of a start, as data; the command line draws them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

StepState = Literal["waiting", "active", "done", "failed"]
Phase = Literal["starting", "ready", "stopping", "stopped"]


class Step(msgspec.Struct):
    """One step: what it is about, how far it is, since when."""

    name: str
    state: StepState = "waiting"
    detail: str = ""
    began: float = 0.0
    seconds: float = 0.0

    def elapsed(self) -> float:
        """Seconds of work so far."""
        return time.time() - self.began if self.state == "active" else self.seconds


class Progress:
    """All steps in their order, and the phase as a whole. `changed` is called after each change."""

    def __init__(self, names: list[str], changed: Callable[[], None]) -> None:
        self.phase: Phase = "starting"
        self.steps = [Step(name) for name in names]
        self._changed = changed

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """The step is active inside the block, then done; failed when the block raises."""
        step = next(step for step in self.steps if step.name == name)
        step.state, step.began = "active", time.time()
        self._changed()
        try:
            yield step
        except BaseException:
            self._finish(step, "failed")
            raise
        self._finish(step, "done")

    def say(self, step: Step, detail: str) -> None:
        """What the step is doing."""
        step.detail = detail
        self._changed()

    def enter(self, phase: Phase) -> None:
        """Another phase begins."""
        self.phase = phase
        self._changed()

    def _finish(self, step: Step, state: StepState) -> None:
        step.seconds = time.time() - step.began
        step.state = state
        self._changed()

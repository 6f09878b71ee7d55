"""The local stack for the API, for experiments and for tests: every ability, through the control socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.errors import StackError
from playground.local.control import NEXT_STEP, Control
from playground.local.folder import read_stack_file
from playground.stack import LoadState, WorkerInstance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self


class LocalStack:
    """Implements every protocol of `playground.stack`."""

    def __init__(self, socket: Path) -> None:
        self._control = Control(socket)

    @classmethod
    def of_folder(cls, data_dir: Path) -> Self:
        """The stack that runs in this data folder.

        Raises StackError when none does.
        """
        found = read_stack_file(data_dir)
        if found is None:
            raise StackError(f"no playground runs in {data_dir}", next_step=NEXT_STEP)
        return cls(type(data_dir)(found.socket))

    def is_ready(self) -> bool:
        """`playground up` has said so, and broker and API answer."""
        return bool(self.status()["phase"] == "ready")

    def workers(self) -> list[WorkerInstance]:
        """All workers, by kind and number."""
        return [WorkerInstance(**one) for one in self._control.ask("workers")]

    def scale(
        self,
        kind: str,
        replicas: int,
        environment: Mapping[str, str] | None = None,
        *,
        wait_seconds: float | None = None,
    ) -> list[WorkerInstance]:
        """Run this many; returns when those too many are gone and new ones are started."""
        given = None if environment is None else dict(environment)
        answer = self._control.ask(
            "scale", answer_seconds=wait_seconds, kind=kind, replicas=replicas, environment=given
        )
        return [WorkerInstance(**one) for one in answer]

    def environment(self, kind: str) -> dict[str, str]:
        """What `scale` (or `playground scale --set`, or the load's settings) gave these workers."""
        answer: dict[str, str] = self._control.ask("environment", kind=kind)
        return answer

    def roll(self, kind: str) -> list[WorkerInstance]:
        """SIGTERM and the next life, one after the other."""
        return [WorkerInstance(**one) for one in self._control.ask("roll", kind=kind)]

    def kill(self, worker: str) -> WorkerInstance:
        """SIGKILL; the next life begins a second later."""
        return WorkerInstance(**self._control.ask("kill", name=worker))

    def pause(self, worker: str) -> WorkerInstance:
        """SIGSTOP."""
        return WorkerInstance(**self._control.ask("pause", name=worker))

    def resume(self, worker: str) -> WorkerInstance:
        """SIGCONT."""
        return WorkerInstance(**self._control.ask("resume", name=worker))

    def restart_broker(self, down_seconds: float) -> None:
        """SIGTERM, and a new process `down_seconds` after the end of the old one."""
        self._control.ask("restart_broker", down_seconds=down_seconds)

    def load(self) -> LoadState:
        """What the load generator does now."""
        return LoadState(**self._control.ask("load"))

    def load_start(self, settings: Mapping[str, float | str]) -> LoadState:
        """Start it, or start it anew when the settings differ."""
        return LoadState(**self._control.ask("load_start", settings=dict(settings)))

    def load_stop(self) -> LoadState:
        """Stop it; the answer holds its last progress."""
        return LoadState(**self._control.ask("load_stop"))

    def status(self) -> dict[str, Any]:
        """Everything the supervisor knows: phase, steps, addresses, services, workers, load."""
        answer: dict[str, Any] = self._control.ask("status")
        return answer

    def shutdown(self) -> int:
        """Ask it to stop; returns the supervisor's process id at once."""
        answer: dict[str, int] = self._control.ask("shutdown")
        return answer["pid"]

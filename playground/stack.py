"""What a person, an experiment or the API may do to a running system, whatever it runs on.

Protocols only: `playground.local` implements them with processes, a cluster with pods.
What not every stack can do is an ability of its own: ask with `isinstance(stack, Pausable)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WorkerState = Literal["starting", "running", "paused", "restarting", "stopped"]
MAX_REPLICAS = 32


@dataclass(frozen=True)
class WorkerInstance:
    """One worker: a process here, a pod there."""

    name: str
    kind: str
    pid: int | None
    state: WorkerState
    group_id: str | None
    restarts: int


@dataclass(frozen=True)
class LoadState:
    """The load generator: what it was told and what it has done; None while it does not run."""

    running: bool
    settings: Mapping[str, float | str] | None
    progress: Mapping[str, float] | None


class Stack(Protocol):
    """Every stack can list its workers and scale them."""

    def is_ready(self) -> bool:
        """Whether everything has started that was to start, so that nobody waits for what is changed now."""
        ...

    def workers(self) -> Sequence[WorkerInstance]:
        """All workers, by name."""
        ...

    def scale(
        self,
        kind: str,
        replicas: int,
        environment: Mapping[str, str] | None = None,
        *,
        wait_seconds: float | None = None,
    ) -> Sequence[WorkerInstance]:
        """Run `replicas` workers of this kind and return them.

        `environment`: variables for these workers; None keeps those of before, {} takes them back.
        `wait_seconds`: how long the caller waits for it; None: until it is done.

        Raises NotFound for an unknown kind, InvalidValue for an impossible number, StackError when it is
        not done in time (it goes on then).
        """
        ...

    def environment(self, kind: str) -> Mapping[str, str]:
        """The variables that `scale` gave the workers of this kind, with their secrets.

        Give them to `scale` to have again what was there before. Raises NotFound for an unknown kind.
        """
        ...


@runtime_checkable
class Rollable(Protocol):
    """Workers can be restarted gently."""

    def roll(self, kind: str) -> Sequence[WorkerInstance]:
        """Restart all workers of a kind, one after the other: SIGTERM, then the next life.

        Returns when the last one works again. Raises NotFound for an unknown kind, StackError when it is
        not done in time.
        """
        ...


@runtime_checkable
class Killable(Protocol):
    """Workers can be ended without warning."""

    def kill(self, worker: str) -> WorkerInstance:
        """SIGKILL one worker (`processor-2`, or a kind: its youngest); a new one takes its place."""
        ...


@runtime_checkable
class Pausable(Protocol):
    """Workers can be frozen: alive, but silent."""

    def pause(self, worker: str) -> WorkerInstance:
        """Freeze one worker."""
        ...

    def resume(self, worker: str) -> WorkerInstance:
        """Let it go on."""
        ...


@runtime_checkable
class Restartable(Protocol):
    """The broker can be taken away for a while."""

    def restart_broker(self, down_seconds: float) -> None:
        """Stop the broker, and start it again `down_seconds` (0.1 to 60) after its end.

        Returns when it has ended: from then on it is away. When it is there again shows in the API.
        Raises InvalidValue for an impossible time, AbilityMissing when the broker is not the stack's own,
        StackError when it does not run now, or is being restarted already.
        """
        ...


@runtime_checkable
class Loadable(Protocol):
    """There is a load generator."""

    def load(self) -> LoadState:
        """What it does now."""
        ...

    def load_start(self, settings: Mapping[str, float | str]) -> LoadState:
        """Start it, or start it anew with other settings: any of LoadSettings' fields."""
        ...

    def load_stop(self) -> LoadState:
        """Stop it."""
        ...

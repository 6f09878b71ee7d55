"""One child process of the supervisor: started, heard, restarted when it ends unasked, stopped.

Everything here runs in the supervisor's event loop; one thread per life waits for the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.events import Event, EventName, parse_event
from playground.local.logfile import LogFile
from playground.local.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from playground.local.guard import Guard
    from playground.stack import WorkerState

FIRST_BACKOFF = 1.0
LAST_BACKOFF = 30.0
# A life of this length shows that the cause is gone: the back-off begins anew.
STEADY_SECONDS = 60.0
PROBE_SECONDS = 0.1
MAX_LINE = 1_000_000


def next_backoff(previous: float, lived_seconds: float) -> float:
    """How long to wait before the next start: 1, 2, 4 .. 30 s, like Kubernetes."""
    if previous == 0 or lived_seconds >= STEADY_SECONDS:
        return FIRST_BACKOFF
    return min(previous * 2, LAST_BACKOFF)


@dataclass(frozen=True)
class ChildSpec:
    """What to run, and how to see that it is ready: it writes `startup_complete`, or `probe` returns True."""

    name: str
    kind: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    probe: Callable[[], bool] | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A child process over all its lives. `changed` is called after each change of state and each event."""

    def __init__(self, spec: ChildSpec, guard: Guard, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.state: WorkerState = "stopped"
        self.pid: int | None = None
        self.restarts = 0
        self.events: dict[str, Event] = {}
        self.last_lines: deque[str] = deque(maxlen=5)
        self.last_exit = ""
        self._guard = guard
        self._changed = changed
        self._rest = b""
        self._asked_to_end = False
        self._killed_on_purpose = False
        self._down_seconds: float | None = None
        self._was_ready = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin the first life."""
        self.state = "starting"
        self._task = asyncio.create_task(self._live(), name=self.spec.name)

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL after the grace period; returns when it is gone."""
        self._asked_to_end = True
        self._wake.set()
        task = self._task
        if task is None or task.done():
            return
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a frozen one must wake up to hear it
        done, _ = await asyncio.wait({task}, timeout=grace_seconds)
        if not done:
            self._signal(signal.SIGKILL)
            await asyncio.wait({task}, timeout=5)

    def end_now(self) -> None:
        """SIGKILL for good: there is no next life."""
        self._asked_to_end = True
        self._wake.set()
        self._signal(signal.SIGKILL)

    def last_words(self) -> str:
        """The last lines that are no events, which is where a traceback ends."""
        said = [line for line in self.last_lines if line]
        return " | ".join(said[-2:])[:400] or "it said nothing"

    def kill(self) -> None:
        """SIGKILL, also to a frozen one; the next life begins after a second."""
        self._killed_on_purpose = True
        self._signal(signal.SIGKILL)

    @property
    def is_leaving(self) -> bool:
        """Whether `restart_after` has asked this life to end."""
        return self._down_seconds is not None

    def restart_after(self, down_seconds: float) -> None:
        """SIGTERM; the next life begins `down_seconds` after the end of this one."""
        self._killed_on_purpose = True
        self._down_seconds = down_seconds
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP."""
        self._signal(signal.SIGSTOP)
        self._set("paused")

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)
        self._set("running" if self._was_ready else "starting")

    async def _live(self) -> None:
        backoff = 0.0
        log = LogFile(self.spec.log)
        try:
            while not self._asked_to_end:
                self.events.clear()
                self._killed_on_purpose = False
                self._down_seconds = None
                began = time.monotonic()
                code = await self._one_life(log)
                if self._asked_to_end:
                    break
                self.last_exit = describe_exit(code)
                log.write(f"playground: {self.spec.name} ended with {self.last_exit}\n".encode())
                lived = time.monotonic() - began
                backoff = FIRST_BACKOFF if self._killed_on_purpose else next_backoff(backoff, lived)
                self._set("restarting")
                with contextlib.suppress(TimeoutError):
                    away = backoff if self._down_seconds is None else self._down_seconds
                    await asyncio.wait_for(self._wake.wait(), away)
                self.restarts += 0 if self._asked_to_end else 1
        finally:
            log.close()
            self._set("stopped")

    async def _one_life(self, log: LogFile) -> int:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[int] = loop.create_future()
        try:
            process, reading = _spawn(self.spec)
        except OSError as error:
            self.last_lines.append(f"cannot be started: {error}")
            return 127
        self.pid = process.pid
        self._guard.watch(process.pid)
        self._set("starting")
        self._was_ready = False
        loop.add_reader(reading, self._hear, reading, log)
        probing = asyncio.create_task(self._probe(self.spec.probe)) if self.spec.probe else None

        def wait_for_end() -> None:
            code = process.wait()
            with contextlib.suppress(RuntimeError):  # the loop may be gone
                loop.call_soon_threadsafe(ended.set_result, code)

        threading.Thread(target=wait_for_end, daemon=True, name=f"wait-{self.spec.name}").start()
        code = await ended
        if probing is not None:
            probing.cancel()
        self._signal(signal.SIGKILL)  # what it may have left in its group
        self._guard.forget(process.pid)
        self.pid = None
        self._hear(reading, log)
        loop.remove_reader(reading)
        os.close(reading)
        return code

    def _hear(self, reading: int, log: LogFile) -> None:
        """Take what is there: into the log, and events out of whole lines."""
        try:
            data = os.read(reading, 262_144)
        except BlockingIOError:
            return
        if not data:
            asyncio.get_running_loop().remove_reader(reading)
            return
        log.write(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-MAX_LINE:]
        for line in lines:
            event = parse_event(line)
            if event is None:
                self.last_lines.append(line.decode(errors="replace").rstrip())
            else:
                self.events[event["event"]] = event
        if EventName.STARTUP_COMPLETE in self.events:
            self._ready()
        self._changed()

    def _ready(self) -> None:
        self._was_ready = True
        if self.state == "starting":
            self._set("running")

    async def _probe(self, probe: Callable[[], bool]) -> None:
        while not await in_thread(probe):  # noqa: ASYNC110 - the other side sends no event
            await asyncio.sleep(PROBE_SECONDS)
        self._ready()

    def _set(self, state: WorkerState) -> None:
        self.state = state
        self._changed()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


def _spawn(spec: ChildSpec) -> tuple[subprocess.Popen[bytes], int]:
    """Start it; return it and the end of the pipe that it writes to."""
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            spec.command,
            env=dict(spec.environment),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,  # Ctrl-C is for the supervisor
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    os.set_blocking(reading, False)
    return process, reading


def describe_exit(code: int) -> str:
    """`exit code 1`, or `SIGKILL` for a signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"

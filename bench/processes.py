"""Child processes that are measured: their event lines, CPU and memory."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cpu import cpu_seconds
from playground.events import parse_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playground.local.guard import Guard


class Process:
    """A child. Its stdout is read as worker events by `events`; stderr goes to a log file."""

    def __init__(
        self, name: str, command: list[str], environment: Mapping[str, str], logs: Path, guard: Guard
    ) -> None:
        self.name = name
        self._guard = guard
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{name}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[1],
            )
        guard.watch(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """CPU seconds of it and of what it started."""
        return cpu_seconds(self.pid)

    def events(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Events as they come, until `seconds` have passed or it has ended."""
        stream = self._process.stdout
        assert stream is not None
        deadline = time.monotonic() + seconds
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if not selector.select(left):
                    return
                data = os.read(stream.fileno(), 1 << 18)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                yield from filter(None, map(parse_event, lines))

    def wait_for(self, event: str, seconds: float = 60) -> dict[str, Any]:
        """The first event of that name; what came before it is gone."""
        for found in self.events(seconds):
            if found["event"] == event:
                return found
        raise AssertionError(f"{self.name}: no {event} in {seconds:g} s; {self.tail()}")

    def finish(self, seconds: float) -> str:
        """Wait for its end; what it printed. Raises AssertionError when it fails."""
        output, _ = self._process.communicate(timeout=seconds)
        self._guard.forget(self.pid)
        text = output.decode(errors="replace")
        assert self._process.returncode == 0, f"{self.name} failed: {text[-2000:]} {self.tail()}"
        return text

    def stop(self, seconds: float = 15) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self.alive():
            self._process.terminate()
            try:
                self._process.communicate(timeout=seconds)  # reads on, so that a full pipe does not block it
            except subprocess.TimeoutExpired:
                self.end()
        self._guard.forget(self.pid)

    def end(self) -> None:
        """SIGKILL to it and to what it started."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
            self._process.communicate()
        self._guard.forget(self.pid)

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2000:]


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def memory_mb(pid: int, name: str = "VmRSS") -> float:
    """A line of /proc/PID/status in MB (VmRSS: now, VmHWM: the most it ever was)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1000
    raise AssertionError(f"/proc/{pid}/status has no {name}")

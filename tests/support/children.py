"""Processes under test, and the event lines they write."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from playground.events import parse_event
from playground.waiting import wait_until


class Child:
    """A child process whose stdout is read as worker events; stderr goes to a log file."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], logs: Path) -> None:
        self.name = name
        self.events: list[dict] = []
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{name}.log"
        self._log = self.log.open("ab")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PLAYGROUND_")}  # noqa: TID251
        self.process = subprocess.Popen(
            command,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self.process.stdout:
            for line in self.process.stdout:
                self._log.write(line)
                self._log.flush()
                if event := parse_event(line):
                    self.events.append(event)

    def wait_for(self, event: str, seconds: float = 30, *, after: int = 0, **fields) -> dict:
        """The first event of this name with these fields, at or after position `after`."""

        def found() -> dict | None:
            for candidate in self.events[after:]:
                if candidate["event"] == event and all(candidate.get(k) == v for k, v in fields.items()):
                    return candidate
            assert self.process.poll() is None, (
                f"{self.name} ended ({self.process.returncode}): {self.tail()}"
            )
            return None

        return wait_until(found, f"{self.name}: event {event} {fields or ''}", seconds)

    def wait_for_more(self, event: str, number: int, seconds: float = 30) -> None:
        """Until that many further events of this name were written."""
        wanted = self.count(event) + number
        wait_until(lambda: self.count(event) >= wanted, f"{self.name}: {number} more {event}", seconds)

    def count(self, event: str) -> int:
        """How many events of this name there were."""
        return sum(found["event"] == event for found in list(self.events))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(5)

    def stop(self, seconds: float = 10) -> int:
        """SIGTERM; the exit code. Raises subprocess.TimeoutExpired when it takes longer than promised."""
        self.signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def end(self) -> None:
        """Be gone, whatever state it is in."""
        self.signal(signal.SIGCONT)
        self.kill()
        self._log.close()

    def tail(self) -> str:
        """The end of its log, for messages."""
        return self.log.read_text(errors="replace")[-2000:]


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]

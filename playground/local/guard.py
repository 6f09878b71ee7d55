"""Nothing is left behind, even when the supervisor is killed by SIGKILL.

A tiny process (standard library only) holds the read end of a pipe. The supervisor tells it the process
groups that it starts; when the supervisor ends, by whatever cause, the pipe ends, and the guard kills all
groups that are left: SIGKILL reaches stopped processes as well. Then it removes folders and runs commands
for what no signal reaches.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMAND_SECONDS = 30.0


class Guard:
    """The supervisor's end. Every watched process must lead its own process group."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the supervisor
        )

    def watch(self, pid: int) -> None:
        """Kill this process group when we are gone."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """That process has ended; its number may soon be somebody else's."""
        self._tell(f"-{pid}")

    def remove(self, folder: Path) -> None:
        """Remove this folder when we are gone."""
        self._tell(f"rm {folder}")

    def run_at_end(self, command: Sequence[str]) -> None:
        """Run this command when we are gone, after the rest; nobody hears what it says."""
        self._tell(f"run {json.dumps(list(command))}")

    def close(self) -> None:
        """End the guard; what is still watched is killed."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        # A killed guard is no reason to fail: it only matters when we are killed as well.
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            pipe.write(line.encode() + b"\n")
            pipe.flush()


@dataclass
class Left:
    """What the supervisor has left behind."""

    groups: set[int] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)


def keep_watch(lines: Iterable[str]) -> Left:
    """Follow what the supervisor says until it ends; return what is left."""
    left = Left()
    for line in lines:
        word = line.rstrip("\n")
        if word.startswith("rm "):
            left.folders.append(word.removeprefix("rm "))
        elif word.startswith("run "):
            left.commands.append(json.loads(word.removeprefix("run ")))
        elif word[1:].isdigit():
            (left.groups.add if word[0] == "+" else left.groups.discard)(int(word[1:]))
    return left


def main() -> None:
    """The guard's end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    left = keep_watch(sys.stdin)
    for group in left.groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    for folder in left.folders:
        shutil.rmtree(folder, ignore_errors=True)
    for command in left.commands:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=COMMAND_SECONDS)


if __name__ == "__main__":
    main()

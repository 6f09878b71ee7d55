"""Nothing is left behind, even when the supervisor is killed by SIGKILL.

A tiny process (standard library only) holds the read end of a pipe. The supervisor tells it the process
groups that it starts; when the supervisor ends, by whatever cause, the pipe ends, and the guard kills all
groups that are left: SIGKILL reaches stopped processes as well.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def keep_watch(lines: Iterable[str]) -> tuple[set[int], list[str]]:
    """Follow what the supervisor says until it ends; return the groups and folders that are left."""
    groups: set[int] = set()
    folders: list[str] = []
    for line in lines:
        word = line.rstrip("\n")
        if word.startswith("rm "):
            folders.append(word.removeprefix("rm "))
        elif word[1:].isdigit():
            (groups.add if word[0] == "+" else groups.discard)(int(word[1:]))
    return groups, folders


def main() -> None:
    """The guard's end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups, folders = keep_watch(sys.stdin)
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""Stops a process in the middle of what it does, and lets it go on."""

import os
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

from playground.waiting import wait_until


@contextmanager
def frozen(pid):
    """The process does nothing for as long as the block lasts; its connections stay open."""
    freeze(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def freeze(pid):
    """SIGSTOP, and wait until it holds: threads stop one by one, and a broker can still acknowledge."""
    os.kill(pid, signal.SIGSTOP)
    if Path("/proc/self/task").exists():
        wait_until(lambda: all(map(_stopped, Path(f"/proc/{pid}/task").iterdir())), f"{pid} to be frozen", 10)


def _stopped(task):
    with suppress(FileNotFoundError):  # the thread has ended meanwhile
        return (task / "stat").read_text().rpartition(")")[2].split()[0] in "TtZX"
    return True

"""CPU time: of the machine, of a process tree, and of others.

Foreign CPU is what /proc/stat counts as busy minus what our own process tree used.
Time in interrupts is left out: loopback traffic is handled there and nobody can say whose it was.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))


def busy_seconds() -> float:
    """CPU seconds that the whole machine has spent: user, nice, system, and stolen by the host."""
    user, nice, system, _idle, _iowait, _irq, _softirq, steal = (
        int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + steal) / TICKS


def read_process(pid: int) -> tuple[int, float, float] | None:
    """Parent, own CPU seconds, CPU seconds of ended children; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return int(fields[1]), own / TICKS, ended / TICKS


def tree(root: int) -> dict[int, float]:
    """Pid -> CPU seconds (with those of ended children) of a process and all below it."""
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    found = {pid: read_process(pid) for pid in pids}
    below: dict[int, list[int]] = {}
    for pid, process in found.items():
        if process:
            below.setdefault(process[0], []).append(pid)
    seconds: dict[int, float] = {}
    todo = [root]
    while todo:
        pid = todo.pop()
        if process := found.get(pid):
            seconds[pid] = process[1] + process[2]
        todo += below.get(pid, [])
    return seconds


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and all below it."""
    return sum(tree(pid).values())


class Stopwatch:
    """Start at the steady state, stop at its end. Started again, it begins anew."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.foreign: float | None = None

    def start(self) -> None:
        self._foreign_at = busy_seconds() - cpu_seconds(os.getpid())
        self._at = time.monotonic()

    def stand_for(self, *others: Stopwatch) -> None:
        """Tell what these have measured: all their seconds, and the worst of their foreign CPU."""
        self.seconds = sum(other.seconds for other in others)
        measured = [other.foreign for other in others if other.foreign is not None]
        self.foreign = max(measured, default=None)

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._at

    def stop(self) -> float:
        """Seconds between start and stop."""
        self.seconds = time.monotonic() - self._at
        foreign = busy_seconds() - cpu_seconds(os.getpid()) - self._foreign_at
        self.foreign = max(0.0, foreign / (self.seconds * CORES))
        return self.seconds

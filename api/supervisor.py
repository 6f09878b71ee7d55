"""Several server processes on one socket: starts them, restarts those that die, ends them together.

Each is a process of its own and not a fork of this one: Kafka clients do not survive a fork.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from playground.settings import child_environment

if TYPE_CHECKING:
    from playground.settings import Settings

CHILD = "--child"
CHECK_SECONDS = 0.2
RESTART_SECONDS = 1.0
STOP_SECONDS = 20.0
# A child that was still starting dies of the signal itself.
ENDED_WELL = {0, -signal.SIGTERM}


def run(settings: Settings, listener: socket.socket) -> int:
    """Keep `settings.api.processes` processes running until SIGTERM or SIGINT; 0 when all ended well."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # The children hold the reading end: when this process dies, however it dies, they see the end of it.
    reading, writing = os.pipe()
    children = [_start(settings, listener, reading) for _ in range(settings.api.processes)]
    while not stop.wait(CHECK_SECONDS):
        for index, child in enumerate(children):
            if child.poll() is not None:
                print(f"API process {child.pid} ended with {child.returncode}, restarted", file=sys.stderr)  # noqa: T201
                stop.wait(RESTART_SECONDS)
                children[index] = _start(settings, listener, reading)
    listener.close()
    for child in children:
        child.terminate()
    codes = [_ended(child, time.monotonic() + STOP_SECONDS) for child in children]
    os.close(writing)
    return 0 if set(codes) <= ENDED_WELL else 1


def inherited(arguments: list[str]) -> socket.socket:
    """In a child: the listening socket, and a watch for the end of the parent."""
    socket_fd, parent_fd = map(int, arguments)
    threading.Thread(target=_end_with_parent, args=(parent_fd,), daemon=True).start()
    return socket.socket(fileno=socket_fd)


def _start(settings: Settings, listener: socket.socket, parent_fd: int) -> subprocess.Popen[bytes]:
    fds = (listener.fileno(), parent_fd)
    command = [sys.executable, "-m", "api", CHILD, *map(str, fds)]
    return subprocess.Popen(command, pass_fds=fds, env=child_environment(settings))


def _ended(child: subprocess.Popen[bytes], deadline: float) -> int:
    try:
        return child.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _end_with_parent(parent_fd: int) -> None:
    os.read(parent_fd, 1)
    os.kill(os.getpid(), signal.SIGTERM)

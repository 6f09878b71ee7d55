"""Ports for what a test starts, when tests run side by side."""

from __future__ import annotations

import itertools
import os
import socket

# Below the ports that the kernel hands out by itself, and below Kubernetes' node ports.
FIRST, STRETCH, PROCESSES = 12_000, 4_000, 4
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # noqa: TID251 - pytest-xdist's
_turn = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nobody listens on now, and that is given to nobody else for a long while.

    It may take seconds until it is bound. One that the kernel chose could be anybody's by then: of a
    connection, or of a system that a test beside this one starts.
    """
    for turn in itertools.islice(_turn, STRETCH):
        port = FIRST + _worker % PROCESSES * STRETCH + turn % STRETCH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port is free of {STRETCH} from {FIRST} on")

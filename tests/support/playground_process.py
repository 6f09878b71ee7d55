"""`playground up` as a person starts it: one process with a whole stack below it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from playground.errors import StackError
from playground.local.stack import LocalStack
from playground.settings import read_settings
from playground.waiting import wait_until
from support.free_ports import free_port

READY_SECONDS = 120
COMMAND = [sys.executable, "-m", "playground.cli"]


class PlaygroundProcess:
    """A stack of its own in `folder`, on free ports. Use it with `with`: nothing survives the block."""

    up_command = (*COMMAND, "up")

    def __init__(self, folder: Path, **environment: str) -> None:
        ports = {
            name: str(free_port())
            for name in ("API_PORT", "KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "EXPORTER_PORT")
        }
        given = {"DATA_DIR": str(folder), **ports, **environment}
        self.environment = {f"PLAYGROUND_{name}": value for name, value in given.items()}
        self.settings = read_settings(self.environment)
        self.process: subprocess.Popen | None = None
        self.output = folder.with_name(folder.name + ".out")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def stack(self) -> LocalStack:
        return LocalStack.of_folder(self.settings.data_dir)

    def run(
        self, *arguments: str, check: int | None = 0, stdin: str = "", seconds: float = READY_SECONDS
    ) -> subprocess.CompletedProcess:
        """One command of the command line, to its end."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self._whole_environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        if check is not None:
            assert done.returncode == check, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "-o", "json").stdout)

    def begin(self, *arguments: str) -> subprocess.Popen:
        """One command of the command line, in the background."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self._whole_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> None:
        """`playground up` in the background, not waited for."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.up_command,
                env=self._whole_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def up(self) -> None:
        """Start and wait until it is ready."""
        self.start()
        self.wait_for_phase("ready")

    def wait_for_phase(self, *phases: str) -> None:
        def reached() -> bool:
            assert self.process.poll() is None, f"it ended: {self.output.read_text()}"
            return self.stack.status()["phase"] in phases

        wait_until(reached, f"phase {phases}", READY_SECONDS, ignore=(StackError,))

    def child_pids(self) -> list[int]:
        """Every process that belongs to it, the guard included."""
        status = self.stack.status()
        known = [one["pid"] for one in [*status["services"], *status["workers"]] if one["pid"]]
        return sorted({*known, *descendants(self.process.pid)})

    def ports(self) -> list[int]:
        """Those it listens on; an external broker's are not its own."""
        settings, kafka = self.settings, self.settings.kafka
        of_broker = [] if kafka.external else [kafka.port, kafka.controller_port]
        return [settings.api.port, *of_broker, settings.exporter.port]

    def _whole_environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PLAYGROUND_")}  # noqa: TID251
        return clean | self.environment


def descendants(pid: int) -> list[int]:
    """Children, grandchildren and so on, as far as the system tells."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in listing.splitlines():
        one, parent = map(int, line.split())
        children.setdefault(parent, []).append(one)
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def alive(pids: list[int]) -> list[int]:
    """Those that still run; a zombie that nobody has collected yet is dead."""
    listing = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = {int(pid): state for pid, state in (line.split() for line in listing.splitlines())}
    return [pid for pid in pids if not states.get(pid, "Z").startswith("Z")]


def listening(ports: list[int]) -> list[int]:
    """Those of the ports that accept a connection."""
    found = []
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(port)
    return found

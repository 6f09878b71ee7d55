"""Runs that this API process starts: each is a child process, so that its work is not the API's.

The child stays in the API's process group: whoever ends the group ends the run with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from playground.errors import Conflict, StackError, WaitTimeout
from playground.experiments.run_state import folder_of
from playground.settings import child_environment
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.experiments.run_state import RunStates
    from playground.experiments.runs import Running, Runs
    from playground.settings import Settings

COMMAND = (sys.executable, "-m", "playground.cli")
# A browser waits 15 s.
BEGIN_SECONDS = 12.0
# A run begins to clean up at once; if not, it has missed the signal and is asked again.
HEAR_SECONDS = 1.5
ASK_TIMES = 4


class RunProcesses:
    """Starts, stops and ends runs. May be used by several threads."""

    def __init__(self, settings: Settings, runs: Runs, states: RunStates) -> None:
        self._settings = settings
        self._runs = runs
        self._states = states
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, experiment: str, settings: Mapping[str, Any], prediction: str | None) -> str:
        """Start a run with settings that were found good; its name, when it has begun.

        Raises Conflict when one runs already, StackError when it cannot begin.
        """
        with self._starting:
            self._refuse_second()
            pairs = [f"{name}={_text(value)}" for name, value in settings.items()]
            namespace = self._settings.cluster_namespace
            target = ["--target=kube", f"--namespace={namespace}"] if namespace else []
            command = [*COMMAND, *target, "experiment", "run", experiment, "-o", "json"]
            command += [f"--set={pair}" for pair in pairs]
            process = subprocess.Popen(
                [*command, *([f"--predict={prediction}"] if prediction else [])],
                env=child_environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the judgement is in the run's folder
            )
            self._process = process
            # Somebody must take note of its end, or it stays as a zombie.
            threading.Thread(target=process.wait, daemon=True, name=f"run-{process.pid}").start()
            return self._begun(process)

    def stop(self, run: str) -> None:
        """Ask a run to end, whoever started it; it has begun to clean up then, which takes its time.

        Raises NotFound, Conflict when it does not run or is out of reach, StackError when it does not listen.
        """
        folder_of(self._runs, run)
        found = self._runs.running_process()
        if found is None or found.run != run:
            raise Conflict(f"{run} does not run", next_step=f"GET /runs/{run} has what it has shown")
        for _ in range(ASK_TIMES):
            _ask_to_end(found)
            with contextlib.suppress(WaitTimeout):
                wait_until(lambda: self._ends(run), f"{run} to clean up", HEAR_SECONDS)
                return
        raise StackError(
            f"process {found.pid} was asked to end {run} and goes on", next_step="`playground status`"
        )

    def close(self, seconds: float) -> None:
        """End the run of this process: it may clean up for so long."""
        process = self._process
        deadline = time.monotonic() + seconds
        while process is not None and process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0:
                process.kill()
                process.wait()
                return
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(min(HEAR_SECONDS, left))

    def _ends(self, run: str) -> bool:
        return self._runs.running() != run or self._states.progress(run).phase in {"clean-up", "end"}

    def _refuse_second(self) -> None:
        if (running := self._runs.running()) is not None:
            raise Conflict(
                f"an experiment runs already: {running}",
                next_step="follow it with GET /runs/…, wait for its end, or stop it with DELETE /runs/…",
            )

    def _begun(self, process: subprocess.Popen[bytes]) -> str:
        def own() -> str | None:
            found = self._runs.running_process()
            return found.run if found is not None and found.pid == process.pid else None

        try:
            wait_until(lambda: own() or process.poll() is not None, "the run to begin", BEGIN_SECONDS)
        except WaitTimeout:
            process.terminate()
            raise
        if name := own():
            return name
        self._refuse_second()
        raise StackError(
            f"the run ended with exit code {process.returncode} before it began",
            next_step="the API's log says why; `playground status`",
        )


def _ask_to_end(found: Running) -> None:
    away = Conflict(
        f"{found.run} runs as process {found.pid} of {found.host}, which this API cannot reach",
        next_step="stop it with Ctrl-C where it runs",
    )
    if found.host != socket.gethostname():
        raise away
    try:
        os.kill(found.pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # it has ended by itself
    except PermissionError:
        raise away from None


def _text(value: Any) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

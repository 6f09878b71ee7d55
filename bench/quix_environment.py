"""An environment of its own for quixstreams, which pins another confluent-kafka than we use."""

from __future__ import annotations

import shutil
import subprocess
import sys

from bench.lab import ROOT
from bench.measure import Skipped

FOLDER = ROOT / ".venv-bench-quix"
LOCK = ROOT / "requirements" / "bench-quix.txt"


def quix_python() -> str:
    """The Python of that environment; made when it is not there.

    Raises Skipped when that fails.
    """
    program, stamp = FOLDER / "bin" / "python", FOLDER / LOCK.name
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        return str(program)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(FOLDER)],
        [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "-r", str(LOCK)],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise Skipped(f"quixstreams cannot be installed: {lines[-1][:200]}")
    shutil.copy(LOCK, stamp)
    return str(program)

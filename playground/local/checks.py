"""What `playground doctor` looks at: first the machine, then the running playground."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import confluent_kafka

from playground.clients import require_librdkafka
from playground.errors import PlaygroundError
from playground.local import folder, jars, ports
from playground.local.check_join import check_join
from playground.local.checks_running import Check, check_api, check_broker, check_database, check_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.settings import Settings

MIN_PYTHON = (3, 11)
MIN_MEMORY_MB = 1024
MIN_DISK_MB = 1024


def run_checks(settings: Settings) -> Iterator[Check]:
    """All checks, one by one as they are done."""
    running = folder.is_used(settings.data_dir)
    yield _guarded("Python", _python)
    yield _guarded("librdkafka", _librdkafka)
    if not settings.kafka.external:
        yield _guarded("Java", _java)
        yield _guarded("jars", lambda: _jars(settings))
    yield _guarded("memory", lambda: _memory(settings))
    yield _guarded("disk", lambda: _disk(settings))
    yield _guarded("ports", lambda: _ports(settings, running=running))
    alive = running or settings.kafka.external
    broker = _guarded("broker", lambda: check_broker(settings)) if alive else _nothing_runs("broker")
    yield broker
    for name, check in (("topics", check_topics), ("join", check_join)):
        yield _guarded(name, partial(check, settings)) if broker.state == "ok" else _nothing_runs(name)
    yield _guarded("API", lambda: check_api(settings)) if running else _nothing_runs("API")
    yield _guarded("database", lambda: check_database(settings))


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    """A check that cannot look is a finding, not a crash."""
    try:
        return look()
    except PlaygroundError as error:
        return Check(name, "missing", str(error), error.next_step)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        return Check(name, "missing", f"{type(error).__name__}: {error}", "playground status; see the logs")


def _nothing_runs(name: str) -> Check:
    return Check(name, "skipped", "no playground runs")


def _python() -> Check:
    text = platform.python_version()
    if tuple(map(int, text.split(".")[:2])) < MIN_PYTHON:
        return Check("Python", "missing", f"{text}, 3.11 or newer is needed", "make run PYTHON=python3.11")
    return Check("Python", "ok", f"{text}, {sys.executable}")


def _librdkafka() -> Check:
    require_librdkafka()
    version = confluent_kafka.libversion()[0]
    return Check("librdkafka", "ok", f"{version}, confluent-kafka {confluent_kafka.__version__}")


def _java() -> Check:
    done = subprocess.run(
        [str(jars.java()), "-version"], capture_output=True, text=True, check=False, timeout=30
    )
    first = (done.stderr or done.stdout).partition("\n")[0]
    if done.returncode != 0:
        return Check("Java", "missing", f"does not run: {first}", "rm -r .venv; make setup")
    return Check("Java", "ok", first)


def _jars(settings: Settings) -> Check:
    place = jars.jars_dir(settings)
    if not place.is_dir():
        return Check(
            "jars", "warning", "Kafka is not fetched yet", "`make run` fetches it (about 55 MB, once)"
        )
    jars.verify(place)
    return Check("jars", "ok", f"{len(jars.read_checksums())} with the right checksums in {place}")


def _memory(settings: Settings) -> Check:
    if not Path("/proc/meminfo").exists():
        return Check("memory", "skipped", "not known on this system")
    lines = Path("/proc/meminfo").read_text().splitlines()
    megabytes = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) // 1024
    if megabytes < MIN_MEMORY_MB and not folder.is_used(settings.data_dir):
        return Check(
            "memory",
            "warning",
            f"{megabytes} MB free, about {MIN_MEMORY_MB} MB are wanted",
            "close something",
        )
    return Check("memory", "ok", f"{megabytes} MB free")


def _disk(settings: Settings) -> Check:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return Check("disk", "missing", f"{place} cannot be written", "set PLAYGROUND_DATA_DIR")
    megabytes = shutil.disk_usage(place).free // 1_000_000
    if megabytes < MIN_DISK_MB:
        return Check("disk", "missing", f"{megabytes} MB free in {place}", "free some space")
    return Check("disk", "ok", f"{megabytes} MB free in {place}")


def _ports(settings: Settings, *, running: bool) -> Check:
    wanted = ports.ports_of(settings)
    numbers = ", ".join(str(port.number) for port in wanted)
    if not running:
        ports.require_free(wanted)
        return Check("ports", "ok", f"{numbers} are free")
    silent = [port for port in wanted if not ports.is_listening(port)]
    if silent:
        first = silent[0]
        return Check(
            "ports",
            "warning",
            f"nothing listens on {first.number} for {first.purpose}",
            f"does this shell have the same {first.variable} as the running playground? `playground status`",
        )
    return Check("ports", "ok", f"{numbers} are ours")

"""A real Kafka broker as one child process.

`with Broker(settings): ...` is all a test needs; the supervisor uses the parts.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Self

from confluent_kafka import KafkaException

from playground.clients import create_admin
from playground.errors import EnvironmentMissing, WaitTimeout
from playground.local import broker_config
from playground.local.broker_config import cache_options
from playground.local.guard import Guard
from playground.local.jars import ensure_jars, java
from playground.local.quick_start import WRITING_SECONDS, ensure_cache
from playground.topics import ensure_topics
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playground.settings import Settings

START_SECONDS = 60
STOP_SECONDS = 20
MEANINGFUL = re.compile(r"\b(ERROR|FATAL)\b|Exception|Error:|Could not|Invalid|OutOfMemory")
FRAME = re.compile(r"^\s+(at |\.\.\. \d+ more)")


def _quiet(_text: str) -> None:
    pass


class Broker:
    """The broker of one data folder.

    `properties` are added to (or replace) those of `broker_config`.
    `makes_cache`: this broker is started for the cache that Java writes there when it ends.
    """

    def __init__(
        self, settings: Settings, properties: dict[str, str] | None = None, *, makes_cache: Path | None = None
    ) -> None:
        self._settings = settings
        self._makes_cache = makes_cache
        self._properties = properties or {}
        self._home = settings.data_dir / "broker"
        self._data = self._home / "data"
        self.log = settings.data_dir / "logs" / "broker.log"
        self.output = settings.data_dir / "logs" / "broker.out"
        self._starts: dict[Path, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    @property
    def cluster_id(self) -> str:
        """The id that the data folder was formatted with; a second start keeps it."""
        return (self._home / "cluster-id").read_text().strip()

    def prepare(self, say: Callable[[str], None] = _quiet) -> list[str]:
        """Bring jars, write the configuration, format the folder once; return the command that starts it."""
        jars = ensure_jars(self._settings, say)
        self._home.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        log_config, properties_file = self._home / "log4j2.properties", self._home / "server.properties"
        log_config.write_text(broker_config.LOG4J2.format(log=self.log))
        properties = broker_config.server_properties(self._settings, self._data) | self._properties
        properties_file.write_text(broker_config.render_properties(properties))
        options = broker_config.java_options(self._settings, log_config)
        class_path = ["-cp", f"{jars}/*"]
        cache = self._cache(jars, say)
        if not (self._data / "meta.properties").exists():
            say("formatting the data folder")
            tool = ["kafka.tools.StorageTool", "format", "-c", str(properties_file)]
            self._format([str(java()), *options, *cache_options(use=cache), *class_path, *tool])
        self._starts = {path: _size(path) for path in (self.log, self.output)}
        options += cache_options(use=cache, make=self._makes_cache)
        return [str(java()), *options, *class_path, "kafka.Kafka", str(properties_file)]

    def start(self, say: Callable[[str], None] = _quiet, seconds: float = START_SECONDS) -> None:
        """Start and wait until the broker answers.

        Raises EnvironmentMissing when it dies or does not answer in time, with what its log says.
        """
        command = self.prepare(say)
        self._guard = self._guard or Guard()
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self._guard.watch(self._process.pid)
        with contextlib.ExitStack() as undo:
            undo.callback(self.kill)
            try:
                wait_until(self._answers_or_ended, "the broker to answer", seconds)
            except WaitTimeout:
                raise self.silent(seconds) from None
            undo.pop_all()

    def ended(self) -> EnvironmentMissing:
        """Why it ended while starting, as far as its log says."""
        return EnvironmentMissing(
            f"the broker ended while starting: {self.last_words()}", next_step=f"see {self.log}"
        )

    def silent(self, seconds: float) -> EnvironmentMissing:
        """Why it does not answer, as far as its log says."""
        return EnvironmentMissing(
            f"the broker does not answer after {seconds:g} s: {self.last_words()}",
            next_step=f"see {self.log}; is the machine very busy?",
        )

    def _answers_or_ended(self) -> bool:
        if self.pid is None:
            raise self.ended()
        return self.answers()

    def answers(self) -> bool:
        """Whether the broker answers an admin call now."""
        kafka = self._settings.kafka
        # The port first: librdkafka complains loudly about a port that is not open yet.
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", kafka.port), timeout=1):
            try:
                create_admin(kafka, "playground-up").list_topics(timeout=5)
            except KafkaException:
                return False
            return True
        return False

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop it cleanly, or kill it after `seconds`."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def last_words(self) -> str:
        """The last lines of the log since the start that explain something, in one line."""
        text = "".join(_read_from(path, start) for path, start in self._starts.items())
        if "Failed to acquire lock" in text:
            return f"another broker uses {self._data}; stop that one first"
        if "doesn't match stored" in text or "Inconsistent" in text or "Invalid cluster.id" in text:
            return f"{self._data} belongs to another cluster; `playground reset` clears it"
        lines = [line.strip() for line in text.splitlines() if line.strip() and not FRAME.match(line)]
        wanted = [line for line in lines if MEANINGFUL.search(line)] or lines
        return " | ".join(wanted[-3:])[:600] or "it said nothing"

    def _cache(self, jars: Path, say: Callable[[str], None]) -> Path | None:
        return None if self._makes_cache else ensure_cache(self._settings, jars, say, _make_cache)

    def _format(self, command: list[str]) -> None:
        name = self._home / "cluster-id"
        if not name.exists():
            name.write_text(_new_cluster_id() + "\n")
        done = subprocess.run(
            [*command, "-t", self.cluster_id, "--ignore-formatted"],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if done.returncode != 0:
            lines = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
            raise EnvironmentMissing(
                f"the broker's data folder {self._data} cannot be formatted: {lines[-1]}",
                next_step="check the free space and the rights of that folder",
            )


def _make_cache(settings: Settings, target: Path) -> None:
    """Start a broker, let it make topics, and let Java write down what it learned."""
    with Broker(settings, makes_cache=target) as broker:
        ensure_topics(settings)
        broker.stop(WRITING_SECONDS)


def _new_cluster_id() -> str:
    """16 random bytes as Kafka writes them: base64 for URLs, never beginning with a dash."""
    while True:
        raw = uuid.UUID(bytes=secrets.token_bytes(16), version=4)
        text = urlsafe_b64encode(raw.bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read_from(path: Path, position: int) -> str:
    try:
        with path.open("rb") as handle:
            if position <= handle.seek(0, 2):  # else it was rotated meanwhile
                handle.seek(position)
            else:
                handle.seek(0)
            return handle.read(2_000_000).decode(errors="replace")
    except OSError:
        return ""

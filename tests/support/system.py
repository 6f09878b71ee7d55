"""The system under test: a real broker, the API and workers as processes of their own."""

import http.client
import json
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path

import psycopg

from playground.local.broker import Broker
from playground.settings import Settings, read_settings
from playground.topics import ensure_topics
from playground.waiting import wait_until
from support.children import Child, python
from support.free_ports import free_port

# A killed member is noticed after three seconds instead of six: tests kill many.
SHORT_SESSIONS = {
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "3000",
    "group.min.session.timeout.ms": "1000",
}
MUTANTS = str(Path(__file__).with_name("mutants.py"))
NOT_YET = (OSError, http.client.HTTPException, AssertionError)


class System:
    """Starts and ends everything one test needs, in `folder`, on free ports."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        kafka, controller, api = free_port(), free_port(), free_port()
        self.environment = {
            "PLAYGROUND_KAFKA_PORT": str(kafka),
            "PLAYGROUND_KAFKA_CONTROLLER_PORT": str(controller),
            "PLAYGROUND_API_PORT": str(api),
            "PLAYGROUND_EXPORTER_PORT": str(free_port()),
            "PLAYGROUND_DATA_DIR": str(folder / "data"),
            "PLAYGROUND_CONSUMER_SESSION_TIMEOUT_MS": "3000",
            **{f"PLAYGROUND_{name}": value for name, value in environment.items()},
        }
        self.settings: Settings = read_settings(self.environment)
        self.broker = Broker(self.settings, SHORT_SESSIONS)
        self.children: list[Child] = []

    def start(self) -> None:
        """Broker, topics, API."""
        self.broker.start()
        ensure_topics(self.settings)
        self.start_api()

    def start_api(self, *, mutant: str | None = None, **overrides: str) -> Child:
        """The API under its production server, ready to take orders."""
        program = python(MUTANTS, mutant, "api") if mutant else python("-m", "api")
        api = self._child("api", program, overrides)
        wait_until(lambda: self.get("/readyz"), "the API to be ready; its log is api.log", 30, ignore=NOT_YET)
        return api

    def start_worker(
        self, kind: str, number: int = 1, *, mutant: str | None = None, **overrides: str
    ) -> Child:
        """A worker that has announced itself. Overrides are settings without the prefix."""
        name = f"{kind}-{number}"
        program = python("-m", "workers", kind)
        if mutant:
            program = python(MUTANTS, mutant, kind)
        worker = self._child(name, program, {"WORKER_NAME": name, **overrides})
        worker.wait_for("startup_complete")
        return worker

    def end(self) -> None:
        """Everything that was started is gone."""
        for child in reversed(self.children):
            child.end()
        self.broker.stop()

    def get(self, path: str) -> dict:
        """A JSON document of the API. Raises AssertionError with the problem when it is none."""
        try:
            with urllib.request.urlopen(self.settings.api.url + path, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{path}: {problem.status} {problem.read()!r}") from None

    def pending(self) -> int:
        """Records that some group has not handled yet; a group that has not begun counts all."""
        audit = self.get("/audit")
        return sum(part["pending"] for group in audit["groups"] for part in group["partitions"])

    def settle(self, seconds: float = 60) -> dict:
        """Wait until both groups have handled everything; the audit then."""
        wait_until(lambda: self.pending() == 0, "both groups to catch up", seconds, every=0.2, ignore=NOT_YET)
        return self.get("/audit")

    def query(self, sql: str) -> list[tuple]:
        """Ask the orders database itself, past all code of ours."""
        url = self.settings.database_url
        if url.startswith("sqlite:///"):
            connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()

    def _child(self, name: str, command: list[str], overrides: dict[str, str]) -> Child:
        variables = {f"PLAYGROUND_{key}": value for key, value in overrides.items()}
        child = Child(name, command, self.environment | variables, self.folder / "logs")
        self.children.append(child)
        return child

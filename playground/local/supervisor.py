"""`playground up`: starts everything, keeps it running, stops everything.

One event loop; what blocks (jars, admin calls, probes) runs in threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playground.errors import WaitTimeout
from playground.local import folder, ports, starting
from playground.local.control_server import ControlServer
from playground.local.guard import Guard
from playground.local.progress import Progress
from playground.local.threads import in_thread
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.local.child import Child
    from playground.local.replicas import Commands, Replicas
    from playground.settings import Settings

API_STOP_SECONDS = 8.0
KSQLDB_STOP_SECONDS = 20.0
BROKER_STOP_SECONDS = 20.0
# A supervisor that was killed a moment ago: its guard needs a moment, too.
LEFTOVER_SECONDS = 5.0
SOCKET_NAME = "control"


class Supervisor:
    """The whole local stack. `changed` is called whenever there is something new to show."""

    def __init__(
        self,
        settings: Settings,
        *,
        commands: Commands | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.broker: Child | None = None
        self.api: Child | None = None
        self.ksqldb: Child | None = None
        self.replicas: dict[str, Replicas] = {}
        self.progress = Progress(starting.step_names(settings), self.changed)
        self.commands = commands
        self._changed_outside = changed
        self._news = asyncio.Event()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Start, run until asked to stop, stop.

        Raises the PlaygroundError that kept the stack from starting, after everything has been stopped.
        """
        data_dir = self.settings.data_dir
        with folder.FolderLock(data_dir), _guard() as guard, _socket_folder(guard) as sockets:
            await in_thread(lambda: _require_ports(self.settings))
            socket = sockets / SOCKET_NAME
            async with ControlServer(self, socket) as server:
                folder.write_stack_file(data_dir, self._stack_file(socket))
                try:
                    await self._run_until_stopped(guard, socket)
                finally:
                    self.progress.enter("stopping")
                    server.refuse_changes()
                    await self._stop_all()
                    self.progress.enter("stopped")
                    (data_dir / folder.STACK_FILE).unlink(missing_ok=True)

    def request_stop(self) -> None:
        """Stop when there is time; a second request kills what is still there."""
        if self._stop.is_set():
            for child in self.children():
                child.end_now()
        self._stop.set()
        self.changed()

    def changed(self) -> None:
        """Something has changed: tell who waits and who draws."""
        self._news.set()
        self._changed_outside()

    def children(self) -> list[Child]:
        """Everything that runs, the broker first."""
        workers = [child for replicas in self.replicas.values() for child in replicas.children]
        return [*self.services(), *workers]

    def services(self) -> list[Child]:
        """What runs and is no worker."""
        return [child for child in (self.broker, self.api, self.ksqldb) if child is not None]

    async def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether the condition became true in time; looked at after each change."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        return condition()

    @property
    def stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop.is_set()

    def addresses(self) -> dict[str, str]:
        """Where a person finds what."""
        url = self.settings.api.url
        found = {
            "dashboard": f"{url}/",
            "API": f"{url}/docs",
            "lag metrics": starting.exporter_url(self.settings),
            "Kafka": self.settings.kafka.bootstrap_servers,
            "database": _without_secret(self.settings.database_url),
        }
        return found | ({"ksqlDB": str(self.settings.ksqldb.url)} if self.settings.ksqldb.own else {})

    async def _run_until_stopped(self, guard: Guard, socket: Path) -> None:
        start = asyncio.create_task(starting.start(self, guard, socket))
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not start.done():
                start.cancel()
            with contextlib.suppress(asyncio.CancelledError, starting.Unwanted):
                await start
            await stop
        finally:
            stop.cancel()

    async def _stop_all(self) -> None:
        """Workers first, so that they can commit; the broker last."""
        await asyncio.gather(*(replicas.close() for replicas in self.replicas.values()))
        if self.api is not None:
            await self.api.stop(API_STOP_SECONDS)
        if self.ksqldb is not None:
            await self.ksqldb.stop(KSQLDB_STOP_SECONDS)
        if self.broker is not None:
            await self.broker.stop(BROKER_STOP_SECONDS)

    def _stack_file(self, socket: Path) -> folder.StackFile:
        settings = self.settings
        return folder.StackFile(
            pid=os.getpid(),
            socket=str(socket),
            api_url=settings.api.url,
            exporter_url=starting.exporter_url(settings),
            bootstrap_servers=settings.kafka.bootstrap_servers,
            database=_without_secret(settings.database_url),
            data_dir=str(settings.data_dir),
            ksqldb_url=settings.ksqldb.url if settings.ksqldb.own else None,
        )


def _require_ports(settings: Settings) -> None:
    wanted = ports.ports_of(settings)
    if folder.read_stack_file(settings.data_dir) is None:
        ports.require_free(wanted)
        return
    # The supervisor before us was killed, perhaps a moment ago: what it left is being killed as well.
    with contextlib.suppress(WaitTimeout):
        wait_until(
            lambda: not any(ports.is_listening(port) for port in wanted), "free ports", LEFTOVER_SECONDS
        )
    ports.require_free(wanted)


@contextlib.contextmanager
def _guard() -> Iterator[Guard]:
    guard = Guard()
    try:
        yield guard
    finally:
        guard.close()


@contextlib.contextmanager
def _socket_folder(guard: Guard) -> Iterator[Path]:
    """A folder only we may enter, with a short name: the path of a Unix socket has at most 103 bytes."""
    path = Path(tempfile.mkdtemp(prefix="playground-"))
    guard.remove(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _without_secret(url: str) -> str:
    if url.startswith("sqlite:///"):
        return url.removeprefix("sqlite:///")
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"

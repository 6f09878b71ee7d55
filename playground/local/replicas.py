"""The replicas of one kind of worker: how many, with which variables, one after the other."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from playground.errors import InvalidValue, StackError
from playground.events import EventName
from playground.jobs import GROUP_OF_KIND
from playground.local.child import Child, ChildSpec
from playground.settings import child_environment, read_settings
from playground.stack import MAX_REPLICAS, WorkerInstance

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from playground.local.guard import Guard
    from playground.settings import Settings

# One exporter port, one load: a second of them would only be in the way.
ONE_ONLY = {"exporter", "load"}
GROUP_ID = "PLAYGROUND_CONSUMER_GROUP_ID"
STOP_SECONDS = 10.0
REPLACE_SECONDS = 10.0
# For a whole rolling restart: then no further worker is touched.
SCALE_SECONDS = 120.0

CommandLine = list[str]
Commands = dict[str, CommandLine]


def default_commands() -> Commands:
    """The command line of the API and of each kind of worker."""
    python = sys.executable
    return {"api": [python, "-m", "api"]} | {kind: [python, "-m", "workers", kind] for kind in GROUP_OF_KIND}


class Replicas:
    """All workers of one kind."""

    def __init__(
        self,
        kind: str,
        settings: Settings,
        command: CommandLine,
        *,
        guard: Guard,
        changed: Callable[[], None],
        wait_for: Callable[[Callable[[], bool], float], Awaitable[bool]],
        probe: Callable[[], bool] | None = None,
    ) -> None:
        self.kind = kind
        self.overrides: dict[str, str] = {}
        self._settings = settings
        self._command = command
        self._guard = guard
        self._changed = changed
        self._wait_for = wait_for
        self._probe = probe
        self._children: list[Child] = []
        self._busy = asyncio.Lock()

    @property
    def children(self) -> list[Child]:
        """In the order of their numbers."""
        return list(self._children)

    @property
    def maximum(self) -> int:
        """How many there may be."""
        return 1 if self.kind in ONE_ONLY else MAX_REPLICAS

    def instances(self) -> list[WorkerInstance]:
        """As others see them."""
        return [
            WorkerInstance(
                name=child.spec.name,
                kind=self.kind,
                pid=child.pid,
                state=child.state,
                group_id=self._group_of(child),
                restarts=child.restarts,
            )
            for child in self._children
        ]

    def _group_of(self, child: Child) -> str | None:
        """Which group it joins, by the variables it was started with."""
        own = GROUP_OF_KIND[self.kind]
        return own and (child.spec.overrides.get(GROUP_ID) or self._settings.consumer.group_id or own)

    async def scale(self, replicas: int, overrides: Mapping[str, str] | None = None) -> None:
        """Have this many, all with `overrides` (None: as before).

        Raises InvalidValue for an impossible number, SettingsError for variables that cannot be used,
        StackError when SCALE_SECONDS are over (the same call again goes on from there).
        """
        if not 0 <= replicas <= self.maximum:
            raise InvalidValue("replicas", f"{self.kind} may have 0 to {self.maximum}, not {replicas}")
        if overrides is not None:
            read_settings({**self._settings.environment, **overrides})
        deadline = time.monotonic() + SCALE_SECONDS
        async with self._busy:
            if overrides is not None:
                self.overrides = dict(overrides)
            await asyncio.gather(*(self._stop(child) for child in self._children[replicas:]))
            for index, child in enumerate(self.children):
                if child.spec.overrides != self.overrides:
                    if time.monotonic() >= deadline:
                        raise self._too_slow(replicas)
                    await self._replace(index, child)
            for index in range(len(self._children), replicas):
                self._children.append(self._start(index))
            await asyncio.sleep(0)  # lets them begin, so that who asks next sees process ids

    async def roll(self) -> None:
        """Restart all, one by one. Raises StackError when SCALE_SECONDS are over."""
        deadline = time.monotonic() + SCALE_SECONDS
        async with self._busy:
            for index, child in enumerate(self.children):
                if time.monotonic() >= deadline:
                    raise StackError(
                        f"the restart of all {self.kind} workers took longer than {SCALE_SECONDS:g} s",
                        next_step=f"see why they are slow: {self._settings.data_dir / 'logs'}",
                    )
                await self._replace(index, child)

    async def close(self) -> None:
        """Stop all of them at once."""
        await asyncio.gather(*(self._stop(child) for child in self.children))

    def is_ready(self, partitions: int) -> bool:
        """All are up, and as many as there are partitions have taken part in a first assignment."""
        if any(child.state != "running" for child in self._children):
            return False
        if GROUP_OF_KIND[self.kind] is None:
            return True
        assigned = sum(EventName.PARTITIONS_ASSIGNED in child.events for child in self._children)
        return assigned >= min(len(self._children), partitions)

    def _start(self, index: int) -> Child:
        name = f"{self.kind}-{index + 1}"
        environment = child_environment(
            self._settings,
            self.overrides
            | {"PLAYGROUND_WORKER_NAME": name, "PLAYGROUND_DATA_DIR": str(self._settings.data_dir)},
        )
        spec = ChildSpec(
            name,
            self.kind,
            self._command,
            environment,
            log=self._settings.data_dir / "logs" / f"{name}.log",
            probe=self._probe,
            overrides=dict(self.overrides),
        )
        child = Child(spec, self._guard, self._changed)
        child.start()
        return child

    async def _stop(self, child: Child) -> None:
        await child.stop(STOP_SECONDS)
        if child in self._children:
            self._children.remove(child)
        self._changed()

    def _too_slow(self, replicas: int) -> StackError:
        """Which workers were not restarted yet, and which of the others do not work."""
        old = [child.spec.name for child in self._children if child.spec.overrides != self.overrides]
        slow = [
            f"{child.spec.name} is {child.state}"
            for child in self._children
            if child.spec.name not in old and child.state not in {"running", "paused"}
        ]
        return StackError(
            f"the restart of all {self.kind} workers took longer than {SCALE_SECONDS:g} s; "
            f"still with their earlier settings: {', '.join(old)}" + "".join(f"; {one}" for one in slow),
            next_step=f"`playground scale {self.kind} {replicas}` goes on with the others; "
            f"why it is slow: {self._settings.data_dir / 'logs'}",
        )

    async def _replace(self, index: int, child: Child) -> None:
        """One by one: the next is touched when this one works again, has had its time, or has ended.

        One that ends while it starts is started again and again: nobody waits for that.
        """
        await child.stop(STOP_SECONDS)
        fresh = self._children[index] = self._start(index)
        await self._wait_for(lambda: fresh.state in {"running", "restarting"}, REPLACE_SECONDS)

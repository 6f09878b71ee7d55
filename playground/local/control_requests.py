"""What the supervisor can be asked, and what it does then."""

from __future__ import annotations

import difflib
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from playground.errors import AbilityMissing, NotFound, StackError
from playground.events import EventName
from playground.jobs import KIND_OF_GROUP, LOAD_PREFIX, PROGRESS_FIELDS
from playground.local.broker_restart import restart_broker
from playground.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.local.child import Child
    from playground.local.replicas import Replicas
    from playground.local.supervisor import Supervisor


class Requests:
    """`asking` changes nothing and is answered at any time; `changing` needs a running stack."""

    def __init__(self, stack: Supervisor) -> None:
        self._stack = stack
        self.asking: dict[str, Callable[..., Any]] = {
            "status": self._status,
            "workers": self._workers,
            "load": self._load,
            "environment": self._environment,
            "shutdown": self._shutdown,
        }
        self.changing: dict[str, Callable[..., Awaitable[Any]]] = {
            "scale": self._scale,
            "roll": self._roll,
            "kill": self._kill,
            "pause": self._pause,
            "resume": self._resume,
            "restart_broker": self._restart_broker,
            "load_start": self._load_start,
            "load_stop": self._load_stop,
        }

    def _status(self) -> dict[str, Any]:
        stack = self._stack
        return {
            "pid": os.getpid(),
            "phase": self._phase(),
            "steps": stack.progress.steps,
            "addresses": stack.addresses(),
            "data_dir": str(stack.settings.data_dir),
            "services": [
                {"name": one.spec.name, "pid": one.pid, "state": one.state, "restarts": one.restarts}
                for one in stack.services()
            ],
            "workers": self._workers(),
            "overrides": {
                kind: _without_secrets(one.overrides) for kind, one in stack.replicas.items() if one.overrides
            },
            "load": self._load(),
        }

    def _phase(self) -> str:
        """Ready means that the broker and the API answer now, not that they did once."""
        phase = self._stack.progress.phase
        services = (self._stack.broker, self._stack.api)
        away = any(one is not None and one.state != "running" for one in services)
        return "starting" if phase == "ready" and away else phase

    def _workers(self) -> list[dict[str, Any]]:
        return [asdict(one) for replicas in self._stack.replicas.values() for one in replicas.instances()]

    def _shutdown(self) -> dict[str, Any]:
        self._stack.request_stop()
        return {"pid": os.getpid()}

    async def _scale(
        self, kind: str, replicas: int, environment: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        found = self._kind(kind)
        await found.scale(replicas, environment)
        return [asdict(one) for one in found.instances()]

    async def _roll(self, kind: str) -> list[dict[str, Any]]:
        found = self._kind(kind)
        await found.roll()
        return [asdict(one) for one in found.instances()]

    async def _kill(self, name: str) -> dict[str, Any]:
        child = self._running(name)
        child.kill()
        return self._described(child)

    async def _pause(self, name: str) -> dict[str, Any]:
        child = self._running(name)
        child.pause()
        return self._described(child)

    async def _resume(self, name: str) -> dict[str, Any]:
        child = self._running(name, paused_first=True)
        child.resume()
        return self._described(child)

    def _environment(self, kind: str) -> dict[str, str]:
        return dict(self._kind(kind).overrides)

    async def _restart_broker(self, down_seconds: float) -> None:
        await restart_broker(self._stack, down_seconds)

    def _load(self) -> dict[str, Any]:
        replicas = self._stack.replicas.get("load")
        if replicas is None or not replicas.children:
            return {"running": False, "settings": None, "progress": None}
        environment = {**self._stack.settings.environment, **replicas.overrides}
        event = replicas.children[0].events.get(EventName.LOAD_PROGRESS)
        return {
            "running": True,
            "settings": asdict(read_settings(environment).load),
            "progress": {name: event[name] for name in PROGRESS_FIELDS if name in event} if event else None,
        }

    async def _load_start(self, settings: dict[str, Any]) -> dict[str, Any]:
        overrides = {LOAD_PREFIX + name.upper(): str(value) for name, value in settings.items()}
        await self._kind("load").scale(1, overrides)
        return self._load()

    async def _load_stop(self) -> dict[str, Any]:
        before = self._load()
        await self._kind("load").scale(0)
        return {"running": False, "settings": None, "progress": before["progress"]}

    def _kind(self, name: str) -> Replicas:
        found = self._stack.replicas.get(KIND_OF_GROUP.get(name, name))
        if found is None:
            if not self._stack.replicas:
                raise StackError("the playground is still starting", next_step="`playground status`")
            raise _no_worker(name, list(self._stack.replicas))
        return found

    def _running(self, name: str, *, paused_first: bool = False) -> Child:
        """A child by its name; a kind means its youngest (or its youngest paused one)."""
        children = {child.spec.name: child for child in self._stack.children()}
        found = children.get(name)
        kind = KIND_OF_GROUP.get(name, name)
        if found is None and kind in self._stack.replicas:
            replicas = self._stack.replicas[kind].children
            paused = [child for child in replicas if child.state == "paused"] if paused_first else []
            candidates = paused or replicas
            found = candidates[-1] if candidates else None
        if found is None:
            raise _no_worker(name, [*children, *self._stack.replicas])
        if found is self._stack.ksqldb:
            raise AbilityMissing(
                "ksqlDB runs in a container, where no signal of ours reaches it",
                next_step="docker ps shows its name; docker kill or docker pause it",
            )
        if found.pid is None:
            raise StackError(f"{found.spec.name} is {found.state}: it has no process now")
        return found

    def _described(self, child: Child) -> dict[str, Any]:
        for replicas in self._stack.replicas.values():
            for one in replicas.instances():
                if one.name == child.spec.name:
                    return asdict(one)
        return {
            "name": child.spec.name,
            "kind": child.spec.kind,
            "pid": child.pid,
            "state": child.state,
            "group_id": None,
            "restarts": child.restarts,
        }


def _no_worker(name: str, known: list[str]) -> NotFound:
    close = difflib.get_close_matches(name, [*known, *KIND_OF_GROUP], n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return NotFound(
        f"there is no worker {name!r}; there are {', '.join(known) or 'none yet'}{hint}",
        next_step="`playground status` lists what runs",
    )


def _without_secrets(overrides: dict[str, str]) -> dict[str, str]:
    """Addresses of databases hold passwords, too."""
    return {
        name: "***" if name.endswith(("_PASSWORD", "_URL")) else value for name, value in overrides.items()
    }

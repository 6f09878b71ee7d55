"""What the stack was doing before a run, so that it does the same again afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - msgspec reads it at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.errors import StackError, WaitTimeout
from playground.stack import Loadable
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.stack import Stack

# `scale` and `load_start` return when it is done; this is for a stack that shows it a moment later.
SEEN_SECONDS = 10.0


@dataclass(frozen=True)
class Before:
    """Replicas and variables of the workers an experiment uses, and the load that ran (None: none).

    `processes`: which processes the workers were (name -> pid). Others do the same as well, so they do not
    count when two of these are compared.
    """

    kind: str
    replicas: int
    environment: Mapping[str, str]
    load: Mapping[str, Any] | None
    processes: Mapping[str, int | None] = field(default_factory=dict, compare=False)


def look_at(stack: Stack, kind: str) -> Before:
    """How it is now; changes nothing."""
    workers = stack.workers()
    counts = Counter(worker.kind for worker in workers)
    state = stack.load() if isinstance(stack, Loadable) else None
    load = state.settings if state is not None and state.running else None
    processes = {worker.name: worker.pid for worker in workers if worker.kind == kind}
    return Before(kind, counts[kind], stack.environment(kind), load, processes)


def take_over(stack: Stack) -> None:
    """Stop the load generator: orders of others would blur what is measured."""
    if isinstance(stack, Loadable) and stack.load().running:
        stack.load_stop()


def give_back(stack: Stack, before: Before) -> None:
    """As it was.

    Raises StackError naming what is not as it was, which is looked at and not believed.
    """
    stack.scale(before.kind, before.replicas, before.environment)
    if before.load is not None and isinstance(stack, Loadable):
        stack.load_start(before.load)
    try:
        wait_until(lambda: look_at(stack, before.kind) == before, "the stack as it was", SEEN_SECONDS)
    except WaitTimeout:
        found = list(_differences(before, look_at(stack, before.kind)))
        if found:
            raise StackError(
                f"the stack is not as it was before the run: {'; '.join(found)}",
                next_step="`playground status` shows what runs; `playground scale` and `playground load` "
                "change it",
            ) from None


def _differences(before: Before, now: Before) -> Iterator[str]:
    """In words. Values of variables may be secrets, so their names have to do."""
    if now.replicas != before.replicas:
        yield f"{before.replicas} {before.kind} workers before, {now.replicas} now"
    names = sorted(
        name
        for name in before.environment.keys() | now.environment.keys()
        if before.environment.get(name) != now.environment.get(name)
    )
    if names:
        yield f"{before.kind} workers have another {', '.join(names)}"
    if now.load != before.load:
        yield f"load: {_load_words(before)} before, {_load_words(now)} now"


def _load_words(seen: Before) -> str:
    if seen.load is None:
        return "none"
    return ", ".join(f"{name} {value}" for name, value in seen.load.items())

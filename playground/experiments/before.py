"""What the stack was doing before a run, so that it does the same again afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.stack import Loadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.stack import Stack


@dataclass(frozen=True)
class Before:
    """Replicas and variables of the workers an experiment uses, and the load that ran (None: none)."""

    kind: str
    replicas: int
    environment: Mapping[str, str]
    load: Mapping[str, Any] | None


def look_at(stack: Stack, kind: str) -> Before:
    """How it is now; changes nothing."""
    counts = Counter(worker.kind for worker in stack.workers())
    state = stack.load() if isinstance(stack, Loadable) else None
    load = state.settings if state is not None and state.running else None
    return Before(kind, counts[kind], stack.environment(kind), load)


def take_over(stack: Stack) -> None:
    """Stop the load generator: orders of others would blur what is measured."""
    if isinstance(stack, Loadable) and stack.load().running:
        stack.load_stop()


def give_back(stack: Stack, before: Before) -> None:
    """As it was."""
    stack.scale(before.kind, before.replicas, before.environment)
    if before.load is not None and isinstance(stack, Loadable):
        stack.load_start(before.load)

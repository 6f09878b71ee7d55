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


def take_over(stack: Stack, kind: str) -> Before:
    """Remember, and stop the load generator: orders of others would blur what is measured."""
    counts = Counter(worker.kind for worker in stack.workers())
    load = None
    if isinstance(stack, Loadable) and (state := stack.load()).running:
        load = state.settings
        stack.load_stop()
    return Before(kind, counts[kind], stack.environment(kind), load)


def give_back(stack: Stack, before: Before) -> None:
    """As it was."""
    stack.scale(before.kind, before.replicas, before.environment)
    if before.load is not None and isinstance(stack, Loadable):
        stack.load_start(before.load)

"""Rounds, medians and ratios, and when no ratio may be printed."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.cpu import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Share of the machine that others may take while we measure.
MAX_FOREIGN = 0.10


class Skipped(Exception):
    """This cannot be measured here; the text says why."""


@dataclass(frozen=True)
class Reading:
    """What one run of a variant gave. `cpu_us`: CPU microseconds per operation of the measured process."""

    value: float
    cpu_us: float | None = None
    more: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """A reading in its round."""

    reading: Reading
    foreign: float
    seconds: float


@dataclass(frozen=True)
class Variant:
    """One way of doing it. `measure` starts and stops the watch around the steady state."""

    name: str
    measure: Callable[[Stopwatch], Reading]
    warm_up: Callable[[], None] | None = None


@dataclass(frozen=True)
class Spread:
    """Median, smallest, largest."""

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Of at least one value."""
    numbers = sorted(values)
    return Spread(statistics.median(numbers), numbers[0], numbers[-1])


def run_rounds(
    variants: list[Variant], rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, list[Sample]], dict[str, str]]:
    """A B C, A B C, ...: what one round gives stands under the same sun.

    Returns the samples per variant, and the reason for each variant that cannot be measured here.
    """
    samples: dict[str, list[Sample]] = {variant.name: [] for variant in variants}
    skipped: dict[str, str] = {}
    for number in range(rounds):
        for variant in variants:
            if variant.name in skipped:
                continue
            say(f"round {number + 1}/{rounds}: {variant.name}")
            watch = Stopwatch()
            try:
                if number == 0 and variant.warm_up:
                    variant.warm_up()
                reading = variant.measure(watch)
            except Skipped as reason:
                skipped[variant.name] = str(reason)
                continue
            assert watch.foreign is not None, f"{variant.name} did not use the stopwatch"
            samples[variant.name].append(Sample(reading, watch.foreign, watch.seconds))
    return samples, skipped


def ratios(ours: list[Sample], theirs: list[Sample], *, less_is_better: bool) -> list[float]:
    """How many times better we were, round by round."""
    pairs = [(a.reading.value, b.reading.value) for a, b in zip(ours, theirs, strict=True)]
    return [b / a if less_is_better else a / b for a, b in pairs]


def too_busy(samples: Iterable[Sample], limit: float = MAX_FOREIGN) -> str | None:
    """Why no ratio may be printed, or None."""
    worst = max(sample.foreign for sample in samples)
    return f"too busy: foreign CPU {worst:.0%}" if worst > limit else None

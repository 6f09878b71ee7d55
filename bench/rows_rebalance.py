"""Rebalances: pauses, time to stable, lost members, static members, and whether our times are true.

The runs are those of `playground experiment`, and so are the numbers. Rows share them: each run is made
once in a round, by the first variant that needs it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import operator
import statistics
from typing import TYPE_CHECKING

from bench.experiment_runs import SharedRun, open_playground
from bench.measure import Reading, Variant
from bench.plan import Group, Row
from bench.rebalance_readings import join_median, moved_by_roll, observed, pause, worst_kill
from playground.experiments import crash, protocols
from playground.experiments.experiment import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab

SLOW_MS, CYCLES, KILLS = 2000, 3, 4
# How long it is watched before each change: in it, the same partitions are measured without a change.
WATCH_SECONDS = 1.5
SESSION_SECONDS, MARGIN_SECONDS = 6, 1
# The victim's next life is as slow as the one that was killed, and may be the one that goes on.
BATCH_MS = 50
OBSERVED_MS = 100
COOPERATIVE, QUICK, DEFAULTS, STATIC = "cooperative-sticky", "consumer", "consumer-defaults", "static"


@contextlib.contextmanager
def open_rebalance(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """One playground for all rounds: a run leaves it as it was."""
    say("playground up")
    cycles = lab.scale.count(CYCLES, 1)
    watch_seconds = lab.scale.pick(WATCH_SECONDS, 0.5)
    kills = lab.scale.count(KILLS, 1)
    only_kills = dataclasses.replace(
        crash.EXPERIMENT, steps=lambda _given: [Step("kill -9 a member in mid-batch", crash.kill)] * kills
    )
    with open_playground(lab) as playground:

        def scaled(slow_ms: int, times: int, *names: protocols.Name) -> SharedRun:
            given = protocols.ProtocolsSettings(
                protocols=names, cycles=times, slow_ms=slow_ms, watch_seconds=watch_seconds
            )
            return SharedRun(lambda: playground.run(protocols.EXPERIMENT, given))

        def killed() -> SharedRun:
            given = crash.CrashSettings(session_ms=SESSION_SECONDS * 1000, batch_ms=BATCH_MS)
            return SharedRun(lambda: playground.run(only_kills, given))

        yield make_variants(
            slow=scaled(SLOW_MS, cycles, COOPERATIVE, QUICK),
            fast=scaled(0, cycles, QUICK, DEFAULTS),
            static=scaled(0, 1, STATIC),
            killed=killed(),
        )


def make_variants(slow: SharedRun, fast: SharedRun, static: SharedRun, killed: SharedRun) -> list[Variant]:
    """`slow`: scaled with one slow member; `fast`: without; `static`: members rolled; `killed`: kill -9."""

    def variant(name: str, read: Callable[..., Reading], *shared: SharedRun) -> Variant:
        def measure(watch: Stopwatch) -> Reading:
            runs = [each.read(name) for each in shared]
            watch.stand_for(*(run.watch for run in runs))
            return read(*runs)

        return Variant(name, measure)

    moved, kept, steady = (operator.attrgetter(f"{name}_ms") for name in ("moved", "kept", "steady"))
    return [
        variant("moved, KIP-848", pause(QUICK, moved), slow),
        variant("moved, cooperative-sticky", pause(COOPERATIVE, moved), slow),
        variant("kept", pause(QUICK, kept, statistics.median), slow),
        variant("kept, no change", pause(QUICK, steady, statistics.median), slow),
        variant("kept, longest", pause(QUICK, kept), slow),
        variant("kept, no change, longest", pause(QUICK, steady), slow),
        variant("join, KIP-848", join_median(QUICK), fast),
        variant("join, Kafka's defaults", join_median(DEFAULTS), fast),
        variant("kill -9", worst_kill, killed),
        variant("static roll", moved_by_roll(STATIC), static),
        # A slow member takes what it owns when its batch is done; the broker knows nothing of batches.
        variant("observer, worst", observed(max), fast, static),
        variant("observer, median", observed(statistics.median), fast, static),
    ]


def _kept(key: str, which: str, ours: str, theirs: str) -> Row:
    what = f"{which} pause of partitions that keep their owner in a change, KIP-848 tuned"
    return Row(key, what, "the same partitions without a change", ours, theirs, 1 / 1.2)


def _observed(key: str, which: str, ours: str) -> Row:
    what = f"end of a rebalance as we report it, {which} difference, no slow member"
    against = "an observer that polls the broker at 20 Hz"
    return Row(key, what, against, ours, None, OBSERVED_MS, every_round=True)


REBALANCE = Group(
    "rebalance",
    "ms",
    (
        Row("rebalance-moved", "longest pause of moved partitions, one member slow, KIP-848 tuned",
            "cooperative-sticky, same run", "moved, KIP-848", "moved, cooperative-sticky", 1 / 0.3),
        _kept("rebalance-kept", "median", "kept", "kept, no change"),
        _kept("rebalance-kept-longest", "longest", "kept, longest", "kept, no change, longest"),
        Row("rebalance-join", "join to stable, KIP-848 tuned (heartbeat 500 ms)",
            "KIP-848 with Kafka's defaults", "join, KIP-848", "join, Kafka's defaults", 1 / 0.2, unit="s"),
        Row("rebalance-kill", f"kill -9 to its partitions processed again, worst of {KILLS}",
            f"session timeout ({SESSION_SECONDS} s) + {MARGIN_SECONDS} s, in every round",
            "kill -9", None, SESSION_SECONDS + MARGIN_SECONDS, unit="s", every_round=True),
        Row("rebalance-static", "rolling restart of static members", "no partition moves, in every round",
            "static roll", None, 0, unit="moves", every_round=True),
        _observed("rebalance-observer", "worst", "observer, worst"),
        _observed("rebalance-observer-median", "median", "observer, median"),
    ),
    open_rebalance,
    less_is_better=True,
    broker=False,
)  # fmt: skip

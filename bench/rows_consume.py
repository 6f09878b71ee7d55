"""The order processor into SQLite: against no database at all, a first try, and other clients."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.drain import drain
from bench.measure import Reading, Variant
from bench.orders import fill
from bench.plan import Group, Row
from bench.processes import python
from bench.quix_environment import quix_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab
    from bench.processes import Process

# Below a million records, what was fetched ahead makes a client look up to three times too fast.
RECORDS, SPARE = 1_200_000, 100_000
SECONDS = 15


@contextlib.contextmanager
def open_consume(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """A full topic, and everybody who shall empty it."""
    records = lab.scale.count(RECORDS, 100_000)
    fill(lab.settings, records + SPARE, say)

    def worker(watch: Stopwatch) -> Reading:
        settings = lab.make_settings(DATABASE_URL=f"sqlite:///{lab.new_folder()}/orders.db")
        return emptied(lab.start("processor", python("-m", "workers", "processor"), settings), watch)

    def baseline(module: str, *arguments: str) -> Callable[[Stopwatch], Reading]:
        def measure(watch: Stopwatch) -> Reading:
            program = quix_python() if module == "with_quixstreams" else python()[0]
            # The baselines make their group's name of it: members of an earlier run were killed, and their
            # group would wait for them.
            target = f"{lab.new_folder()}/orders.db"
            command = [program, "-m", f"bench.baselines.{module}", target, *arguments]
            return emptied(lab.start(module, command), watch)

        return measure

    def emptied(process: Process, watch: Stopwatch) -> Reading:
        try:
            return drain(process, watch, records, lab.scale.pick(SECONDS, 4))
        finally:
            process.stop()

    yield [
        Variant("processor, SQLite", worker),
        Variant("consume + decode", baseline("consume_only")),
        Variant("aiokafka", baseline("with_aiokafka")),
        Variant("quixstreams", baseline("with_quixstreams")),
        Variant("kafka-python", baseline("with_kafka_python")),
        Variant("row + commit", baseline("row_commit")),
        Variant("row + commit, WAL", baseline("row_commit", "wal")),
    ]


def _row(key: str, against: str, theirs: str, reach: float) -> Row:
    what = "order processor, exactly once into SQLite"
    return Row(f"sqlite-{key}", what, against, "processor, SQLite", theirs, reach)


CONSUME = Group(
    "sqlite",
    "orders/s",
    (
        _row("consume", "`consume(1000)` + decode, no database", "consume + decode", 0.45),
        _row("row-commit", "row + synchronous commit per message, sqlite3's defaults", "row + commit", 1000),
        Row(
            "sqlite-row-commit-wal",
            "order processor, exactly once into SQLite",
            "the same with WAL and synchronous=NORMAL",
            "processor, SQLite",
            "row + commit, WAL",
            None,
        ),
        _row("quixstreams", "quixstreams, the same rows the same way", "quixstreams", 3),
        _row("aiokafka", "aiokafka, the same rows the same way", "aiokafka", 1),
        _row("kafka-python", "kafka-python, the same rows the same way", "kafka-python", 5),
    ),
    open_consume,
)

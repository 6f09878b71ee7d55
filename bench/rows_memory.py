"""Resident memory: the API after load, a worker before a backlog, the whole local stack."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cpu import Stopwatch, tree
from bench.drain import drain
from bench.http_load import BODIES, HttpLoad
from bench.measure import Reading, Variant
from bench.orders import fill, record_value, request_body
from bench.plan import Group, Row
from bench.processes import memory_mb, python
from bench.servers import NOT_YET, start_api, wait_until_it_takes_orders
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.lab import Lab

BACKLOG = 1_000_000_000


@contextlib.contextmanager
def open_memory(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """A backlog first, because it takes longest."""
    size = lab.scale.count(BACKLOG, 20_000_000)
    written = fill(lab.settings, size // len(record_value(0)), say)
    assert written >= size * 0.99, f"only {written:,} bytes are waiting"
    load = HttpLoad(lab, [request_body(number) for number in range(BODIES)])
    lines = HttpLoad(lab, [b"\n".join(map(request_body, range(1000)))], "application/x-ndjson")

    def api(watch: Stopwatch) -> Reading:
        process, url = start_api(lab)
        watch.start()
        load.run(f"{url}/produce", 64, lab.scale.pick(8, 2))
        lines.run(f"{url}/produce", 4, lab.scale.pick(8, 2))
        watch.stop()
        found = memory_mb(process.pid)
        peak = memory_mb(process.pid, "VmHWM")
        process.stop()
        return Reading(found, None, {"peak": peak})

    def worker(watch: Stopwatch) -> Reading:
        settings = lab.make_settings(DATABASE_URL=f"sqlite:///{lab.new_folder()}/orders.db")
        process = lab.start("processor", python("-m", "workers", "processor"), settings)
        found = drain(process, watch, size, lab.scale.pick(10, 2))  # the backlog waits on
        now, peak = memory_mb(process.pid), memory_mb(process.pid, "VmHWM")
        process.stop()
        return Reading(peak, None, {"now": now, "backlog_bytes": written, **found.more})

    yield [Variant("API", api), Variant("worker", worker)]


@contextlib.contextmanager
def open_stack(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """`playground up`, with some orders through all of it."""
    load = HttpLoad(lab, [request_body(number) for number in range(BODIES)])

    def stack(watch: Stopwatch) -> Reading:
        say("playground up")
        settings = lab.make_settings(DATA_DIR=str(lab.new_folder()))
        process = lab.start("stack", python("-m", "playground.cli", "up"), settings)
        url = f"{settings.api.url}/produce"
        wait_until(lambda: _is_up(settings.data_dir), "the stack to start", 120, ignore=NOT_YET)
        wait_until_it_takes_orders(process, url)
        watch.start()
        load.run(url, 16, lab.scale.pick(10, 3))
        watch.stop()
        pids = list(tree(process.pid))
        own, shared_out = sum(map(memory_mb, pids)), sum(map(_proportional_mb, pids))
        process.stop(30)
        return Reading(own, None, {"processes": len(pids), "proportional": shared_out})

    yield [Variant("stack", stack)]


def _is_up(data_dir: Path) -> bool:
    """All workers have written that they started."""
    logs = data_dir / "logs"
    names = ("processor-1", "processor-2", "analytics-1", "exporter-1")
    return all(b"startup_complete" in (logs / f"{name}.log").read_bytes() for name in names)


def _proportional_mb(pid: int) -> float:
    """Memory with shared pages divided by those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


MEMORY = Group(
    "memory",
    "MB",
    (
        Row("memory-api", "API, resident after load", "", "API", None, 150),
        Row("memory-worker", "worker, peak resident before a backlog of 1 GB", "",
            "worker", None, 100),
    ),
    open_memory,
    less_is_better=True,
    most_rounds=2,
    noise_is_harmless=True,
)  # fmt: skip
STACK = Group(
    "stack",
    "MB",
    (
        Row("memory-stack", "whole local stack, resident after load (sum of all processes)", "",
            "stack", None, 1074),
    ),
    open_stack,
    less_is_better=True,
    most_rounds=2,
    broker=False,
    noise_is_harmless=True,
)  # fmt: skip

"""How fast a process takes orders: from its `records_handled` events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measure import Reading

if TYPE_CHECKING:
    from bench.cpu import Stopwatch
    from bench.processes import Process

FIRST_SECONDS = 60


def drain(process: Process, watch: Stopwatch, records: int, seconds: float) -> Reading:
    """Orders per second from the first event on, until `records` or `seconds` are over.

    What the first event tells is not counted: it was fetched while the process was starting.
    """
    handled, events, cpu = -1, 0, 0.0
    for event in process.events(FIRST_SECONDS + seconds):
        if event["event"] != "records_handled":
            continue
        if handled < 0:
            handled, cpu = 0, process.cpu_seconds()
            watch.start()
            continue
        events += 1
        handled += sum(part["count"] + part.get("duplicates", 0) for part in event["partitions"])
        if handled >= records or watch.elapsed() >= seconds:
            break
    assert handled > 0, f"{process.name} handled nothing: {process.tail()}"
    used = process.cpu_seconds() - cpu
    elapsed = watch.stop()
    return Reading(
        handled / elapsed, used / handled * 1e6, {"orders": handled, "orders_per_event": handled / events}
    )

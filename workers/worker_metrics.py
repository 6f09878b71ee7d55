"""What a worker counts about itself, and /metrics of it.

Counted from the events that it writes anyway, so that numbers and events cannot tell different stories.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from playground import metrics
from playground.events import EventLog, EventName
from playground.histogram import Histogram
from playground.metrics import render_histogram, render_metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.health import Health

# Upper bounds in seconds: from a batch of one order to one that is held up by a database that is away.
BATCH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
OUTCOMES = {"processed": "count", "duplicate": "duplicates", "dead_lettered": "dead_lettered"}
REBALANCES = {
    EventName.PARTITIONS_ASSIGNED: "assigned",
    EventName.PARTITIONS_REVOKED: "revoked",
    EventName.PARTITIONS_LOST: "lost",
}


class CountedEvents(EventLog):
    """An event log that counts what it writes."""

    def __init__(self, worker: str, group_id: str, publish: Callable[[str, bytes], None]) -> None:
        super().__init__(worker, group_id, publish)
        self._member = (worker, group_id)
        self._partitions = 0
        self._records = Counter(dict.fromkeys(OUTCOMES, 0))
        self._rebalances = Counter(dict.fromkeys(REBALANCES.values(), 0))
        self._writes_refused = 0
        self._batch_seconds = Histogram(BATCH_BUCKETS)

    def write(self, event: EventName, **fields: Any) -> None:
        """Count one event, and write it."""
        if event is EventName.RECORDS_HANDLED:
            for part in fields["partitions"]:
                for outcome, field in OUTCOMES.items():
                    self._records[outcome] += part[field]
        elif event in REBALANCES:
            self._rebalances[REBALANCES[event]] += 1
            self._partitions = len(fields["owned"])
        elif event is EventName.WRITE_REFUSED:
            self._writes_refused += 1
        super().write(event, **fields)

    def batch_took(self, seconds: float) -> None:
        """A batch was handled, or given up for now."""
        self._batch_seconds.observe(seconds)

    def render(self, health: Health) -> bytes:
        """All series, as of now."""
        member = self._member
        last_poll = time.time() - (time.monotonic() - health.beat_at)
        batches = (member, list(self._batch_seconds.counts), self._batch_seconds.total)
        parts = [
            render_metric(metrics.WORKER_PARTITIONS, [(member, self._partitions)]),
            render_metric(
                metrics.WORKER_RECORDS, [((*member, name), count) for name, count in self._records.items()]
            ),
            render_metric(
                metrics.WORKER_REBALANCES,
                [((*member, name), count) for name, count in self._rebalances.items()],
            ),
            render_metric(metrics.WORKER_WRITES_REFUSED, [(member, self._writes_refused)]),
            render_metric(metrics.WORKER_LAST_POLL, [(member, round(last_poll, 3))]),
            render_histogram(metrics.WORKER_BATCH_SECONDS, BATCH_BUCKETS, [batches]),
        ]
        return "".join(parts).encode()


def render_load(worker: str, accepted: int, rejected: int) -> bytes:
    """What the load generator counts, as /metrics has it."""
    outcomes = [((worker, "accepted"), accepted), ((worker, "rejected"), rejected)]
    return render_metric(metrics.LOAD_ORDERS, outcomes).encode()

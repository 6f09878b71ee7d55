"""What one API process counts about itself; /metrics renders it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from playground.histogram import Histogram

# Upper bounds in seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass
class Meters:
    """Counters of one process; only the event loop's thread writes them."""

    orders_produced: int = 0
    requests_in_flight: int = 0
    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # method, route, status
    seconds: dict[str, Histogram] = field(default_factory=dict)  # route

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests[method, route, status] += 1
        histogram = self.seconds.get(route)
        if histogram is None:
            histogram = self.seconds[route] = Histogram(BUCKETS)
        histogram.observe(seconds)

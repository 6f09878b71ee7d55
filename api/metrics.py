"""GET /metrics: what this API process counts about itself. Lag is the exporter's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from api.meters import BUCKETS
from playground import metrics
from playground.metrics import render_histogram, render_metric

if TYPE_CHECKING:
    from api.meters import Meters


def render_meters(meters: Meters, in_flight: int, listeners: int) -> bytes:
    """The text; `process` tells several API processes apart, of which a scrape meets one."""
    process = str(os.getpid())
    requests = [((process, *key), count) for key, count in sorted(meters.requests.items())]
    seconds = [((process, route), each.counts, each.total) for route, each in sorted(meters.seconds.items())]
    parts = [
        render_metric(metrics.ORDERS_PRODUCED, [((process,), meters.orders_produced)]),
        render_metric(metrics.ORDERS_IN_FLIGHT, [((process,), in_flight)]),
        render_metric(metrics.HTTP_REQUESTS, requests),
        render_metric(metrics.HTTP_IN_FLIGHT, [((process,), meters.requests_in_flight)]),
        render_histogram(metrics.HTTP_SECONDS, BUCKETS, seconds),
        render_metric(metrics.EVENT_LISTENERS, [((process,), listeners)]),
    ]
    return "".join(parts).encode()

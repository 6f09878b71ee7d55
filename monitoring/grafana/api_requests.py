"""What the API is asked, how it answers, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overview import ASKED, ERRORS
from parts import HERE, board, lines, number, per_second, quantile, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders.dashboard import Dashboard
    from grafana_foundation_sdk.builders.stat import Panel as Number
    from grafana_foundation_sdk.builders.timeseries import Panel as Lines

SECONDS = "playground_http_request_seconds"
ORDERS = f'{HERE}, route="/produce"'

# Streams last as long as somebody listens.
ENDING = f'{HERE}, route!~"/events|/healthz|/metrics"'


def api() -> Dashboard:
    """The dashboard of the API."""
    made = board("playground-api", "Playground: API", "What the API is asked, how it answers, and how fast.")
    for panel in (*_numbers(), *_lines()):
        made.with_panel(panel)
    return made


def _numbers() -> Iterator[Number]:
    yield number(
        "Requests per second",
        "All of its pods, probes and scrapes left out.",
        per_second("playground_http_requests_total", ASKED, window="1m"),
        "reqps",
    )
    yield number(
        "Errors",
        "Share of answers with a 5xx status in the last two minutes.",
        ERRORS,
        "percentunit",
        bad_from=0.05,
    )
    yield number(
        "19 of 20 orders take at most",
        "From the request to the answer, which waits for Kafka's; in the last two minutes.",
        quantile(0.95, SECONDS, ORDERS, window="2m"),
        "s",
        bad_from=1,
    )
    yield number("Pods", "Pods of the API that answer.", f'sum(up{{{HERE}, job="playground-api"}})', "short")


def _lines() -> Iterator[Lines]:
    yield lines(
        "Requests by route",
        "Routes that are not answered on the event loop count as `other`.",
        [(per_second("playground_http_requests_total", HERE, "route"), "{{route}}")],
        "reqps",
    )
    yield lines(
        "Answers by status",
        "4xx are the client's to mend, 5xx ours.",
        [(per_second("playground_http_requests_total", ASKED, "status"), "{{status}}")],
        "reqps",
    )
    shares = ((0.5, "half"), (0.95, "19 of 20"), (0.99, "99 of 100"))
    yield lines(
        "Time to answer POST /produce",
        "Half, 19 of 20, and 99 of 100 requests took no longer.",
        [(quantile(share, SECONDS, ORDERS), name) for share, name in shares],
        "s",
    )
    yield lines(
        "Time to answer, by route",
        "19 of 20 requests took no longer.",
        [(quantile(0.95, SECONDS, ENDING, "route"), "{{route}}")],
        "s",
    )
    yield lines(
        "At work",
        "Requests that are being answered, and orders that Kafka has not acknowledged yet.",
        [
            (f"sum(playground_http_requests_in_flight{{{HERE}}})", "requests"),
            (f"sum(playground_orders_in_flight{{{HERE}}})", "orders"),
        ],
        "short",
    )
    yield lines(
        "Orders acknowledged",
        "Orders per second that Kafka acknowledged; a request can carry many.",
        [(per_second("playground_orders_produced_total", HERE), "orders")],
        "ops",
    )
    yield steps(
        "Listeners",
        "Open streams of GET /events, each a dashboard or an experiment that follows.",
        [(f"sum(playground_event_listeners{{{HERE}}})", "listeners")],
        "short",
        wide=True,
    )

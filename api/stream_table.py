"""GET /stream-table: a window into ksqlDB, once it is configured."""

from __future__ import annotations

from typing import NoReturn

from api.problems import Refused
from api.routing import Call, Route


def stream_table(_call: Call) -> NoReturn:
    """Not there yet."""
    raise Refused(
        501,
        "ksqlDB is not configured",
        "this playground runs without ksqlDB",
        next_step="GET /stats has the analytics worker's counts of the same orders",
    )


ROUTES = (Route("GET", "/stream-table", "A table that ksqlDB keeps", view=stream_table, problems=(501,)),)

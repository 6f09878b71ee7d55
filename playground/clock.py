"""Time as the playground writes it: milliseconds since 1970 inside, ISO 8601 UTC outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Wall-clock time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(milliseconds: int) -> str:
    """`1795410760833` as `2026-11-23T05:12:40.833Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_iso(moment: str) -> int:
    """The way back. Raises ValueError for anything else, a time without its zone included."""
    found = datetime.fromisoformat(moment)
    if found.tzinfo is None:
        raise ValueError(f"{moment!r} does not say its time zone")
    return round(found.timestamp() * 1000)

"""How quickly a group notices and settles changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Of a group of the `consumer` protocol, in milliseconds: as PUT /groups/{group_id}/config takes it."""

    heartbeat_interval_ms: int
    session_timeout_ms: int
    assignment_interval_ms: int


# The least a broker allows, and what it does when nobody tells it anything.
QUICK = Timing(heartbeat_interval_ms=500, session_timeout_ms=6000, assignment_interval_ms=0)
DEFAULTS = Timing(heartbeat_interval_ms=5000, session_timeout_ms=45_000, assignment_interval_ms=1000)

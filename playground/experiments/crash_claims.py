"""What `crash` claims, and the answer to its question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments import takeovers
from playground.experiments.takeovers import read_takeover

if TYPE_CHECKING:
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

GROUP = "members"
# How much longer than the session we look for somebody who takes over.
PATIENCE_SECONDS = 30.0
# Partitions that wait no longer than this had a new owner at once; than that, one that had to start first.
AT_ONCE_SECONDS = 0.5
STARTED_SECONDS = 3.0


def answer(timeline: Timeline) -> str | None:
    """What noticed the death, by how long its orders waited, as a letter.

    A session counts from the last heartbeat, so it may end that much sooner after the kill. When that could
    be as soon as a new process, nobody can tell the two apart.
    """
    found = read_takeover(timeline, group_of(timeline), "kill")
    if found is None or not found.partitions:
        return None
    seconds = found.seconds(found.handled)
    session = timeline.settings["session_ms"] / 1000
    if seconds is None:
        return "D" if (found.until - found.at) / 1000 > session + PATIENCE_SECONDS / 2 else None
    if seconds < AT_ONCE_SECONDS:
        return "A"
    if seconds > session + timeline.settings["margin_ms"] / 1000:
        return None
    sooner = max(0.25 * session, timeline.settings["heartbeat_ms"] / 1000)
    if seconds > max(session - sooner, STARTED_SECONDS):
        return "B"
    return "C" if seconds <= STARTED_SECONDS < session - sooner else None


def group_of(timeline: Timeline) -> str:
    """The id of the run's group."""
    return str(timeline.head["run_id"]) + "-" + GROUP


def lost_in_time(timeline: Timeline, fault: str) -> Finding:
    """Orders of a lost member wait for its session, and little longer."""
    bound = timeline.settings["session_ms"] + timeline.settings["margin_ms"]
    return takeovers.handled_within(timeline, group_of(timeline), fault, bound)


def leave_is_faster(timeline: Timeline) -> Finding:
    """Who says goodbye is not waited for."""
    # A member that says nothing costs a session, less the time since its last heartbeat.
    bound = timeline.settings["session_ms"] // 2
    return takeovers.handled_within(timeline, group_of(timeline), "leave", bound)

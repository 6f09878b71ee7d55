"""Lag as a run has seen it, once per second."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.timeline import Timeline


def total_lag(timeline: Timeline, group_id: str) -> list[tuple[Moment, int]]:
    """When and how much, in the order of time, from the first commit to every partition on.

    Before it a group that begins at the end of the log seems to have all of the log still to read.
    """
    return [
        (seen.at, group["total"])
        for seen in timeline.of("offsets")
        if (group := seen["groups"].get(group_id)) is not None and None not in group["committed"].values()
    ]


def peak_lag(timeline: Timeline, group_id: str) -> int | None:
    """The most that was seen; None when nothing was."""
    return max((lag for _at, lag in total_lag(timeline, group_id)), default=None)

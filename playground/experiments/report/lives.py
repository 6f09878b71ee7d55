"""From when to when each member of a group was there, and when it was frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.ownership import LIFE_ENDS

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.timeline import Timeline

BEGINNINGS = frozenset({"startup_complete", "partitions_assigned"})


@dataclass(frozen=True, slots=True)
class Life:
    """A worker from its start to its end; `ended` None: it was there until the end of what is known.

    `why` it ended: left, killed, failed, restarted.
    """

    worker: str
    began: Moment
    ended: Moment | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasted, with its name."""

    name: str
    began: Moment
    ended: Moment


def read_lives(timeline: Timeline, group_id: str, until: Moment) -> tuple[list[Life], list[Stretch]]:
    """All lives of a group's workers, and the stretches in which one of them was frozen."""
    watch = _Watch()
    for seen in timeline.of("worker", "action"):
        if seen.kind == "action" and seen.get("group_id") in {None, group_id}:
            watch.acted(str(seen["action"]), str(seen.get("target")), seen.at)
        elif seen.kind == "worker" and seen.get("group_id") == group_id:
            watch.heard(str(seen["event"]), str(seen["worker"]), seen.at)
    return watch.lives(), watch.stretches(until)


class _Watch:
    """Who is alive now, who is frozen, and what is over."""

    def __init__(self) -> None:
        self._alive: dict[str, Moment] = {}
        self._frozen: dict[str, Moment] = {}
        self._lives: list[Life] = []
        self._stretches: list[Stretch] = []

    def lives(self) -> list[Life]:
        still = [Life(worker, began) for worker, began in self._alive.items()]
        return sorted(self._lives + still, key=lambda each: each.began)

    def stretches(self, until: Moment) -> list[Stretch]:
        return self._stretches + [Stretch(worker, began, until) for worker, began in self._frozen.items()]

    def heard(self, event: str, worker: str, at: Moment) -> None:
        if event in LIFE_ENDS:
            self._end(worker, at, LIFE_ENDS[event])
        if event in BEGINNINGS:
            self._alive.setdefault(worker, at)

    def acted(self, action: str, worker: str, at: Moment) -> None:
        if action == "kill":
            self._end(worker, at, "killed")
        elif action == "pause" and worker in self._alive:
            self._frozen[worker] = at
        elif action == "resume":
            self._thaw(worker, at)

    def _end(self, worker: str, at: Moment, why: str) -> None:
        self._thaw(worker, at)
        if worker in self._alive:
            self._lives.append(Life(worker, self._alive.pop(worker), at, why))

    def _thaw(self, worker: str, at: Moment) -> None:
        if worker in self._frozen:
            self._stretches.append(Stretch(worker, self._frozen.pop(worker), at))

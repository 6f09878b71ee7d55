"""What a run may look at and wait for; it changes nothing. `Lab` adds what it may do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from playground.api_client import ApiRefused
from playground.errors import StackError
from playground.experiments.agreement import agreed_owners
from playground.experiments.ownership import read_handled
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.api_client import Api
    from playground.experiments.observer import Observer
    from playground.experiments.timeline import Recorder
    from playground.stack import Stack

KIND = "processor"
STABLE_SECONDS = 60.0
DRAINED_SECONDS = 60.0
BATCH_SECONDS = 30.0
# How often the broker is asked while we wait for it.
ASK_SECONDS = 0.2
# The API, or the broker behind it, is away for a moment: to whoever waits that means "not yet".
AWAY = (ApiRefused, StackError)


@dataclass(frozen=True)
class Group:
    """A consumer group of the run: its id, and the variables of its workers."""

    group_id: str
    settings: Mapping[str, str]


class Lookout:
    """One run's eyes: waits for what shall be seen, and writes down what is asked for."""

    def __init__(self, *, stack: Stack, api: Api, recorder: Recorder, observer: Observer) -> None:
        self.stack = stack
        self.api = api
        self.timeline = recorder
        self.group: Group | None = None
        self._observer = observer

    @property
    def partitions(self) -> int:
        """Of the topic orders."""
        return len(self.timeline.partitions)

    def mark(self, name: str, **fields: Any) -> None:
        """Give this moment a name, for the checks."""
        self.timeline.add("mark", name=name, **fields)

    def note_workers(self, when: str) -> None:
        """Write down which processes the workers are: one that was restarted is another one."""
        workers = {
            worker.name: {"pid": worker.pid, "restarts": worker.restarts}
            for worker in self.stack.workers()
            if worker.kind == KIND
        }
        self.mark("workers", when=when, workers=workers)

    def watch(self, seconds: float, name: str) -> None:
        """Do nothing for a while but look; the stretch is marked `name` at both ends."""
        self.mark(f"{name}_began")
        deadline = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= deadline, name, seconds + 1)
        self.mark(f"{name}_ended")

    def wait_batch_of(self, worker: str) -> None:
        """Wait until a worker has just written a batch: it has the next one in hand. Raises WaitTimeout."""
        began = self.timeline.span[1]

        def just_wrote() -> bool:
            new = takewhile(lambda each: each.at > began, self.timeline.newest_first("handled"))
            return any(each["worker"] == worker for each in new)

        self.timeline.wait_for(just_wrote, f"{worker} to handle orders", BATCH_SECONDS)

    def wait_ready(self, seconds: float) -> None:
        """The API says that orders can be taken and seen. Raises WaitTimeout."""
        wait_until(
            lambda: bool(self.api.get("/readyz")),
            "the API to be ready",
            seconds,
            every=ASK_SECONDS,
            ignore=AWAY,
        )

    def wait_stable(self, members: int, seconds: float = STABLE_SECONDS) -> None:
        """Two steps: the broker calls the group stable, then the members' own events say the same.

        Writes `stable` down. Raises WaitTimeout.
        """
        group_id = self._the_group().group_id
        found: dict[str, Any] = wait_until(
            lambda: self._agreed(group_id, members) or {},
            f"group {group_id} to be stable with {members} members",
            seconds,
            every=ASK_SECONDS,
            ignore=AWAY,
        )
        self.timeline.add("stable", group_id=group_id, **found)

    def wait_drained(
        self, seconds: float = DRAINED_SECONDS, *, group_id: str | None = None, lag: int = 0
    ) -> None:
        """A group (None: the one at hand) has committed all but `lag` records. Raises WaitTimeout."""
        group_id = group_id or self._the_group().group_id

        def drained() -> bool:
            document = self.api.get("/offsets", group=group_id)
            return bool(document["groups"]) and document["groups"][0]["total_lag"] <= lag

        what = f"group {group_id} to read everything"
        wait_until(drained, what, seconds, every=ASK_SECONDS, ignore=AWAY)

    def audit(self, name: str, group_id: str | None = None) -> None:
        """Write down the balance of a group (None: the one at hand)."""
        group_id = group_id or self._the_group().group_id
        document = self.api.get("/audit")
        found = next((group for group in document["groups"] if group["group_id"] == group_id), None)
        self.timeline.add(
            "audit", name=name, group_id=group_id, partitions=found["partitions"] if found else []
        )

    def effects(self, name: str) -> None:
        """Write down how often orders took effect in the group at hand, if it is not exactly-once."""
        group_id = self._the_group().group_id
        document = self.api.get(f"/groups/{group_id}/effects")
        self.timeline.add("effects", name=name, group_id=group_id, partitions=document["partitions"])

    def wait_handled(self, seconds: float = DRAINED_SECONDS) -> None:
        """The last order that was acknowledged of each partition has been handled. Raises WaitTimeout."""
        group_id = self._the_group().group_id

        def handled() -> bool:
            ends: dict[int, int] = {}
            for seen in self.timeline.of("accepted"):
                for part, (_first, last, _count) in seen["partitions"].items():
                    ends[int(part)] = max(last, ends.get(int(part), 0))
            done = read_handled(self.timeline, group_id)
            return all(done.get(part) and done[part][-1].last >= end for part, end in ends.items())

        self.timeline.wait_for(handled, f"group {group_id} to handle every order", seconds)

    def follow(self, group_id: str) -> None:
        """Write down what is seen of this group as well, though the run does nothing to it."""
        self._observer.groups.add(group_id)

    def take_offsets(self, name: str) -> None:
        """Write down where the groups of the run stand at this moment, under this name."""
        self._observer.saw_offsets(self.api.get("/offsets"), name=name)

    def _agreed(self, group_id: str, members: int) -> dict[str, Any] | None:
        """The owners, when broker and members agree on them."""
        document = self.api.get("/groups")
        group = next((each for each in document["groups"] if each["group_id"] == group_id), None)
        if group is None:
            return None
        self._observer.saw_group(group)
        return agreed_owners(self.timeline, group, members)

    def _the_group(self) -> Group:
        assert self.group is not None, "an experiment joins a group before it does anything else"  # noqa: S101
        return self.group

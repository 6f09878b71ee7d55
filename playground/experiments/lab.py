"""What the steps of an experiment may do: act on the stack, send orders, wait for what they want to see.

Everything that is done here is written into the timeline, with the time it took.
"""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from playground.api_client import ApiRefused
from playground.experiments.agreement import agreed_owners
from playground.experiments.customer import Customer
from playground.experiments.ownership import read_handled
from playground.stack import Restartable, Rollable
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playground.api_client import Api
    from playground.experiments.observer import Observer
    from playground.experiments.timeline import Recorder
    from playground.experiments.timing import Timing
    from playground.stack import Stack, WorkerInstance

KIND = "processor"
STABLE_SECONDS = 60.0
DRAINED_SECONDS = 60.0
LEFT_SECONDS = 60.0
HAS_MEMBERS = 409
# How often the broker is asked while we wait for it.
ASK_SECONDS = 0.2
PREFIX = "PLAYGROUND_"


@dataclass(frozen=True)
class Group:
    """A consumer group of the run: its id, and the settings of its workers (names without the prefix)."""

    group_id: str
    settings: Mapping[str, str]


class Lab:
    """One run's hands. `settings` are the experiment's; `run_id` makes names of groups unique."""

    def __init__(
        self, settings: Any, run_id: str, *, stack: Stack, api: Api, recorder: Recorder, observer: Observer
    ) -> None:
        self.settings = settings
        self.run_id = run_id
        self.stack = stack
        self.api = api
        self.timeline = recorder
        self.customer = Customer(api, recorder)
        self.group: Group | None = None
        self._observer = observer
        self._groups: list[str] = []

    @property
    def partitions(self) -> int:
        """Of the topic orders."""
        return len(self.timeline.partitions)

    def mark(self, name: str, **fields: Any) -> None:
        """Give this moment a name, for the checks."""
        self.timeline.add("mark", name=name, **fields)

    def join(self, name: str, members: int, **settings: object) -> None:
        """Have `members` workers in a new group (its id: the run's, with `name`), reading from now on.

        `settings` are settings of workers without the prefix, in lower case: `consumer_assignor="range"`.
        The workers of before leave their group. Raises what `scale` raises.
        """
        group_id = f"{self.run_id}-{name}"
        given = {"consumer_auto_offset_reset": "latest", **settings, "consumer_group_id": group_id}
        environment = {
            f"{PREFIX}{key.upper()}": str(value) for key, value in given.items() if value is not None
        }
        self.leave()
        self._groups.append(group_id)
        self._observer.groups.add(group_id)
        self.group = Group(group_id, environment)
        self.scale(members)

    def leave(self) -> None:
        """No worker is left of the group at hand, nor of the one that was there before the run."""
        with self._acting("scale", group_id=self.group and self.group.group_id, workers=KIND, replicas=0):
            self.stack.scale(KIND, 0)

    def scale(self, members: int, *, stable: bool = True) -> None:
        """Have this many workers in the group at hand; returns when broker and members agree on owners."""
        group = self._the_group()
        with self._acting("scale", group_id=group.group_id, workers=KIND, replicas=members):
            self.stack.scale(KIND, members, group.settings)
        if stable:
            self.wait_stable(members)

    def roll(self) -> None:
        """Restart the members one by one (needs Rollable); returns when the group is stable again."""
        group = self._the_group()
        members = sum(worker.kind == KIND for worker in self.stack.workers())
        assert isinstance(self.stack, Rollable)  # noqa: S101 - an experiment names the abilities it needs
        with self._acting("roll", group_id=group.group_id, workers=KIND, replicas=members):
            self.stack.roll(KIND)
        self.wait_stable(members)

    def tune(self, name: str, timing: Timing) -> None:
        """Set the timing of a group to be, which is the broker's to set under KIP-848."""
        group_id = f"{self.run_id}-{name}"
        path = f"/groups/{group_id}/config"
        known = self.api.get(path)
        wanted = {key: value for key, value in asdict(timing).items() if known[key] is not None}
        with self._acting("tune", group_id=group_id, **wanted):
            self.api.send("PUT", path, msgspec.json.encode(wanted))

    def kill(self, worker: str) -> WorkerInstance:
        """SIGKILL one worker by name; the stack starts it again."""
        return self._ability("kill", worker)

    def pause(self, worker: str) -> WorkerInstance:
        """Freeze one."""
        return self._ability("pause", worker)

    def resume(self, worker: str) -> WorkerInstance:
        """Let it go on."""
        return self._ability("resume", worker)

    def restart_broker(self, down_seconds: float) -> None:
        """Take the broker away for a while (needs Restartable); returns when it is away."""
        assert isinstance(self.stack, Restartable)  # noqa: S101 - an experiment names the abilities it needs
        with self._acting("restart_broker", down_seconds=down_seconds):
            self.stack.restart_broker(down_seconds)

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

    def wait_ready(self, seconds: float) -> None:
        """The API says that orders can be taken and seen. Raises WaitTimeout."""
        wait_until(
            lambda: bool(self.api.get("/readyz")),
            "the API to be ready",
            seconds,
            every=ASK_SECONDS,
            ignore=(ApiRefused,),
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

        wait_until(drained, f"group {group_id} to read everything", seconds, every=ASK_SECONDS)

    def audit(self, name: str, group_id: str | None = None) -> None:
        """Write down the balance of a group (None: the one at hand)."""
        group_id = group_id or self._the_group().group_id
        document = self.api.get("/audit")
        found = next((group for group in document["groups"] if group["group_id"] == group_id), None)
        self.timeline.add(
            "audit", name=name, group_id=group_id, partitions=found["partitions"] if found else []
        )

    def effects(self) -> None:
        """Write down how often orders took effect in the group at hand, which is not exactly-once."""
        group_id = self._the_group().group_id
        document = self.api.get(f"/groups/{group_id}/effects")
        self.timeline.add("effects", group_id=group_id, partitions=document["partitions"])

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

    def settle(self) -> None:
        """Stop the orders, let the group read what is there, and take the balance."""
        self.customer.stop()
        if self.group is not None:
            self.wait_drained()
            self.audit("after")

    def finish(self) -> None:
        """Settle, and be done with the group at hand: the next one begins with nobody left of it."""
        self.settle()
        self.leave()
        self.forget_groups()
        self.group = None

    def forget_groups(self) -> None:
        """Delete the groups of this run from Kafka and from the database, once nobody is a member any more.

        A static member that has ended, or one that was killed, is a member until its session is over.
        """
        for group_id in list(self._groups):
            with self._acting("delete_group", group_id=group_id):
                wait_until(
                    functools.partial(self._delete, group_id),
                    f"group {group_id} to be without members",
                    LEFT_SECONDS,
                    every=ASK_SECONDS,
                )
            self._groups.remove(group_id)

    def _delete(self, group_id: str) -> bool:
        """Whether it is gone; False while it has members."""
        try:
            self.api.send("DELETE", f"/groups/{group_id}", accept=(404,))
        except ApiRefused as error:
            if error.status != HAS_MEMBERS:
                raise
            return False
        return True

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

    def _ability(self, action: str, worker: str) -> WorkerInstance:
        group_id = self.group and self.group.group_id
        with self._acting(action, target=worker, group_id=group_id):
            found: WorkerInstance = getattr(self.stack, action)(worker)
        return found

    @contextlib.contextmanager
    def _acting(self, action: str, **what: Any) -> Iterator[None]:
        began = time.monotonic()
        self.timeline.add("action", action=action, **what)
        yield
        self.timeline.add("done", action=action, seconds=round(time.monotonic() - began, 3))

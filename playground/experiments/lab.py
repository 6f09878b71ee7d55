"""What the steps of an experiment may do: act on the stack, send orders, wait for what they want to see.

Everything that is done here is written into the timeline, with the time it took.
"""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from playground.api_client import ApiRefused
from playground.clock import iso
from playground.errors import PlaygroundError, StackError
from playground.experiments.customer import Customer
from playground.experiments.lookout import ASK_SECONDS, KIND, Group, Lookout
from playground.stack import Restartable, Rollable
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playground.api_client import Api
    from playground.experiments.observer import Observer
    from playground.experiments.timeline import Recorder
    from playground.experiments.timing import Timing
    from playground.stack import Stack, WorkerInstance

# For all groups to be left by their members; who comes after one that took it all gets LAST_SECONDS.
LEFT_SECONDS = 60.0
LAST_SECONDS = 2
HAS_MEMBERS = 409
UNAVAILABLE = 503
PREFIX = "PLAYGROUND_"


def scratch_prefix(run_id: str) -> str:
    """How the names of a run's scratch topics begin."""
    return f"lab.{run_id}-"


class Lab(Lookout):
    """One run's hands. `settings` are the experiment's; `run_id` makes names of groups unique."""

    def __init__(
        self, settings: Any, run_id: str, *, stack: Stack, api: Api, recorder: Recorder, observer: Observer
    ) -> None:
        super().__init__(stack=stack, api=api, recorder=recorder, observer=observer)
        self.settings = settings
        self.run_id = run_id
        self.customer = Customer(api, recorder)
        self._groups: list[str] = []

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
        self._own(group_id)
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
        self._own(group_id)  # before it has a config, which would stay if the run broke off now
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

    def replay(self, since_ms: int, *, dry_run: bool) -> None:
        """Let the group at hand, which has no members now, read again from then on; or preview it."""
        group_id = self._the_group().group_id
        body = msgspec.json.encode({"to": iso(since_ms), "dry_run": dry_run})
        if dry_run:
            self.timeline.add("replay", **self.api.send("POST", f"/groups/{group_id}/replay", body))
            return
        with self._acting("replay", group_id=group_id):
            self.timeline.add("replay", **self.api.send("POST", f"/groups/{group_id}/replay", body))

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
        All are tried, whatever becomes of one. Raises the error of the one that is left, or StackError with
        those of several.
        """
        self._delete_all("group_id", list(self._groups))

    def forget_another(self, run_id: str, group_ids: Sequence[str]) -> None:
        """Delete groups and scratch topics of a run that could not do it itself."""
        self._delete_all("target", group_ids)  # no `group_id` of this run: its report does not tell of them
        for topic in self.api.get("/lab/topics")["topics"]:
            if topic["topic"].startswith(scratch_prefix(run_id)):
                with self._acting("delete_topic", target=topic["topic"]):
                    self.api.send("DELETE", f"/lab/topics/{topic['topic']}", accept=(404,))

    def _delete_all(self, field: str, group_ids: Sequence[str]) -> None:
        deadline = time.monotonic() + LEFT_SECONDS
        errors: list[PlaygroundError] = []
        for group_id in group_ids:
            try:
                with self._acting("delete_group", **{field: group_id}):
                    wait_until(
                        functools.partial(self._delete, group_id),
                        f"group {group_id} to be deleted, which needs that it has no members",
                        max(LAST_SECONDS, round(deadline - time.monotonic())),
                        every=ASK_SECONDS,
                    )
            except PlaygroundError as error:
                errors.append(error)
            else:
                self._groups = [each for each in self._groups if each != group_id]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise StackError("; ".join(map(str, errors)), next_step=errors[0].next_step)

    def _own(self, group_id: str) -> None:
        """It is this run's to delete."""
        if group_id not in self._groups:
            self._groups.append(group_id)

    def _delete(self, group_id: str) -> bool:
        """Whether it is gone; False while it has members, or while nobody can tell."""
        try:
            self.api.send("DELETE", f"/groups/{group_id}", accept=(404,))
        except ApiRefused as error:
            if error.status not in {HAS_MEMBERS, UNAVAILABLE}:
                raise
            return False
        except StackError:
            return False
        return True

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

"""What a run owes the stack until it has given everything back, kept so that it outlives the run.

A run that is killed (SIGKILL) gives nothing back; the next one finds the file in its folder and does it.
The variables of workers may hold secrets. They are needed to give the workers back, so they cannot be masked,
and the timeline is no place for them: it is shown by the API and handed on with a report. Hence a file of its
own that only its owner may read, and that loses them as soon as they are given back.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from playground.errors import NotFound, StackError
from playground.experiments.before import Before, give_back, look_at
from playground.experiments.timeline import read_timeline

if TYPE_CHECKING:
    from pathlib import Path

    from playground.experiments.timeline import Recorder
    from playground.stack import Stack

FILE_NAME = "give-back.json"
GROUP_VARIABLE = "PLAYGROUND_CONSUMER_GROUP_ID"


class Content(msgspec.Struct, frozen=True):
    """What the file holds. `before`: None when that has been given back, and only groups are left."""

    run_id: str
    before: Before | None


@dataclass(frozen=True)
class Owed:
    """What the run of this folder owes."""

    folder: Path
    content: Content

    @property
    def run(self) -> str:
        """The run's name, `rebalance/20261123T130500Z`."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def groups(self) -> list[str]:
        """Ids of all groups that the run has made or meant to make, as its timeline tells."""
        try:
            actions = read_timeline(self.folder).of("action")
        except NotFound:
            return []
        named = [seen.get("group_id") for seen in actions]
        return list(dict.fromkeys(group_id for group_id in named if self._is_own(group_id)))

    def given_back(self) -> Owed:
        """The workers and the load are as they were; what is left now are the groups."""
        return write_owed(self.folder, self.content.run_id, None)

    def groups_deleted(self) -> None:
        """Nothing is left, unless workers and load are still to be given back."""
        if self.content.before is None:
            (self.folder / FILE_NAME).unlink(missing_ok=True)

    def due(self, stack: Stack) -> Before | None:
        """What to give back now: nothing when it is as it was, or when somebody has changed it since.

        Each run stops the load, so one that runs now was started since.
        """
        before = self.content.before
        if before is None:
            return None
        now = look_at(stack, before.kind)
        if now.load is not None:
            before = replace(before, load=now.load)
        return before if now != before and self._is_its_doing(now, before) else None

    def _is_its_doing(self, now: Before, before: Before) -> bool:
        """The workers are in a group of the run, or away between two groups, or were not touched yet."""
        in_its_group = self._is_own(now.environment.get(GROUP_VARIABLE))
        return in_its_group or now.replicas == 0 or now.processes == before.processes

    def _is_own(self, group_id: str | None) -> bool:
        return group_id is not None and group_id.startswith(f"{self.content.run_id}-")


def give_back_earlier(root: Path, stack: Stack, recorder: Recorder) -> list[Owed]:
    """Give workers and load back for runs below `root` that could not, and write that down.

    Returns those runs: what they owe now is to delete their groups. Raises what `give_back` raises.
    """
    earlier = []
    for owed in read_owed(root):
        if (before := owed.due(stack)) is not None:
            began = time.monotonic()
            recorder.add(
                "action",
                action="give_back",
                run=owed.run,
                workers=before.kind,
                replicas=before.replicas,
                load=before.load,
            )
            if stack.environment(before.kind) != before.environment:
                stack.scale(before.kind, 0)  # all at once; with other variables they go one by one
            give_back(stack, before)
            recorder.add("done", action="give_back", seconds=round(time.monotonic() - began, 3))
        earlier.append(owed.given_back())
    return earlier


def write_owed(folder: Path, run_id: str, before: Before | None) -> Owed:
    """Write down what the run of this folder owes from now on.

    Raises StackError when that is not possible: then nothing may be changed that could not be given back.
    """
    content = Content(run_id, before)
    fresh = folder / f".{FILE_NAME}.new"
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(content))
        fresh.replace(folder / FILE_NAME)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StackError(
            f"what the run has to give back cannot be written into {folder}: {error.strerror}",
            next_step="make room on the disk, or set PLAYGROUND_RUNS_DIR",
        ) from None
    return Owed(folder, content)


def read_owed(root: Path) -> list[Owed]:
    """What runs below this folder still owe, the newest first.

    Raises StackError for a file that cannot be read.
    """
    files = sorted(root.glob(f"*/*/{FILE_NAME}"), key=lambda file: file.parent.name, reverse=True)
    return [_read(file) for file in files]


def _read(file: Path) -> Owed:
    try:
        return Owed(file.parent, msgspec.json.decode(file.read_bytes(), type=Content))
    except (OSError, msgspec.DecodeError) as error:
        raise StackError(
            f"what an earlier run has to give back cannot be read: {file}: {error}",
            next_step="delete it; `playground scale processor 2 --reset` gives the workers back by hand",
        ) from None

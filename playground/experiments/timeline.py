"""What was seen during a run: an append-only list of observations, one JSON object per line.

Kinds of observations (all have `at`, when it happened, in ISO 8601 UTC with milliseconds)
    run        the head: experiment, settings, prediction, target, versions, partitions of the topic
    phase      the runner enters: prepare, act, settle, clean-up, end        {name}
    step       a step of the experiment begins                               {title, number, of}
    action     something is done to the stack                {action, ...what exactly, target}
    done       it has been done                                              {action, seconds}
    mark       a step names a moment, for its checks                         {name, ...}
    worker     an event of a worker, as it wrote it (playground/events.py)   {event, worker, ...}
    handled    records_handled of a worker  {group_id, worker, partitions: [[p, first, last, count]]}
    group      the broker's view of a group, when it changed                 {group_id, state, members}
    stable     the broker and the members agree on who owns what             {group_id, owners}
    offsets    lag of the groups of this run, each second or when asked    {groups: {id: {...}}, ends, name?}
    accepted   orders that were acknowledged         {count, seconds, partitions: {p: [first, last, count]}}
               one record with `poison`: it is no order, and that is what is wrong with it
    refused    orders that were not                                {count, status, detail, seconds}
    placed     records written to a scratch topic, in the order sent
                     {key, partitions, partitioner, records: [[who, key, partition, offset]]}
    plan       what a step is about to write, and what is to be expected of it    {...}
    written    records written to a scratch topic, in the order sent
                     {topic, partitioner, records: [[key, value, time, partition, offset]]}
    read       records of a topic, in the order in which a consumer got them  {topic, records: likewise}
    tables     what tables of streaming SQL and the topic said, at one moment         {name, ...}
    audit      the balance of a group, as GET /audit tells it                {name, group_id, partitions}
    effects    how often orders took effect in a group without exactly-once       {name, group_id, partitions}
    replay     a group reads again, or would (dry_run)          {group_id, dry_run, records, partitions}
    missed     observations that never came: the stream was broken or slow   {reason, events}
    problem    something went wrong in the run itself                        {phase, detail}

Worker events arrive later than they happen: the file is in the order of arrival, `of(kind)` in the order
of happening.
"""

from __future__ import annotations

import threading
import time
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from playground.clock import iso, now_ms, parse_iso
from playground.errors import NotFound, WaitTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

FILE_NAME = "timeline.jsonl"


class Observation(msgspec.Struct, frozen=True):
    """Something that happened. `at`: milliseconds since 1970, by the clock of who saw it."""

    at: int
    kind: str
    data: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field that may be missing."""
        return self.data.get(name, default)


class Timeline:
    """The observations of a run, as far as they are known."""

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        self._all: list[Observation] = []
        self._by_kind: dict[str, list[Observation]] = {}
        for each in observations:
            self._append(each)

    def _append(self, seen: Observation) -> None:
        self._all.append(seen)
        self._by_kind.setdefault(seen.kind, []).append(seen)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def all(self) -> list[Observation]:
        """Everything, in the order it was written down."""
        return list(self._all)

    def of(self, *kinds: str) -> list[Observation]:
        """Observations of these kinds, in the order they happened."""
        found = chain.from_iterable(list(self._by_kind.get(kind, ())) for kind in kinds)
        return sorted(found, key=lambda each: each.at)

    def latest(self, kind: str) -> Observation | None:
        """The one of this kind that was written down last."""
        found = self._by_kind.get(kind)
        return found[-1] if found else None

    def newest_first(self, kind: str) -> Iterator[Observation]:
        """Those of this kind, the last one written down first: cheap when only a few matter."""
        return reversed(list(self._by_kind.get(kind, ())))

    def marks(self, name: str) -> list[Observation]:
        """The moments that steps gave this name."""
        return [each for each in self.of("mark") if each["name"] == name]

    @property
    def head(self) -> dict[str, Any]:
        """The observation `run`; empty when the timeline has none."""
        found = self._by_kind.get("run")
        return found[0].data if found else {}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the run."""
        return dict(self.head.get("settings", {}))

    @property
    def partitions(self) -> list[int]:
        """The partitions of the topic."""
        return list(range(int(self.head.get("partitions", 0))))

    @property
    def span(self) -> tuple[int, int]:
        """When the first and the last thing happened; (0, 0) when nothing did."""
        times = [each.at for each in self._all]
        return (min(times), max(times)) if times else (0, 0)


class Recorder(Timeline):
    """A timeline that grows: in memory, and in a file. May be used by several threads."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file.open("ab", buffering=0)
        self._broken = False
        self._closed = False
        self._news = threading.Condition()
        self._listeners: list[Callable[[Observation], None]] = []

    def listen(self, listener: Callable[[Observation], None]) -> None:
        """Call `listener` with every observation from now on."""
        self._listeners.append(listener)

    def add(self, kind: str, at: int | None = None, **data: Any) -> Observation:
        """Write something down. `at` in milliseconds since 1970; None: now.

        A file that cannot be written (a full disk) is a problem of the run, and does not keep the system
        from being given back: from then on the timeline is in memory alone.
        """
        seen = Observation(now_ms() if at is None else at, kind, data)
        with self._news:
            if self._closed:  # what comes after the end is no part of the run, here as in the file
                return seen
            self._append(seen)
            self._write(seen)
            self._news.notify_all()
        for listener in self._listeners:
            listener(seen)
        return seen

    def _write(self, seen: Observation) -> None:
        if self._broken:
            return
        try:
            self._file.write(encode_line(seen) + b"\n")
        except OSError as error:
            self._broken = True
            detail = f"the timeline cannot be written any more: {error.strerror}"
            self._append(Observation(seen.at, "problem", {"phase": "record", "detail": detail}))

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float) -> Any:
        """Wait until `condition` is true, which is asked again after each observation; what it returned.

        Raises WaitTimeout.
        """
        deadline = time.monotonic() + seconds
        while True:
            with self._news:
                known = len(self._all)
            if found := condition():
                return found
            with self._news:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise WaitTimeout(what, seconds)
                if len(self._all) == known:
                    self._news.wait(min(left, 0.5))

    def close(self) -> None:
        """No more is written down."""
        with self._news:
            self._closed = True
            self._file.close()


def encode_line(seen: Observation) -> bytes:
    """One line of the file, without its end."""
    return msgspec.json.encode({"at": iso(seen.at), "kind": seen.kind, **seen.data})


def read_timeline(folder: Path) -> Timeline:
    """The timeline of a finished run. A last line that was cut (a crash) is left out.

    Raises NotFound when there is none.
    """
    file = folder / FILE_NAME
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise NotFound(
            f"{file} cannot be read: {error.strerror}", next_step="playground experiment list --runs"
        ) from None
    return Timeline(filter(None, map(decode_line, lines)))


def decode_line(line: bytes) -> Observation | None:
    """An observation out of a line; None when it is something else."""
    try:
        data = msgspec.json.decode(line)
        return Observation(parse_iso(data.pop("at")), data.pop("kind"), data)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None

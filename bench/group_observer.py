"""An observer of consumer groups that knows nothing of ours: it asks the broker, again and again.

What it can know: a change shows up to one poll (50 ms) after it happened. Under KIP-848 the broker decides
who owns a partition, and its answer to a heartbeat tells the member, so the broker knows an owner a moment
before the owner itself: a long moment when that member is in the middle of a slow batch. That a partition was
given up, it learns from the member's next heartbeat.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from playground.experiments.rebalances import is_change, read_rebalances

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from confluent_kafka.admin import ConsumerGroupDescription

    from playground.experiments.rebalances import Rebalance
    from playground.experiments.timeline import Observation, Timeline

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
Shares = frozenset[tuple[str, str, tuple[int, ...]]]  # member id, client id, its partitions


@dataclass(frozen=True, slots=True)
class View:
    """What the broker said of a group, from a moment on (milliseconds since 1970).

    `on_target`: every member owns what it is meant to own, as far as the protocol tells.
    """

    at: int
    group_id: str
    shares: Shares
    on_target: bool

    def owners(self) -> dict[int, list[str]]:
        """Partition -> client ids."""
        owners: dict[int, list[str]] = {}
        for _member_id, client_id, partitions in self.shares:
            for partition in partitions:
                owners.setdefault(partition, []).append(client_id)
        return owners


class GroupObserver:
    """Polls one group at a time, from a thread of its own, with an admin client of its own."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.views: list[View] = []
        self.longest_wait_ms = 0.0  # between two answers: what it cannot see
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers, "client.id": "bench-observer"})
        self._group_id: str | None = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="group-observer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._end.set()
        self._thread.join()

    def saw(self, seen: Observation) -> None:
        """Look at the group that a run is about to change."""
        if seen.kind == "action" and seen["action"] == "scale" and seen["group_id"]:
            self._group_id = seen["group_id"]

    def _run(self) -> None:
        due = before = time.monotonic()
        while not self._end.wait(max(0.0, due - time.monotonic())):
            due = max(due + POLL_SECONDS, time.monotonic())
            if (group_id := self._group_id) is None:
                before = time.monotonic()
                continue
            self._note(self._ask(group_id))
            now = time.monotonic()
            self.longest_wait_ms, before = max(self.longest_wait_ms, (now - before) * 1000), now

    def _note(self, view: View) -> None:
        last = self.views[-1] if self.views else None
        shown = (view.group_id, view.shares, view.on_target)
        if last is None or (last.group_id, last.shares, last.on_target) != shown:
            self.views.append(view)

    def _ask(self, group_id: str) -> View:
        """The moment is the middle between question and answer: the broker looked somewhere between."""
        asked = time.time()
        try:
            pending = self._admin.describe_consumer_groups([group_id], request_timeout=ANSWER_SECONDS)
            shares, on_target = read_shares(pending[group_id].result(ANSWER_SECONDS + 1))
        except KafkaException:  # there is no such group yet, or no longer
            shares, on_target = frozenset(), False
        return View(round((asked + time.time()) * 500), group_id, shares, on_target)


def read_shares(found: ConsumerGroupDescription) -> tuple[Shares, bool]:
    """Who owns what, and whether that is what everybody is meant to own."""
    shares, on_target = set(), True
    for member in found.members:
        owned = {(each.topic, each.partition) for each in member.assignment.topic_partitions}
        shares.add((member.member_id, member.client_id, tuple(sorted(part for _topic, part in owned))))
        target = member.target_assignment
        if target is not None:  # the classic protocol has none
            on_target &= owned == {(each.topic, each.partition) for each in target.topic_partitions}
    return frozenset(shares), on_target


def late_ms(timeline: Timeline, group_id: str, views: Sequence[View]) -> list[int]:
    """Per rebalance of a group: by how much the observer saw it settled later than we say.

    Negative: earlier. Raises AssertionError when it saw other owners than we report, or none.
    """
    asked = [each.at for each in timeline.of("action") if is_change(each, group_id)]
    found = []
    for rebalance in read_rebalances(timeline, group_id):
        until = min((at for at in asked if at > rebalance.asked), default=timeline.span[1])
        last = last_change(views, group_id, rebalance.asked, until)
        found.append(_settled(last, rebalance, group_id) - rebalance.settled)
    return found


def last_change(views: Iterable[View], group_id: str, began: int, until: int) -> View | None:
    """The last one in a stretch; None when the broker showed no change in it."""
    inside = [view for view in views if view.group_id == group_id and began <= view.at < until]
    return inside[-1] if inside else None


def _settled(last: View | None, rebalance: Rebalance, group_id: str) -> int:
    what = f"{group_id}, {rebalance.members_before} to {rebalance.members} members"
    assert last is not None, f"{what}: the observer saw nothing"
    assert last.on_target, f"{what}: the observer did not see the members reach their target"
    assert last.owners() == rebalance.owners, f"{what}: we say {rebalance.owners}, the broker {last.owners()}"
    return last.at

"""What `joins` claims: a join looks into the partition of the same number, and nowhere else."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.scratch import read_from, written_to
from playground.experiments.verdict import failed, inconclusive, passed
from playground.partitioner import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.scratch import Written
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

ORDERS = "orders"
SAME, PARTITIONER, NUMBER = "users-same", "users-partitioner", "users-number"
PROFILES = (SAME, PARTITIONER, NUMBER)
NOTHING = "no orders and profiles were written and read back"


@dataclass(frozen=True)
class Joined:
    """An order, and whether the join found the profile of its user."""

    order: Written
    found: bool


def join(timeline: Timeline, profiles: str) -> list[Joined]:
    """A stream-table join of the orders with one topic of profiles, as Kafka Streams makes it.

    Task n has partition n of both topics and sees nothing else; an order meets the profile that is there at
    its time. Empty when not every record was found in its topic.
    """
    orders, users = _there(timeline, ORDERS), _there(timeline, profiles)
    table: dict[tuple[int, str], int] = {}
    for profile in users:
        place = (profile.partition, profile.key)
        table[place] = min(profile.time, table.get(place, profile.time))
    return [
        Joined(order, table.get((order.partition, order.key), order.time + 1) <= order.time)
        for order in (orders if users else [])
    ]


def co_partitioned(timeline: Timeline) -> Finding:
    """As many partitions, the same partitioner: every order whose user has a profile by then finds it."""
    rows = join(timeline, SAME)
    if not rows:
        return inconclusive(NOTHING)
    known = {profile.key: profile.time for profile in _there(timeline, SAME)}
    for row in rows:
        if row.found != (known[row.order.key] <= row.order.time):
            what = "a profile that is not there yet" if row.found else "no profile"
            return failed(f"an order of {row.order.key} on partition {row.order.partition} found {what}")
    found = sum(row.found for row in rows)
    return passed(
        f"{found} of {len(rows)} orders found a profile: all whose user had one by then", found=found
    )


def other_partitioner(timeline: Timeline) -> Finding:
    """Another partitioner: only users whom both put on the same number are found."""
    partitions = int(timeline.settings["partitions"])

    def meets(key: str) -> bool:
        return partition_of(key.encode(), partitions) == zlib.crc32(key.encode()) % partitions

    return _by_chance(timeline, PARTITIONER, meets)


def other_number(timeline: Timeline) -> Finding:
    """Another number of partitions: only users whom both numbers put on the same partition are found."""
    given = timeline.settings
    here, there = int(given["partitions"]), int(given["other_partitions"])
    if here == there:
        return inconclusive("partitions and other_partitions are the same number")

    def meets(key: str) -> bool:
        return partition_of(key.encode(), here) == partition_of(key.encode(), there)

    return _by_chance(timeline, NUMBER, meets)


def too_late(timeline: Timeline) -> Finding:
    """A profile that comes after an order is not joined with it, however well both are partitioned."""
    rows = join(timeline, SAME)
    if not rows:
        return inconclusive(NOTHING)
    known = {profile.key: profile.time for profile in _there(timeline, SAME)}
    began = rows[0].order.time
    mine = [row for row in rows if known[row.order.key] > began]
    before = [row for row in mine if row.order.time < known[row.order.key]]
    if not before or len(before) == len(mine):
        return inconclusive("no newcomer had orders both before and after their profile")
    if wrong := [row for row in mine if row.found == (row in before)]:
        return failed(f"{len(wrong)} orders of newcomers are joined the wrong way round")
    return passed(
        f"of {len(mine)} orders of newcomers the {len(before)} before their profiles found none, "
        f"the {len(mine) - len(before)} after them did",
        before=len(before),
    )


def _by_chance(timeline: Timeline, profiles: str, meets: Callable[[str], bool]) -> Finding:
    rows, right = join(timeline, profiles), join(timeline, SAME)
    if not rows or not right:
        return inconclusive(NOTHING)
    predicted = [row.found and meets(row.order.key) for row in right]
    found = [row.found for row in rows]
    if found != predicted:
        wrong = next(
            row.order.key for row, expected in zip(rows, predicted, strict=True) if row.found != expected
        )
        return failed(
            f"{sum(found)} orders found a profile, {sum(predicted)} were predicted by the partitioners; the "
            f"first that differs is of {wrong}"
        )
    lost = sum(row.found for row in right) - sum(found)
    if not lost:
        return inconclusive("both put all these users on the same partitions: more users tell them apart")
    return passed(
        f"{sum(found)} of {len(rows)} orders found a profile, just those predicted; {lost} lost it, and "
        "nothing was refused",
        found=sum(found),
        lost=lost,
    )


def _there(timeline: Timeline, topic: str) -> list[Written]:
    """What was read of a topic, in the order of its times; empty unless it is all that was written."""
    found = read_from(timeline, topic)
    if sorted(found) != sorted(written_to(timeline, topic)):
        return []
    return sorted(found, key=lambda record: record.time)

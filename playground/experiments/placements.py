"""Where records went: read out of the observations `placed` of a timeline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.experiments.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Place:
    """A record: whose order it is, its key (None: it has none), and where the broker put it."""

    who: str
    key: str | None
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Placement:
    """One way to key orders, on one number of partitions, by one partitioner; `places` in the order sent."""

    key: str
    partitions: int
    partitioner: str
    places: list[Place]

    def __str__(self) -> str:
        return f"key {self.key}, {self.partitions} partitions, {self.partitioner}"

    @property
    def counts(self) -> Counter[int]:
        """Partition -> number of records; empty ones are not in it."""
        return Counter(place.partition for place in self.places)

    @property
    def empty(self) -> int:
        """Partitions that got nothing: as many members of a group of that size have nothing to do."""
        return self.partitions - len(self.counts)

    @property
    def hottest(self) -> float:
        """The share of all records that the fullest partition has."""
        return max(self.counts.values()) / len(self.places)

    def by_key(self) -> dict[str | None, list[Place]]:
        """Key -> its records."""
        found: dict[str | None, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.key, []).append(place)
        return found

    def by_customer(self) -> dict[str, list[Place]]:
        """Customer -> the records of their orders."""
        found: dict[str, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.who, []).append(place)
        return found

    def partition_of(self) -> dict[str | None, int]:
        """Key -> the partition of its first record."""
        return {key: places[0].partition for key, places in self.by_key().items()}


def read_placements(timeline: Timeline) -> list[Placement]:
    """All that hold at least one record."""
    return [
        Placement(
            each["key"],
            each["partitions"],
            each["partitioner"],
            [Place(*record) for record in each["records"]],
        )
        for each in timeline.of("placed")
        if each["records"]
    ]


def find_placement(timeline: Timeline, key: str, partitions: int, partitioner: str) -> Placement | None:
    """One of them."""
    for each in read_placements(timeline):
        if (each.key, each.partitions, each.partitioner) == (key, partitions, partitioner):
            return each
    return None

"""What `fanout` claims, and the balances it judges by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.verdict import Verdict, failed, inconclusive, passed
from playground.jobs import ANALYTICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding

FIRST, AGAIN, NEW = "first", "again", "new"
# Moments at which all groups stand still: nothing is produced, and those that read have read everything.
FIRST_READ, AGAIN_READ, NEW_READ = "first_read", "again_read", "new_read"

Row = dict[str, int]


def group_of(timeline: Timeline, name: str) -> str:
    """The id of a group: `analytics` itself, or one of the run's."""
    return name if name == ANALYTICS else f"{timeline.head['run_id']}-{name}"


def all_from_the_start(timeline: Timeline) -> Finding:
    """The group that began at the earliest record accounts for every record of the topic."""
    rows = balance_of(timeline, AGAIN)
    if missing := set(timeline.partitions) - rows.keys():
        return inconclusive(f"the balance of group {AGAIN} says nothing of partitions {sorted(missing)}")
    total = sum(records_in(row) for row in rows.values())
    if not total:
        return inconclusive("the topic held no record")
    for partition, row in sorted(rows.items()):
        if records_read(row) != records_in(row):
            return failed(
                f"partition {partition}: the topic holds {records_in(row)} records, "
                f"group {AGAIN} has read {records_read(row)}"
            )
    return passed(f"{total} records, those from before the group was there included", records=total)


def only_what_comes_after(timeline: Timeline) -> Finding:
    """The group that began at the latest record has had an effect of what came after it, and of no more."""
    began = {each["name"]: each for each in audits_of(timeline, NEW)}
    if "before" not in began:
        return inconclusive(f"the balance of group {NEW} was not taken when it began")
    before = {row["partition"]: row for row in began["before"]["partitions"]}
    history = sum(records_in(row) for row in before.values())
    if not history:
        return inconclusive("the topic held no record when the group began")
    if early := sum(records_read(row) + row["pending"] for row in before.values()):
        return failed(f"{early} of the {history} records from before group {NEW} were its to read")
    finding = nothing_lost_or_repeated(timeline, group_of(timeline, NEW))
    if finding.verdict is not Verdict.PASSED:
        return finding
    return passed(f"none of the {history} records from before it; {finding.detail}", **finding.measured)


def offsets_of_their_own(timeline: Timeline) -> Finding:
    """While one group reads, committed offsets of the others stay where they are."""
    taken = {each["name"]: each for each in timeline.of("offsets") if each.get("name")}
    if missing := {FIRST_READ, AGAIN_READ, NEW_READ} - taken.keys():
        return inconclusive(f"offsets were not taken: {', '.join(sorted(missing))}")
    if foreign := _foreign(timeline, taken[FIRST_READ], taken[AGAIN_READ]):
        return inconclusive(f"{foreign} orders came from somebody else, so {ANALYTICS} had something to read")
    stands = {name: each["groups"] for name, each in taken.items()}
    first, again = group_of(timeline, FIRST), group_of(timeline, AGAIN)
    pairs = (
        (first, FIRST_READ, AGAIN_READ),
        (ANALYTICS, FIRST_READ, AGAIN_READ),
        (first, AGAIN_READ, NEW_READ),
        (again, AGAIN_READ, NEW_READ),
    )
    for group_id, earlier, later in pairs:
        old, new = (stands[name].get(group_id, {}).get("committed") for name in (earlier, later))
        if not old or not new or any(offset is None for offset in old.values()):
            return inconclusive(f"committed offsets of {group_id} are not known at {earlier} and {later}")
        moved = sorted(part for part in old.keys() | new.keys() if old.get(part) != new.get(part))
        if moved:
            part = moved[0]
            return failed(
                f"{group_id} moved in partition {part} from {old.get(part)} to {new.get(part)} "
                "while others read"
            )
    return passed(
        f"{FIRST} and {ANALYTICS} stood still while {AGAIN} read, {FIRST} and {AGAIN} while {NEW} did"
    )


def _foreign(timeline: Timeline, earlier: Observation, later: Observation) -> int:
    """Orders that were written between two looks at the offsets, but not by our customer."""
    written = sum(later["ends"].values()) - sum(earlier["ends"].values())
    ours = sum(each["count"] for each in timeline.of("accepted") if earlier.at <= each.at <= later.at)
    return int(written - ours)


def effects_of(name: str) -> Callable[[Timeline], Finding]:
    """The claim that a group has had an effect of every order of its span, once."""
    return lambda timeline: nothing_lost_or_repeated(timeline, group_of(timeline, name))


def audits_of(timeline: Timeline, name: str) -> list[Observation]:
    """The balances that were taken of a group."""
    group_id = group_of(timeline, name)
    return [each for each in timeline.of("audit") if each["group_id"] == group_id]


def balance_of(timeline: Timeline, name: str) -> dict[int, Row]:
    """Partition -> row of the last balance of a group."""
    after = [each for each in audits_of(timeline, name) if each["name"] == "after"]
    return {row["partition"]: row for row in after[-1]["partitions"]} if after else {}


def records_in(row: Row) -> int:
    """What a partition held."""
    return row["end_offset"] - row["start_offset"]


def records_read(row: Row) -> int:
    """What a group has been through: with an effect, for the second time, or put aside."""
    return row["processed"] + row["duplicates"] + row["dead_lettered"]

"""The claim "nothing lost, nothing twice": the customer's own list against the group's balance.

Per partition of the topic, from the audits `before` and `after` and what was acknowledged in between:
    first     = end - pending - handled        where the group began, by the balance before
    expected  = end - pending - first          records it has passed since, by the balance after
    handled   = processed + dead-lettered      what it has an effect of
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.verdict import failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding

Row = dict[str, int]


def nothing_lost_or_repeated(timeline: Timeline, group_id: str) -> Finding:
    """Every acknowledged order has had its effect in the group, once."""
    audits = {each["name"]: each for each in timeline.of("audit") if each["group_id"] == group_id}
    if {"before", "after"} - audits.keys():
        return inconclusive("the balance was not taken before and after")
    before, after = _rows(audits["before"]), _rows(audits["after"])
    if missing := set(timeline.partitions) - (before.keys() & after.keys()):
        return inconclusive(f"the balance says nothing of partitions {sorted(missing)}")
    acknowledged = _acknowledged(timeline, audits["before"].at, audits["after"].at)
    rows = [_balance(part, before[part], after[part], acknowledged[part]) for part in timeline.partitions]
    if wrong := next((row for row in rows if row.wrong), None):
        return failed(f"partition {wrong.partition}: {wrong.wrong}")
    total = acknowledged.total()
    foreign = sum(row.written for row in rows) - total
    if not total:
        return inconclusive("no order was acknowledged")
    if foreign > sum(each["count"] for each in timeline.of("refused")):
        return inconclusive(f"{foreign} orders came from somebody else")
    more = f", and {foreign} were written without an answer" if foreign else ""
    effects = sum(row.effects for row in rows)
    return passed(f"{total} orders acknowledged{more}; {effects} took effect, 0 lost, 0 twice", orders=total)


@dataclass(frozen=True, slots=True)
class _Balance:
    """One partition: orders written meanwhile, effects they had, and what is wrong with that."""

    partition: int
    written: int
    effects: int
    wrong: str | None


def _balance(partition: int, old: Row, new: Row, acknowledged: int) -> _Balance:
    first = old["end_offset"] - old["pending"] - _handled(old)
    expected = new["end_offset"] - new["pending"] - first
    written = new["end_offset"] - old["end_offset"]
    wrong = None
    if new["pending"]:
        wrong = f"{new['pending']} orders were never handled"
    elif _handled(new) < expected:
        wrong = f"{expected - _handled(new)} orders were passed over without an effect"
    elif written < acknowledged:
        wrong = f"{acknowledged - written} acknowledged orders are not in the topic"
    elif _handled(new) > expected:
        wrong = f"{_handled(new) - expected} orders took effect twice"
    elif new["duplicates"] > old["duplicates"]:
        wrong = f"{new['duplicates'] - old['duplicates']} orders came a second time"
    return _Balance(partition, written, _handled(new) - _handled(old), wrong)


def _rows(audit: Observation) -> dict[int, Row]:
    return {row["partition"]: row for row in audit["partitions"]}


def _handled(row: Row) -> int:
    return row["processed"] + row["dead_lettered"]


def _acknowledged(timeline: Timeline, since: int, until: int) -> Counter[int]:
    counts: Counter[int] = Counter()
    for seen in timeline.of("accepted"):
        if since <= seen.at <= until:
            for partition, (_first, _last, count) in seen["partitions"].items():
                counts[int(partition)] += count
    return counts

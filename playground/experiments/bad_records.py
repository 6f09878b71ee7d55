"""Bad records of a run: which were written, which became dead letters, and what that did to the good ones.

A record that is no order is an `accepted` with `poison`: what is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from playground.experiments.exactly_once import nothing_lost_or_repeated
from playground.experiments.ownership import longest_gap, read_handled
from playground.experiments.verdict import Verdict, failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding


class Place(NamedTuple):
    """A record of the topic `orders`."""

    partition: int
    offset: int


class Stretch(NamedTuple):
    """From one mark to another."""

    began: Moment
    ended: Moment


def bad_records(timeline: Timeline) -> dict[Place, str]:
    """Where the bad records are, and what is wrong with each."""
    return {
        Place(int(part), first): seen["poison"]
        for seen in timeline.of("accepted")
        if seen.get("poison")
        for part, (first, _last, _count) in seen["partitions"].items()
    }


def dead_letters(timeline: Timeline, group_id: str) -> list[tuple[Place, str]]:
    """Every dead letter that a worker of the group told of: whose it was, and why."""
    return [
        (Place(seen["partition"], seen["offset"]), seen["reason"])
        for seen in timeline.of("worker")
        if seen["event"] == "record_dead_lettered" and seen.get("group_id") == group_id
    ]


def bad_ones_set_aside(timeline: Timeline, group_id: str) -> Finding:
    """Each bad record is a dead letter, once; nothing else is one."""
    bad = bad_records(timeline)
    if not bad:
        return inconclusive("no bad record was written")
    counted = _change(timeline, group_id, "dead_lettered")
    if counted is None:
        return inconclusive("the balance was not taken before and after")
    wanted = Counter(place.partition for place in bad)
    for part in timeline.partitions:
        if counted.get(part, 0) != wanted[part]:
            return failed(
                f"partition {part}: {wanted[part]} bad records were written, "
                f"the balance has {counted.get(part, 0)} dead letters"
            )
    return _letters_told(timeline, group_id, bad)


def _letters_told(timeline: Timeline, group_id: str, bad: dict[Place, str]) -> Finding:
    """What the workers said of their dead letters, record by record."""
    told = Counter(place for place, _reason in dead_letters(timeline, group_id))
    for place, times in told.items():
        if place not in bad:
            return failed(f"{_where(place)} is a dead letter, but was no bad record")
        if times > 1:
            return failed(f"{_where(place)} became {times} dead letters")
    if missing := sorted(bad.keys() - told.keys()):
        text = f"nobody told of {len(missing)} dead letters, e.g. {_where(missing[0])}"
        return inconclusive(f"{text}, but events are missing") if timeline.of("missed") else failed(text)
    return passed(f"{len(bad)} bad records, {told.total()} dead letters, each once")


def _where(place: Place) -> str:
    return f"offset {place.offset} of partition {place.partition}"


def good_ones_took_effect(timeline: Timeline, group_id: str) -> Finding:
    """Each good order took effect once, whatever stood before it in its partition."""
    balance = nothing_lost_or_repeated(timeline, group_id)
    if balance.verdict is not Verdict.PASSED:
        return balance
    processed = _change(timeline, group_id, "processed") or {}
    good = _good_orders(timeline, group_id)
    unknown = sum(each["count"] for each in timeline.of("refused"))
    for part in timeline.partitions:
        if not good[part] <= processed[part] <= good[part] + unknown:
            return failed(
                f"partition {part}: {good[part]} good orders, of which {processed[part]} took effect"
            )
    return passed(
        f"{good.total()} good orders took effect once among {len(bad_records(timeline))} bad records"
    )


def nobody_stalled(timeline: Timeline, group_id: str, ratio: float) -> Finding:
    """No partition was left alone much longer among bad records than without them, in the same run."""
    usual, bad = pauses(timeline, group_id, "baseline"), pauses(timeline, group_id, "poison")
    if usual is None or bad is None or None in usual.values() or None in bad.values():
        return inconclusive("not every partition was handled before and among the bad records")
    longest = max(pause for pause in usual.values() if pause is not None)
    part, pause = max(((part, pause or 0) for part, pause in bad.items()), key=lambda item: item[1])
    text = f"partition {part} was left alone for {pause} ms, without bad records at most {longest} ms"
    if pause <= longest * ratio:
        return passed(text, ratio=round(pause / longest, 2) if longest else None)
    stretch = stretch_of(timeline, "poison")
    silence = 0 if stretch is None else _traffic_gap(timeline, stretch)
    if pause - silence <= longest * ratio:
        return inconclusive(f"{text}; but no order came for {silence} ms")
    return failed(f"{text}: more than {ratio:g} times as long")


def pauses(timeline: Timeline, group_id: str, name: str) -> dict[int, int | None] | None:
    """Partition -> the longest pause in this stretch, in milliseconds; None: cannot be told.

    A pause that goes on after the end of the stretch is cut there: the rest belongs to the next one.
    """
    stretch = stretch_of(timeline, name)
    if stretch is None:
        return None
    batches = {
        part: [each for each in some if each.at <= stretch.ended]
        for part, some in read_handled(timeline, group_id).items()
    }
    gaps = {part: longest_gap(batches.get(part, []), *stretch) for part in timeline.partitions}
    return {part: None if gap is None else gap.length(stretch.ended) for part, gap in gaps.items()}


def stretch_of(timeline: Timeline, name: str) -> Stretch | None:
    """Between the marks `<name>_began` and `<name>_ended`."""
    began, ended = timeline.marks(f"{name}_began"), timeline.marks(f"{name}_ended")
    return Stretch(began[0].at, ended[-1].at) if began and ended else None


def _traffic_gap(timeline: Timeline, stretch: Stretch) -> int:
    """The longest time in which no good order was acknowledged, in milliseconds."""
    good = [seen.at for seen in timeline.of("accepted") if not seen.get("poison")]
    inside = [at for at in good if stretch.began <= at <= stretch.ended]
    return max(after - before for before, after in pairwise([stretch.began, *inside, stretch.ended]))


def _good_orders(timeline: Timeline, group_id: str) -> Counter[int]:
    """Partition -> orders acknowledged between the two audits."""
    took = {each["name"]: each.at for each in timeline.of("audit") if each["group_id"] == group_id}
    counts: Counter[int] = Counter()
    for seen in timeline.of("accepted"):
        if took["before"] <= seen.at <= took["after"] and not seen.get("poison"):
            for part, (_first, _last, count) in seen["partitions"].items():
                counts[int(part)] += count
    return counts


def _change(timeline: Timeline, group_id: str, field: str) -> dict[int, int] | None:
    """Partition -> how much a field of the balance grew; None when it was not taken twice."""
    audits = {each["name"]: each for each in timeline.of("audit") if each["group_id"] == group_id}
    if {"before", "after"} - audits.keys():
        return None
    before = {row["partition"]: row[field] for row in audits["before"]["partitions"]}
    return {
        row["partition"]: row[field] - before.get(row["partition"], 0)
        for row in audits["after"]["partitions"]
    }

"""What `streaming-sql` claims: three who count the same orders say the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.clock import iso
from playground.experiments.scratch import read_from
from playground.experiments.verdict import failed, inconclusive, passed
from playground.orders import parse_order
from playground.tables import MINUTE_MS, find_table
from playground.windowing import starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding

# Of this experiment alone, so that orders of others do not matter.
ITEMS = ("sql book", "sql pen", "sql lamp")
TOPIC = "orders"
ENGINE, ANALYTICS = "engine", "analytics"
COUNT, MINUTES, TREND = "item_count", "orders_per_min", "item_trend"
NO_RECOUNT = "the orders were not read back from the topic"
Rows = dict[tuple[Any, ...], tuple[int, ...]]


@dataclass
class Recount:
    """The orders of the run, counted from the records of the topic.

    `totals`: item -> (orders, pieces); `minutes`, `trend`: (item, beginning of the window) -> orders.
    """

    totals: dict[str, tuple[int, int]] = field(default_factory=dict)
    minutes: Counter[tuple[str, int]] = field(default_factory=Counter)
    trend: Counter[tuple[str, int]] = field(default_factory=Counter)


def recount(timeline: Timeline) -> Recount:
    """Counted here, record by record."""
    found = Recount()
    window = find_table(TREND).window
    for record in read_from(timeline, TOPIC):
        order = parse_order(record.value.encode())
        if order.item not in ITEMS:
            continue
        orders, pieces = found.totals.get(order.item, (0, 0))
        found.totals[order.item] = (orders + 1, pieces + order.qty)
        found.minutes[order.item, record.time - record.time % MINUTE_MS] += 1
        if window is not None:
            found.trend.update((order.item, start) for start in starts(record.time, window))
    return found


def nothing_lost(timeline: Timeline) -> Finding:
    """The topic has each acknowledged order once."""
    counted = sum(orders for orders, _pieces in recount(timeline).totals.values())
    acknowledged = sum(seen["count"] for seen in timeline.of("accepted"))
    if not acknowledged:
        return inconclusive("no order was acknowledged")
    if counted != acknowledged:
        return failed(f"{acknowledged} orders were acknowledged, {counted} are in the topic")
    return passed(f"{counted} orders were acknowledged, and are in the topic", orders=counted)


def totals_agree(timeline: Timeline) -> Finding:
    """item_count of the engine, item_count of analytics, and the recount."""
    expected = recount(timeline).totals
    if not expected:
        return inconclusive(NO_RECOUNT)
    for who in (ENGINE, ANALYTICS):
        found = grown(timeline, who, COUNT)
        if found is None:
            return inconclusive(f"{who} was not asked before and after")
        for item in ITEMS:
            given, wanted = found.get((item,), (0, 0)), expected.get(item, (0, 0))
            if given != wanted:
                return failed(
                    f"{_who(timeline, who)} has {given[0]} more orders of {item} with {given[1]} pieces, "
                    f"the topic {wanted[0]} with {wanted[1]}"
                )
    orders, pieces = (sum(each) for each in zip(*expected.values(), strict=True))
    return passed(
        f"{orders} orders of {len(expected)} items, {pieces} pieces: {_agreed(timeline)}", orders=orders
    )


def windows_agree(timeline: Timeline) -> Finding:
    """orders_per_min: each order in the minute of its record's time."""
    return _windows(timeline, MINUTES, recount(timeline).minutes)


def hopping_agrees(timeline: Timeline) -> Finding:
    """item_trend: each order in all windows that cover its time."""
    return _windows(timeline, TREND, recount(timeline).trend)


def _windows(timeline: Timeline, table: str, expected: Mapping[tuple[str, int], int]) -> Finding:
    if not expected:
        return inconclusive(NO_RECOUNT)
    for who in (ENGINE, ANALYTICS):
        found = grown(timeline, who, table)
        if found is None:
            return inconclusive(f"{who} was not asked before and after")
        given = {place: counts[0] for place, counts in found.items() if counts[0]}
        if given != dict(expected):
            wrong = sorted(
                place for place in given | dict(expected) if given.get(place) != expected.get(place)
            )
            item, start = wrong[0]
            return failed(
                f"{_who(timeline, who)}: {len(wrong)} windows differ; the one of {item} at {iso(start)} has "
                f"{given.get(wrong[0], 0)} orders, the records say {expected.get(wrong[0], 0)}"
            )
    orders = sum(expected.values())
    return passed(
        f"{len(expected)} windows with {orders} counts in all: {_agreed(timeline)}", windows=len(expected)
    )


def engine_of(timeline: Timeline) -> str:
    """Who answered as the engine: `ksqldb` or `analytics`; empty when nobody was asked."""
    found = timeline.latest("tables")
    return str(found["engine_name"]) if found else ""


def _agreed(timeline: Timeline) -> str:
    if engine_of(timeline) == ANALYTICS:
        return "the analytics group and the recount agree (there is no ksqlDB here)"
    return "ksqlDB, the analytics group and the recount agree"


def _who(timeline: Timeline, who: str) -> str:
    return engine_of(timeline) if who == ENGINE else "the analytics group"


def grown(timeline: Timeline, who: str, table: str) -> Rows | None:
    """By how much each row of a table has grown: the key, and the window's beginning -> counts."""
    seen = {each["name"]: _rows(each[who][table], table) for each in timeline.of("tables")}
    if not {"before", "after"} <= seen.keys():
        return None
    before = seen["before"]
    return {
        place: tuple(now - then for now, then in zip(counts, before.get(place, (0, 0)), strict=False))
        for place, counts in seen["after"].items()
    }


def _rows(rows: list[dict[str, Any]], table: str) -> Rows:
    found = find_table(table)
    skip = 3 if found.window else 1
    names = [column.name for column in found.columns[skip:]]
    return {
        (row[found.key], *([row["windowstart"]] if found.window else [])): tuple(row[name] for name in names)
        for row in rows
    }

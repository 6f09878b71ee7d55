"""The tables as the analytics group counts them: exactly once, in the orders database.

Hopping windows are sums of minutes: an order is in every window that covers its minute. Nothing is forgotten
and nothing is late here; ksqlDB forgets a window a day after its end (see windowing.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from playground.tables import MAX_ROWS, MINUTE_MS, TableRows, check_size, in_order
from playground.windowing import starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playground.store.model import ItemMinute, Store
    from playground.tables import EngineName, TableQuery, Window


class AnalyticsTables:
    """A `TableEngine`."""

    name: EngineName = "analytics"

    def __init__(self, store: Store) -> None:
        self._store = store

    def query(self, query: TableQuery) -> TableRows:
        window = query.table.window
        rows = self._totals(query) if window is None else self._windows(query, window)
        return TableRows(query.table.columns, in_order(query.table, rows))

    def _totals(self, query: TableQuery) -> Iterator[tuple[Any, ...]]:
        for each in self._store.item_totals(MAX_ROWS + 1, query.key):
            yield each.item, each.orders, each.quantity

    def _windows(self, query: TableQuery, window: Window) -> Iterator[tuple[Any, ...]]:
        since = 0 if query.start is None else query.start
        # The last window that is asked for covers minutes after its beginning.
        until = None if query.end is None else query.end + window.size_ms - MINUTE_MS
        minutes = self._store.item_minutes(since, until, query.key, MAX_ROWS + 1)
        check_size(query.table, len(minutes))  # what is cut off would be missing from the sums
        for (item, start), (orders, quantity) in sums(minutes, window).items():
            if since <= start and (query.end is None or start < query.end):
                counted = {"count": orders, "orders": orders, "quantity": quantity}
                counts = (counted[column.name] for column in query.table.columns[3:])
                yield (item, start, start + window.size_ms, *counts)


def sums(minutes: Iterable[ItemMinute], window: Window) -> dict[tuple[str, int], tuple[int, int]]:
    """Orders and quantity by item and beginning of the window."""
    found: defaultdict[tuple[str, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in minutes:
        for start in starts(each.minute, window):
            orders, quantity = found[each.item, start]
            found[each.item, start] = (orders + each.orders, quantity + each.quantity)
    return found

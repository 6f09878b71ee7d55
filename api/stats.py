"""GET /stats: what the group `analytics` has counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import documents
from api.routing import Call, Route
from playground.clock import iso, now_ms
from playground.jobs import ANALYTICS
from playground.tables import MINUTE_MS

if TYPE_CHECKING:
    from playground.store.model import Store

TOP_ITEMS = 10
MINUTES = 15


def stats(call: Call) -> documents.Stats:
    """Totals, top items, and the last 15 minutes."""
    return read_stats(call.services.store())


def read_stats(store: Store) -> documents.Stats:
    """The document, read from a store.

    Raises StoreUnavailable.
    """
    now = now_ms()
    since = now - now % MINUTE_MS - (MINUTES - 1) * MINUTE_MS
    orders, quantity = store.order_totals()
    return documents.Stats(
        group_id=ANALYTICS,
        orders=orders,
        quantity=quantity,
        top_items=[
            documents.ItemCount(each.item, each.orders, each.quantity)
            for each in store.item_totals(TOP_ITEMS)
        ],
        per_minute=[
            documents.MinuteCount(iso(each.minute), each.item, each.orders, each.quantity)
            for each in store.item_minutes(since)
        ],
    )


ROUTES = (
    Route(
        "GET",
        "/stats",
        "Top items, and orders and quantity per item and minute",
        notes="Counted by the group `analytics`: `orders`, `quantity` and `top_items` since the database "
        "began, `per_minute` over the last 15 minutes, by the time at which an order was sent.",
        view=stats,
        answers={200: documents.Stats},
        problems=(503,),
    ),
)

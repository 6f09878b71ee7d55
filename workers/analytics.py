"""Group `analytics`: rolling counts of orders and quantity per item, and per item and minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.store.model import Store
    from workers.consumer import Apply


def analytics(store: Store) -> Apply:
    """What the consume loop calls with each batch."""
    return store.apply_analytics

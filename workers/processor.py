"""Group `order-processor`: marks each order as processed, exactly once, in the table `orders`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.store.model import Store
    from workers.consumer import Apply


def processor(store: Store) -> Apply:
    """What the consume loop calls with each batch."""
    return store.apply_orders

"""A payment of an order, in the topic `payments`: a stream, joined with the orders in a window of time.

A record's key is the order's id, as text; its value `{"order_id": 1000000000000001, "amount": 1250,
"ts": 1795410760833}`. `amount` in cents, `ts` in milliseconds since 1970.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from playground.orders import MAX_ORDER_ID

_encode = msgspec.json.Encoder().encode


class Payment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An amount paid for an order."""

    order_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ORDER_ID)]
    amount: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


def render_payment(payment: Payment, ts: int) -> tuple[bytes, bytes]:
    """Key and value of the record."""
    value = {"order_id": payment.order_id, "amount": payment.amount, "ts": ts}
    return str(payment.order_id).encode(), _encode(value)

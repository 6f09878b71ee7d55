"""Generated ids: never twice, never in a part of the id space that belongs to others."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.deliveries import Delivery
from api.order_ids import BLOCK, PREFETCH_AT, OrderIds
from playground.errors import KafkaUnavailable
from playground.orders import FIRST_GENERATED_ORDER_ID, FIRST_KEYED_ORDER_ID


class Ledger:
    """The topic order-ids: each lease gets the next offset. Some leases may fail."""

    def __init__(self, first=0, failures=0):
        self.next = first
        self.failures = failures

    async def lease(self, _record):
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise KafkaUnavailable("away")
        self.next += 1
        return Delivery(0, self.next - 1, 0)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 600_000), max_size=8))
def test_no_id_is_given_out_twice_by_two_processes(wanted):
    async def scenario():
        ledger = Ledger()
        processes = [OrderIds(ledger.lease, b"1"), OrderIds(ledger.lease, b"2")]
        taken = []
        for turn, number in enumerate(wanted):
            ids = await processes[turn % 2].take(number)
            taken += [(ids[0], ids[-1]), len(ids)] if len(set(ids)) == number else ["twice"]
            if (one := processes[turn % 2].take_one()) is not None:
                taken.append((one, one))
        return taken, await processes[0].take(1)

    taken, _ = asyncio.run(scenario())
    assert "twice" not in taken
    edges = [edge for spread in taken if isinstance(spread, tuple) for edge in set(spread)]
    assert len(edges) == len(set(edges))


def test_ids_begin_where_clients_ids_end():
    ids = asyncio.run(OrderIds(Ledger().lease, b"").take(2))

    assert ids == [FIRST_GENERATED_ORDER_ID + 1, FIRST_GENERATED_ORDER_ID + 2]


def test_the_next_block_is_asked_for_before_this_one_is_used_up():
    async def scenario():
        ledger = Ledger()
        ids = OrderIds(ledger.lease, b"")
        await ids.take(BLOCK - PREFETCH_AT - 1)
        before = ledger.next
        assert ids.take_one() is not None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return before, ledger.next

    assert asyncio.run(scenario()) == (1, 2)


def test_a_lease_that_failed_is_tried_again_by_the_next_order():
    async def scenario():
        ids = OrderIds(Ledger(failures=1).lease, b"")
        with pytest.raises(KafkaUnavailable):
            await ids.take(1)
        return await ids.take(1)

    assert asyncio.run(scenario()) == [FIRST_GENERATED_ORDER_ID + 1]


def test_the_ids_of_idempotency_keys_are_never_reached():
    last = (FIRST_KEYED_ORDER_ID - FIRST_GENERATED_ORDER_ID) // BLOCK

    with pytest.raises(KafkaUnavailable, match="used up"):
        asyncio.run(OrderIds(Ledger(first=last).lease, b"").take(1))

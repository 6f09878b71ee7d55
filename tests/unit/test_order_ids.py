"""Generated ids: never twice, never in a part of the id space that belongs to others."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.deliveries import Delivery
from api.order_ids import BLOCK, BLOCKS, PREFETCH_AT, OrderIds, first_block
from playground.errors import KafkaUnavailable
from playground.orders import FIRST_GENERATED_ORDER_ID, FIRST_KEYED_ORDER_ID


class Ledger:
    """The topic order-ids: each lease gets the next offset. Some leases may fail.

    `renewed`: the topic is made anew, with this id, just before the next record is written.
    """

    def __init__(self, first=0, failures=0, topic_id="one", renewed=None):
        self.next = first
        self.failures = failures
        self.topic_id = topic_id
        self.renewed = renewed

    def ids(self):
        return OrderIds(self.lease, self.ask_topic_id, b"")

    async def ask_topic_id(self):
        await asyncio.sleep(0)
        return self.topic_id

    async def lease(self, _record):
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise KafkaUnavailable("away")
        if self.renewed:
            self.topic_id, self.renewed, self.next = self.renewed, None, 0
        self.next += 1
        return Delivery(0, self.next - 1, 0)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 600_000), max_size=8))
def test_no_id_is_given_out_twice_by_two_processes(wanted):
    async def scenario():
        ledger = Ledger()
        processes = [ledger.ids(), ledger.ids()]
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


@pytest.mark.parametrize("block", [0, BLOCKS - 1])
def test_ids_stay_between_those_of_clients_and_those_of_idempotency_keys(block):
    first, *_, last = asyncio.run(Ledger((block - first_block("one")) % BLOCKS).ids().take(BLOCK))

    assert first > FIRST_GENERATED_ORDER_ID
    assert last < FIRST_KEYED_ORDER_ID
    assert last - first == BLOCK - 1


def test_leases_of_one_topic_follow_one_another_round_the_whole_space():
    at_the_end = BLOCKS - 1 - first_block("one")
    (last,) = asyncio.run(Ledger(at_the_end).ids().take(1))
    (next_one,) = asyncio.run(Ledger(at_the_end + 1).ids().take(1))

    assert last == FIRST_GENERATED_ORDER_ID + (BLOCKS - 1) * BLOCK + 1
    assert next_one == FIRST_GENERATED_ORDER_ID + 1


def test_a_topic_that_was_made_anew_leads_to_other_ids():
    old = asyncio.run(Ledger(topic_id="one").ids().take(BLOCK))
    new = asyncio.run(Ledger(topic_id="two").ids().take(BLOCK))

    assert not set(old) & set(new)


def test_a_lease_beside_the_birth_of_a_new_topic_is_not_trusted():
    """Its offset is the new topic's: with the old topic's id it would be somebody's block."""

    async def scenario():
        ledger = Ledger(first=3, renewed="two")
        ids = ledger.ids()
        return await ids.take(1), ledger

    (taken,), ledger = asyncio.run(scenario())
    assert ledger.next == 2
    assert taken == FIRST_GENERATED_ORDER_ID + (first_block("two") + 1) % BLOCKS * BLOCK + 1


def test_a_process_that_lives_on_notices_the_new_topic():
    async def scenario():
        ledger = Ledger()
        ids = ledger.ids()
        await ids.take(1)
        ledger.topic_id, ledger.next = "two", 0
        return await ids.take(2 * BLOCK)

    taken = asyncio.run(scenario())
    with_the_old_id = first_block("one") + 1
    assert len(set(taken)) == 2 * BLOCK
    assert not any(with_the_old_id == (one - FIRST_GENERATED_ORDER_ID - 1) // BLOCK for one in taken)


def test_the_next_block_is_asked_for_before_this_one_is_used_up():
    async def scenario():
        ledger = Ledger()
        ids = ledger.ids()
        await ids.take(BLOCK - PREFETCH_AT - 1)
        before = ledger.next
        assert ids.take_one() is not None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return before, ledger.next

    assert asyncio.run(scenario()) == (1, 2)


def test_a_lease_that_failed_is_tried_again_by_the_next_order():
    async def scenario():
        ids = Ledger(failures=1).ids()
        with pytest.raises(KafkaUnavailable):
            await ids.take(1)
        return await ids.take(1)

    assert len(asyncio.run(scenario())) == 1


def test_after_the_last_block_there_are_no_more_ids():
    with pytest.raises(KafkaUnavailable, match="used up"):
        asyncio.run(Ledger(first=BLOCKS).ids().take(1))

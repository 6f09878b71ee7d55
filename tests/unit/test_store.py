"""The database's promises, on both databases: once, all or nothing, and never from a stale position."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.errors import StaleWrite
from playground.jobs import ANALYTICS, ORDER_PROCESSOR
from playground.store.model import Applied, DeadLetter, DeletedAccount, Effects, PartitionBatch
from playground.store.postgres import PostgresStore
from playground.store.sqlite import SqliteStore

MINUTE = 1_795_410_720_000


def row(order_id, offset, item="book", qty=1, produced_at=MINUTE):
    return (order_id, "alice", item, qty, 31, "adult", offset, produced_at)


def batch(partition, first, order_ids, letters=(), **fields):
    """Orders at `first`, `first + 1`, ... and then the dead letters."""
    rows = [row(order_id, first + index, **fields) for index, order_id in enumerate(order_ids)]
    end = first + len(rows)
    dead = [DeadLetter(end + index, reason) for index, reason in enumerate(letters)]
    return PartitionBatch(partition, first, end + len(dead), rows, dead)


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request, tmp_path):
    """Opens the same database again and again, as several workers do."""
    if request.param == "sqlite":
        stores = []

        def open_one(**options):
            stores.append(SqliteStore(tmp_path / "orders.db", **options))
            return stores[-1]
    else:
        url = request.getfixturevalue("postgres").new_database()
        stores = []

        def open_one(**options):
            stores.append(PostgresStore(url, **options))
            return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def topic(store):
    """A topic of two partitions that both groups have begun."""
    ref = store.topic_ref("orders", "id-1")
    for group in (ORDER_PROCESSOR, ANALYTICS):
        store.begin_partitions(group, ref, {0: 0, 1: 0})
    return ref


def account(store, group, partition=0):
    (found,) = [
        entry
        for entry in store.accounts(["id-1"])
        if (entry.position.group_id, entry.position.partition) == (group, partition)
    ]
    return found


def test_a_batch_is_applied_and_moves_the_position(store, topic):
    applied = store.apply_orders(ORDER_PROCESSOR, topic, "w-1", [batch(0, 0, [1, 2, 3]), batch(1, 0, [4])])

    assert applied == [Applied(0, 3, 0, 0), Applied(1, 1, 0, 0)]
    assert store.positions(ORDER_PROCESSOR, topic) == {0: 3, 1: 1}
    assert [order.order_id for order in store.recent_orders(10)] == [4, 3, 2, 1]
    assert account(store, ORDER_PROCESSOR).processed == 3


def test_a_stale_write_leaves_nothing_behind(store, open_store, topic):
    zombie = open_store()
    store.apply_orders(ORDER_PROCESSOR, topic, "w-1", [batch(0, 0, [1, 2])])

    with pytest.raises(StaleWrite) as refused:
        zombie.apply_orders(ORDER_PROCESSOR, topic, "w-2", [batch(1, 0, [9]), batch(0, 0, [7, 8])])

    assert (refused.value.partition, refused.value.expected, refused.value.found) == (0, 0, 2)
    assert store.positions(ORDER_PROCESSOR, topic) == {0: 2, 1: 0}
    assert {order.order_id for order in store.recent_orders(10)} == {1, 2}


def test_a_stale_analytics_write_counts_nothing(store, topic):
    store.apply_analytics(ANALYTICS, topic, "w-1", [batch(0, 0, [1], qty=5)])

    with pytest.raises(StaleWrite):
        store.apply_analytics(ANALYTICS, topic, "w-2", [batch(0, 0, [2], qty=5)])

    assert store.order_totals() == (1, 5)


def test_a_repeated_order_id_has_one_effect_per_group(store, topic):
    store.apply_orders(ORDER_PROCESSOR, topic, "w-1", [batch(0, 0, [1, 2])])

    applied = store.apply_orders(ORDER_PROCESSOR, topic, "w-1", [batch(1, 0, [2, 3, 3])])
    counted = store.apply_analytics(ANALYTICS, topic, "w-1", [batch(0, 0, [1, 2]), batch(1, 0, [2, 3, 3])])

    assert applied == [Applied(1, 1, 2, 0)]
    assert counted == [Applied(0, 2, 0, 0), Applied(1, 1, 2, 0)]
    assert store.order_totals() == (3, 3)
    assert account(store, ORDER_PROCESSOR, 1).duplicates == 2


def test_counts_are_per_item_and_minute(store, topic):
    store.apply_analytics(ANALYTICS, topic, "w", [batch(0, 0, [1, 2], qty=2)])
    store.apply_analytics(ANALYTICS, topic, "w", [batch(0, 2, [3], produced_at=MINUTE + 59_999)])
    store.apply_analytics(ANALYTICS, topic, "w", [batch(0, 3, [4], item="pen", produced_at=MINUTE + 60_000)])

    assert [(total.item, total.orders, total.quantity) for total in store.item_totals(5)] == [
        ("book", 3, 5),
        ("pen", 1, 1),
    ]
    assert [(entry.minute, entry.item, entry.orders) for entry in store.item_minutes(MINUTE)] == [
        (MINUTE, "book", 3),
        (MINUTE + 60_000, "pen", 1),
    ]


def test_dead_letters_are_accounted_for(store, topic):
    applied = store.apply_orders(
        ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1], letters=["not JSON", "tombstone"])]
    )

    assert applied == [Applied(0, 1, 0, 2)]
    assert account(store, ORDER_PROCESSOR).dead_lettered == 2


def test_another_group_of_processors_keeps_its_own_account(store, topic):
    store.apply_orders(ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1, 2])])
    store.begin_partitions("second", topic, {0: 0})

    applied = store.apply_orders("second", topic, "w", [batch(0, 0, [1, 2])])

    assert applied == [Applied(0, 2, 0, 0)]
    assert account(store, "second").processed == 2
    assert account(store, ORDER_PROCESSOR).processed == 2


def test_a_deleted_group_takes_its_account_of_all_topics_along_and_nothing_else(store, topic):
    store.apply_orders(ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1, 2], letters=["bad"])])
    older = store.topic_ref("orders", "id-0")
    for group in ("second", "third"):
        store.begin_partitions(group, topic, {0: 0, 1: 0})
        store.begin_partitions(group, older, {0: 0})
        store.apply_orders(group, topic, "w", [batch(0, 0, [1, 2], letters=["bad"])])
        store.apply_orders(group, older, "w", [batch(0, 0, [3])])
    others = {one for one in store.accounts(["id-0", "id-1"]) if one.position.group_id != "second"}

    assert store.delete_group("second") == DeletedAccount(positions=3, ledger=3, dead_letters=1, effects=0)

    assert set(store.accounts(["id-0", "id-1"])) == others
    assert {one.position.group_id for one in others} == {ANALYTICS, ORDER_PROCESSOR, "third"}
    assert account(store, ORDER_PROCESSOR).dead_lettered == 1
    assert not store.delete_group("second").found


def test_a_group_that_reads_again_keeps_its_balance_all_the_way(store, topic):
    store.begin_partitions("second", topic, {0: 0, 1: 0})
    store.apply_orders("second", topic, "w", [batch(0, 0, [1, 2, 3], letters=["bad"]), batch(1, 0, [9])])
    before = account(store, "second")

    store.rewind("second", topic, [(0, 4, 1)])

    meanwhile = account(store, "second")
    assert meanwhile.position.next_offset == 1
    assert meanwhile.processed + meanwhile.duplicates + meanwhile.dead_lettered == 1
    store.apply_orders("second", topic, "w", [batch(0, 1, [2, 3], letters=["bad"])])
    assert account(store, "second") == before


def test_a_group_may_read_what_was_there_before_it_began(store, topic):
    store.begin_partitions("second", topic, {0: 10})
    store.apply_orders("second", topic, "w", [batch(0, 10, [1, 2])])

    store.rewind("second", topic, [(0, 12, 8)])

    found = account(store, "second")
    assert (found.position.first_offset, found.position.next_offset, found.duplicates) == (8, 8, -2)
    store.apply_orders("second", topic, "w", [batch(0, 8, [7, 8, 1, 2])])
    found = account(store, "second")
    assert (found.processed, found.duplicates, found.position.next_offset) == (4, 0, 12)


def test_nothing_goes_back_when_one_position_has_moved(store, topic):
    store.begin_partitions("second", topic, {0: 0, 1: 0})
    store.apply_orders("second", topic, "w", [batch(0, 0, [1, 2], letters=["bad"]), batch(1, 0, [9])])
    before = store.accounts(["id-1"])

    with pytest.raises(StaleWrite) as refused:
        store.rewind("second", topic, [(0, 3, 0), (1, 2, 0)])

    assert (refused.value.partition, refused.value.expected, refused.value.found) == (1, 2, 1)
    assert store.accounts(["id-1"]) == before


def test_effects_are_counted_per_order_and_group(store, topic):
    for partition, order_id in ((0, 1), (0, 1), (0, 2), (1, 3)):
        store.add_effect("naive", topic, partition, order_id)
    store.add_effect("other", topic, 0, 1)
    store.add_effect("naive", store.topic_ref("orders", "id-0"), 0, 9)

    assert store.effects("naive", "id-1") == [Effects(0, 2, 3, 1), Effects(1, 1, 1, 0)]
    assert store.effects("other", "id-1") == [Effects(0, 1, 1, 0)]
    assert store.delete_group("naive").effects == 4
    assert store.effects("naive", "id-1") == []


def test_a_member_that_outlives_its_deleted_group_writes_nothing(store, open_store, topic):
    zombie = open_store()
    zombie.begin_partitions("second", topic, {0: 0})
    store.delete_group("second")

    with pytest.raises(StaleWrite) as refused:
        zombie.apply_orders("second", topic, "w", [batch(0, 0, [1], letters=["bad"])])

    assert refused.value.found is None
    assert store.delete_group("second") == DeletedAccount(0, 0, 0, 0)


def test_a_recreated_topic_inherits_nothing(store, topic):
    store.apply_orders(ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1, 2])])

    again = store.topic_ref("orders", "id-2")

    assert again != topic
    assert store.topic_ref("orders", "id-1") == topic
    assert store.positions(ORDER_PROCESSOR, again) == {}


def test_beginning_a_partition_again_changes_nothing(store, topic):
    store.apply_orders(ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1])])

    store.begin_partitions(ORDER_PROCESSOR, topic, {0: 0, 1: 5})

    assert store.positions(ORDER_PROCESSOR, topic) == {0: 1, 1: 0}


def test_orders_can_be_asked_for_by_user_and_item(store, topic):
    rows = [row(1, 0), row(2, 1, item="pen"), (3, "bob", "pen", 1, None, None, 2, MINUTE)]
    store.apply_orders(ORDER_PROCESSOR, topic, "w", [PartitionBatch(0, 0, 3, rows, [])])

    assert [order.order_id for order in store.recent_orders(9, item="pen")] == [3, 2]
    assert [order.order_id for order in store.recent_orders(9, user="alice", item="pen")] == [2]
    assert [order.order_id for order in store.recent_orders(1)] == [3]


def test_the_newest_orders_are_found_whatever_the_partition(store, topic):
    older = [row(100 + index, index, produced_at=MINUTE + index) for index in range(150)]
    newer = [row(500 + index, index, produced_at=MINUTE + 1000 + index) for index in range(5)]
    store.apply_orders(
        ORDER_PROCESSOR,
        topic,
        "w",
        [PartitionBatch(0, 0, 150, older, []), PartitionBatch(1, 0, 5, newer, [])],
    )

    expected = [504, 503, 502, 501, 500, *range(249, 94, -1)]
    assert [order.order_id for order in store.recent_orders(100)] == expected[:100]
    assert [order.order_id for order in store.recent_orders(120)] == expected[:120]


@pytest.mark.parametrize("point", ["before_begin", "after_rows", "after_position"])
def test_an_end_before_the_commit_leaves_nothing(open_store, store, topic, point):
    def fail(reached):
        if reached == point:
            raise KeyboardInterrupt

    dying = open_store(reached=fail)

    with pytest.raises(KeyboardInterrupt):
        dying.apply_orders(ORDER_PROCESSOR, topic, "w", [batch(0, 0, [1, 2])])

    assert store.recent_orders(10) == []
    assert store.positions(ORDER_PROCESSOR, topic) == {0: 0, 1: 0}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_of_honest_and_stale_writers_balances(tmp_path_factory, data):
    """Two writers with their own idea of the position, ids that repeat: the account always balances."""
    store = SqliteStore(tmp_path_factory.mktemp("store") / "orders.db")
    ref = store.topic_ref("orders", "id-1")
    store.begin_partitions(ORDER_PROCESSOR, ref, {0: 0})
    believed = {"a": 0, "b": 0}
    refused = 0
    for _ in range(data.draw(st.integers(1, 12))):
        writer = data.draw(st.sampled_from(["a", "b"]))
        ids = data.draw(st.lists(st.integers(1, 20), min_size=1, max_size=5))
        sent = batch(0, believed[writer], ids, letters=["bad"] * data.draw(st.integers(0, 1)))
        try:
            store.apply_orders(ORDER_PROCESSOR, ref, writer, [sent])
            believed[writer] = sent.next_offset
        except StaleWrite as error:
            refused += 1
            believed[writer] = error.found

    entry = account(store, ORDER_PROCESSOR)
    store.close()

    assert entry.position.next_offset == entry.processed + entry.duplicates + entry.dead_lettered

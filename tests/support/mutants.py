"""`python mutants.py MUTANT KIND`: a worker, or the API (KIND `api`), with one promise broken on purpose.

Each mutant is a mistake that real systems make. The audit, or a check of an experiment, must see it.
MUTANT `@FOLDER`: the one that the file FOLDER/KIND names at the start of the process; none without it.
"""

import sys
from pathlib import Path

from playground.store import queries
from playground.store.sql import SqlStore


def guard_off() -> None:
    """Positions move from whatever they are: a zombie's write counts."""
    queries.MOVE_POSITION = queries.MOVE_POSITION.replace("AND next_offset = {p}", "AND {p} >= 0")


def commit_before_apply() -> None:
    """The position moves in a transaction of its own, before the results are written."""
    honest = SqlStore._apply

    def apply(self, group_id, topic_ref, batches, insert):
        with self._transaction():
            for batch in batches:
                self._move_position(group_id, topic_ref, batch, 0)
        self._reached("after_position")
        for batch in batches:
            batch.expected = batch.next_offset
        return honest(self, group_id, topic_ref, batches, insert)

    SqlStore._apply = apply


def auto_commit() -> None:
    """Kafka's auto-committed offsets decide where to begin, as in the client's own examples."""
    guard_off()
    from confluent_kafka import TopicPartition

    from playground import clients
    from playground.topics import ORDERS
    from workers import assignment, member

    honest_consumer, honest_read = clients.create_consumer, assignment.Assignment._read_positions

    def create_consumer(kafka, client_id, **properties):
        return honest_consumer(
            kafka,
            client_id,
            **properties,
            enable_auto_commit=True,
            auto_commit_interval_ms=100,
            enable_auto_offset_store=True,
        )

    def read_positions(self, numbers):
        found = honest_read(self, numbers)
        committed = self._consumer.committed([TopicPartition(ORDERS, part) for part in numbers], timeout=10)
        return found | {place.partition: place.offset for place in committed if place.offset >= 0}

    member.create_consumer = create_consumer
    assignment.Assignment._read_positions = read_positions


def ack_before_report() -> None:
    """The API answers as soon as the producer has the record, like `producer.send(...)` without waiting."""
    import asyncio

    from api.deliveries import Deliveries, Delivery

    honest_one, honest_batch = Deliveries.send, Deliveries.send_batch
    under_way = set()

    def in_background(coroutine):
        task = asyncio.ensure_future(coroutine)
        under_way.add(task)
        task.add_done_callback(lambda done: (under_way.discard(done), done.exception()))

    async def send(self, topic, record):
        in_background(honest_one(self, topic, record))
        return Delivery(0, 0, 0)

    async def send_batch(self, topic, records):
        in_background(honest_batch(self, topic, records))
        return [Delivery(0, 0, 0)] * len(records)

    Deliveries.send, Deliveries.send_batch = send, send_batch


def leases_begin_again() -> None:
    """Ids begin where they always begin: a new topic `order-ids` gives out the old ones again."""
    from api import order_ids

    honest = order_ids.OrderIds._lease_block

    async def lease_block(self):
        """Whichever lease it is: one that was answered too late is asked for again."""
        await honest(self)
        first = order_ids.FIRST_GENERATED_ORDER_ID + 1
        self._blocks[-1] = range(first, first + order_ids.BLOCK)

    order_ids.OrderIds._lease_block = lease_block


def skips_orders() -> None:
    """One order of twenty is passed over: the position moves on without it."""
    from workers import consumer

    honest = consumer.decode

    def decode(*arguments):
        batches, gaps = honest(*arguments)
        for batch in batches.values():
            batch.rows = [row for row in batch.rows if row[6] % 20]  # row[6]: its offset
        return batches, gaps

    consumer.decode = decode


def writes_twice() -> None:
    """Every batch is written a second time, and no position is in the way: the ledger alone stops it."""
    guard_off()
    honest = SqlStore._apply

    def apply(self, group_id, topic_ref, batches, insert):
        honest(self, group_id, topic_ref, batches, insert)
        return honest(self, group_id, topic_ref, batches, insert)

    SqlStore._apply = apply


def new_id_per_attempt() -> None:
    """Every batch is written a second time under ids of its own: nothing stops the second effect."""
    guard_off()
    honest = SqlStore.apply_orders

    def apply_orders(self, group_id, topic_ref, worker, batches):
        applied = honest(self, group_id, topic_ref, worker, batches)
        for batch in batches:
            batch.rows = [(-row[0], *row[1:]) for row in batch.rows]
        honest(self, group_id, topic_ref, worker, batches)
        return applied

    SqlStore.apply_orders = apply_orders


def works_on() -> None:
    """Says that it has given up its partitions, and goes on reading and writing them."""
    from confluent_kafka import TopicPartition

    from playground.topics import ORDERS
    from workers.assignment import Assignment

    honest_revoked, honest_retry = Assignment.revoked, Assignment.retry
    kept: dict[int, int] = {}

    def revoked(self, partitions, *, lost):
        kept.update({part.partition: self.positions[part.partition] for part in partitions})
        honest_revoked(self, partitions, lost=lost)

    def retry(self):
        if kept:
            self._consumer.incremental_assign([TopicPartition(ORDERS, *place) for place in kept.items()])
            self.positions |= kept
            kept.clear()
        honest_retry(self)

    Assignment.revoked, Assignment.retry = revoked, retry


def never_leaves() -> None:
    """Is told to give up partitions, and says and does nothing: they stay its own, as far as it knows."""
    from workers.assignment import Assignment

    Assignment.revoked = lambda _self, _partitions, *, lost: None  # noqa: ARG005


def lag_off_by_one() -> None:
    """The last record is taken for the end of the log, which is one further."""
    from playground import lag

    honest = lag.partition_lag

    def partition_lag(committed, span):
        position, found, reason = honest(committed, span)
        return position, found and found - 1, reason

    lag.partition_lag = partition_lag


MUTANTS = {
    mutant.__name__: mutant
    for mutant in (
        guard_off,
        commit_before_apply,
        auto_commit,
        ack_before_report,
        leases_begin_again,
        skips_orders,
        writes_twice,
        new_id_per_attempt,
        works_on,
        never_leaves,
        lag_off_by_one,
    )
}


def mutate(mutant: str, kind: str) -> None:
    """Break this process. Raises KeyError for a mutant that does not exist."""
    if mutant.startswith("@"):
        named = Path(mutant[1:], kind)
        mutant = named.read_text() if named.exists() else ""
    if mutant:
        MUTANTS[mutant]()


if __name__ == "__main__":
    mutate(sys.argv[1], sys.argv[2])
    if sys.argv[2:] == ["api"]:
        from api.__main__ import main as run_api

        sys.exit(run_api([]))
    from workers.__main__ import main

    sys.exit(main(sys.argv[2:]))

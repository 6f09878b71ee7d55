"""What SQLite and PostgreSQL share: reading, and the one transaction that everything rests on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from playground.errors import StaleWrite
from playground.jobs import ORDER_PROCESSOR
from playground.store import queries
from playground.store.model import (
    Account,
    Applied,
    DeletedAccount,
    Effects,
    ItemMinute,
    ItemTotal,
    Position,
    ProcessedOrder,
)
from playground.store.schema import RECENT_SLOTS
from playground.tables import MINUTE_MS
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from playground.store.model import OrderRow, PartitionBatch

    Batches = Sequence[PartitionBatch]

MANY = 2**31


def nowhere(_point: str) -> None:
    """Nothing happens at the named points, unless a fault is wanted."""


class SqlStore(ABC):
    """Half of `Store`; `reached` is called at the named points of a transaction (for faults)."""

    _reached: Callable[[str], None]

    @abstractmethod
    def _rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        """All rows of a query in which `{p}` is the placeholder."""

    @abstractmethod
    def _change(self, sql: str, *arguments: object) -> int:
        """Run a statement inside the transaction; the number of rows it changed."""

    @abstractmethod
    def _change_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once per row, inside the transaction."""

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """Commits when the block ends, rolls back when it raises."""

    @abstractmethod
    def _insert_orders(self, topic_ref: int, worker: str, batches: Batches) -> list[int]:
        """Write rows of `orders`, skipping ids that are there; the number written per batch."""

    @abstractmethod
    def _insert_ledger(self, group_id: str, topic_ref: int, batches: Batches) -> list[Sequence[OrderRow]]:
        """Write the orders that this group has not handled yet, and return those, per batch."""

    def topic_ref(self, name: str, topic_id: str) -> int:
        with self._transaction():
            self._change(
                "INSERT INTO topics (name, topic_id) VALUES ({p}, {p}) ON CONFLICT DO NOTHING", name, topic_id
            )
        return int(self._rows("SELECT topic_ref FROM topics WHERE topic_id = {p}", topic_id)[0][0])

    def positions(self, group_id: str, topic_ref: int) -> dict[int, int]:
        return {row[0]: row[1] for row in self._rows(queries.POSITIONS, group_id, topic_ref)}

    def begin_partitions(self, group_id: str, topic_ref: int, first_offsets: dict[int, int]) -> None:
        with self._transaction():
            self._change_many(
                "INSERT INTO positions (group_id, topic_ref, partition, first_offset, next_offset)"
                " VALUES ({p}, {p}, {p}, {p}, {p}) ON CONFLICT DO NOTHING",
                [(group_id, topic_ref, part, first, first) for part, first in first_offsets.items()],
            )

    def apply_orders(
        self, group_id: str, topic_ref: int, worker: str, batches: Sequence[PartitionBatch]
    ) -> list[Applied]:
        def insert() -> list[int]:
            if group_id != ORDER_PROCESSOR:  # `orders` has one owner
                return [len(rows) for rows in self._insert_ledger(group_id, topic_ref, batches)]
            self._remember_recent(topic_ref, batches)
            return self._insert_orders(topic_ref, worker, batches)

        return self._apply(group_id, topic_ref, batches, insert)

    def apply_analytics(
        self, group_id: str, topic_ref: int, _worker: str, batches: Sequence[PartitionBatch]
    ) -> list[Applied]:
        def insert() -> list[int]:
            fresh = self._insert_ledger(group_id, topic_ref, batches)
            self._count(chain.from_iterable(fresh))
            return [len(rows) for rows in fresh]

        return self._apply(group_id, topic_ref, batches, insert)

    def accounts(self, topic_ids: Iterable[str]) -> list[Account]:
        wanted = set(topic_ids)
        rows = self._rows(queries.ACCOUNTS, ORDER_PROCESSOR)
        return [Account(Position(*row[:6]), *row[6:]) for row in rows if row[2] in wanted]

    def rewind(self, group_id: str, topic_ref: int, moves: Iterable[tuple[int, int, int]]) -> None:
        with self._transaction():
            firsts = dict(self._rows(queries.FIRST_OFFSETS, group_id, topic_ref))
            for partition, now, then in moves:
                key = (group_id, topic_ref, partition)
                letters = self._change(queries.FORGET_DEAD_LETTERS, *key, then)
                again = now - max(then, firsts.get(partition, then)) - letters
                if self._change(queries.REWIND, then, again, then, then, *key, now) != 1:
                    found = self.positions(group_id, topic_ref).get(partition)
                    raise StaleWrite(ORDERS, partition, now, found)

    def delete_group(self, group_id: str) -> DeletedAccount:
        with self._transaction():
            return DeletedAccount(*[self._change(sql, group_id) for sql in queries.DELETE_GROUP])

    def add_effect(self, group_id: str, topic_ref: int, partition: int, order_id: int) -> None:
        with self._transaction():
            self._change(queries.ADD_EFFECT, group_id, order_id, topic_ref, partition)

    def effects(self, group_id: str, topic_id: str) -> list[Effects]:
        return [Effects(*map(int, row)) for row in self._rows(queries.EFFECTS, group_id, topic_id)]

    def recent_orders(
        self, limit: int, user: str | None = None, item: str | None = None
    ) -> list[ProcessedOrder]:
        given = [(name, value) for name, value in (("user", user), ("item", item)) if value is not None]
        if limit <= RECENT_SLOTS and not given:
            return [ProcessedOrder(*row) for row in self._rows(queries.RECENT, limit)]
        where = " AND ".join(f'"{name}" = {{p}}' for name, _ in given)
        sql = queries.RECENT_BY_SCAN.replace("{where}", f"WHERE {where}" if where else "")
        return [ProcessedOrder(*row) for row in self._rows(sql, *(value for _, value in given), limit)]

    def item_totals(self, limit: int, item: str | None = None) -> list[ItemTotal]:
        sql = queries.ITEM_TOTALS.replace("{where}", "" if item is None else "WHERE item = {p}")
        given = () if item is None else (item,)
        return [ItemTotal(*row) for row in self._rows(sql, *given, limit)]

    def item_minutes(
        self, since_ms: int, until_ms: int | None = None, item: str | None = None, limit: int | None = None
    ) -> list[ItemMinute]:
        terms = {"minute >= {p}": since_ms, "minute < {p}": until_ms, "item = {p}": item}
        given = {term: value for term, value in terms.items() if value is not None}
        sql = queries.ITEM_MINUTES.replace("{where}", " AND ".join(given))
        most = MANY if limit is None else limit
        return [ItemMinute(*row) for row in self._rows(sql, *given.values(), most)]

    def order_totals(self) -> tuple[int, int]:
        (row,) = self._rows(queries.ORDER_TOTALS)
        return int(row[0]), int(row[1])

    def ping(self) -> None:
        self._rows("SELECT 1")

    def _apply(
        self, group_id: str, topic_ref: int, batches: Batches, insert: Callable[[], list[int]]
    ) -> list[Applied]:
        """Rows, then positions, in one transaction."""
        self._reached("before_begin")
        with self._transaction():
            applied = [
                Applied(batch.partition, new, len(batch.rows) - new, len(batch.dead_letters))
                for batch, new in zip(batches, insert(), strict=True)
            ]
            self._insert_dead_letters(group_id, topic_ref, batches)
            self._reached("after_rows")
            for batch, result in zip(batches, applied, strict=True):
                self._move_position(group_id, topic_ref, batch, result.duplicates)
            self._reached("after_position")
        self._reached("after_commit")
        return applied

    def _move_position(self, group_id: str, topic_ref: int, batch: PartitionBatch, duplicates: int) -> None:
        """The guard: a position moves only from the value that the writer expected."""
        key = (group_id, topic_ref, batch.partition)
        moved = self._change(queries.MOVE_POSITION, batch.next_offset, duplicates, *key, batch.expected)
        if moved != 1:
            found = self.positions(group_id, topic_ref).get(batch.partition)
            raise StaleWrite(ORDERS, batch.partition, batch.expected, found)

    def _remember_recent(self, topic_ref: int, batches: Batches) -> None:
        slots = [
            (topic_ref, batch.partition, row[6] % RECENT_SLOTS, row[0])
            for batch in batches
            for row in batch.rows[-RECENT_SLOTS:]
        ]
        self._change_many(queries.REMEMBER_RECENT, slots)

    def _insert_dead_letters(self, group_id: str, topic_ref: int, batches: Batches) -> None:
        letters = [
            (group_id, topic_ref, batch.partition, *letter)
            for batch in batches
            for letter in batch.dead_letters
        ]
        self._change_many(
            "INSERT INTO dead_letters VALUES ({p}, {p}, {p}, {p}, {p}) ON CONFLICT DO NOTHING", letters
        )

    def _count(self, rows: Iterable[OrderRow]) -> None:
        """Add orders to the counts per item and minute; sorted, so that two writers never deadlock."""
        orders: Counter[tuple[int, str]] = Counter()
        quantity: Counter[tuple[int, str]] = Counter()
        for row in rows:
            key = (row[7] - row[7] % MINUTE_MS, row[2])
            orders[key] += 1
            quantity[key] += row[3]
        counts = sorted((minute, item, n, quantity[minute, item]) for (minute, item), n in orders.items())
        self._change_many(queries.COUNT_MINUTES, counts)
        self._change_many(queries.COUNT_TOTALS, sorted(count[1:] for count in counts))

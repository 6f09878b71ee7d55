"""The orders database in one SQLite file (WAL) that a person can open.

`synchronous=NORMAL` is enough for exactly once: a power cut may lose the last transactions,
but rows and positions go back together and Kafka gives the records again.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from playground.clock import now_ms
from playground.errors import StoreUnavailable
from playground.store.schema import create_statements
from playground.store.sql import SqlStore, nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from playground.store.model import OrderRow, PartitionBatch

LOCK_TIMEOUT_SECONDS = 5.0
# Rows per statement: fewer calls, and the interpreter's lock is given up once per chunk, not per row.
CHUNK = 100


class SqliteStore(SqlStore):
    """Implements `Store` with one connection to the file at `path`."""

    def __init__(self, path: Path, reached: Callable[[str], None] = nowhere) -> None:
        self._path = path
        self._reached = reached
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA wal_autocheckpoint = 4000")
            self._db.execute("PRAGMA cache_size = -8192")
            with self._transaction():
                for statement in create_statements(sqlite=True):
                    self._db.execute(statement)

    def close(self) -> None:
        self._db.close()

    def _insert_orders(self, topic_ref: int, worker: str, batches: Sequence[PartitionBatch]) -> list[int]:
        processed_at = now_ms()
        return [
            self._insert_chunks(batch.rows, (topic_ref, batch.partition, worker, processed_at))
            for batch in batches
        ]

    def _insert_chunks(self, rows: Sequence[OrderRow], shared: tuple[int, int, str, int]) -> int:
        inserted = 0
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            values = (*shared, *chain.from_iterable(chunk))
            inserted += self._db.execute(_insert_statement(len(chunk)), values).rowcount
        return inserted

    def _insert_ledger(
        self, group_id: str, topic_ref: int, batches: Sequence[PartitionBatch]
    ) -> list[Sequence[OrderRow]]:
        return [self._insert_fresh(group_id, topic_ref, batch) for batch in batches]

    def _insert_fresh(self, group_id: str, topic_ref: int, batch: PartitionBatch) -> Sequence[OrderRow]:
        sql = "INSERT OR IGNORE INTO ledger (group_id, order_id, topic_ref, partition) VALUES (?, ?, ?, ?)"
        entries = [(group_id, row[0], topic_ref, batch.partition) for row in batch.rows]
        self._db.execute("SAVEPOINT ledger")
        if not entries or self._db.executemany(sql, entries).rowcount == len(entries):
            self._db.execute("RELEASE ledger")
            return batch.rows
        # Some were handled before: once more, one by one, to see which.
        self._db.execute("ROLLBACK TO ledger")
        pairs = zip(batch.rows, entries, strict=True)
        fresh = [row for row, entry in pairs if self._db.execute(sql, entry).rowcount]
        self._db.execute("RELEASE ledger")
        return fresh

    def _rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._db.execute(sql.replace("{p}", "?"), arguments).fetchall()

    def _change(self, sql: str, *arguments: object) -> int:
        return self._db.execute(sql.replace("{p}", "?"), arguments).rowcount

    def _change_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            self._db.executemany(sql.replace("{p}", "?"), rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"database {self._path}: {error}") from error


@cache
def _insert_statement(rows: int) -> str:
    """One statement for many rows; what they share is bound once, as ?1 to ?4."""
    row = "({}, ?1, ?2, ?3, ?4)"
    values = ", ".join(
        row.format(", ".join(f"?{5 + 8 * index + column}" for column in range(8))) for index in range(rows)
    )
    columns = (
        'order_id, "user", item, qty, age, age_group, "offset", produced_at,'
        " topic_ref, partition, worker, processed_at"
    )
    return f"INSERT OR IGNORE INTO orders ({columns}) VALUES {values}"  # noqa: S608 - constants and numbers

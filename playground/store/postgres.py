"""The orders database in PostgreSQL, for clusters and for workers on several machines.

Rows travel by COPY: an INSERT per row is several times slower. COPY cannot skip ids that are there, so when
it meets one, the rows take the way through a temporary table and one INSERT that can.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString, cast

import psycopg

from playground.clock import now_ms
from playground.errors import StoreUnavailable
from playground.store.schema import create_statements
from playground.store.sql import SqlStore, nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playground.store.model import OrderRow, PartitionBatch

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_MS = 10_000
# Any number will do; two processes that start together must not create the tables at once.
SCHEMA_LOCK = 5_261_001

INCOMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    order_id BIGINT, "user" TEXT, item TEXT, qty INTEGER, age INTEGER, age_group TEXT,
    "offset" BIGINT, produced_at BIGINT, partition INTEGER
) ON COMMIT DELETE ROWS
"""
COPY = """
COPY incoming (order_id, "user", item, qty, age, age_group, "offset", produced_at, partition) FROM STDIN
"""
COPY_ORDERS = """
COPY orders (order_id, "user", item, qty, age, age_group, "offset", produced_at,
             topic_ref, partition, worker, processed_at) FROM STDIN
"""
INSERT_ORDERS = """
INSERT INTO orders (order_id, "user", item, qty, age, age_group, "offset", produced_at,
                    topic_ref, partition, worker, processed_at)
SELECT order_id, "user", item, qty, age, age_group, "offset", produced_at,
       {p}::integer, partition, {p}::text, {p}::bigint
FROM incoming ON CONFLICT DO NOTHING
"""
INSERT_LEDGER = """
INSERT INTO ledger (group_id, order_id, topic_ref, partition)
SELECT {p}::text, order_id, {p}::integer, partition FROM incoming
ON CONFLICT DO NOTHING
"""


class PostgresStore(SqlStore):
    """Implements `Store` with one connection, made anew after it broke."""

    def __init__(self, url: str, reached: Callable[[str], None] = nowhere) -> None:
        self._url = url
        self._reached = reached
        self._open: psycopg.Connection | None = None
        with self._transaction():
            self._change("SELECT pg_advisory_xact_lock({p})", SCHEMA_LOCK)
            for statement in create_statements(sqlite=False):
                self._change(statement)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _insert_orders(self, topic_ref: int, worker: str, batches: Sequence[PartitionBatch]) -> list[int]:
        processed_at = now_ms()
        try:
            self._copy_orders(topic_ref, worker, processed_at, batches)
        except psycopg.errors.UniqueViolation:  # some are there already: the slower way can tell which
            fresh = self._insert(INSERT_ORDERS, (topic_ref, worker, processed_at), batches)
            return [len(rows) for rows in fresh]
        return [len(batch.rows) for batch in batches]

    def _copy_orders(
        self, topic_ref: int, worker: str, processed_at: int, batches: Sequence[PartitionBatch]
    ) -> None:
        """Straight into `orders`, all or none."""
        with self._db().transaction(), self._db().cursor() as cursor, cursor.copy(_sql(COPY_ORDERS)) as copy:
            for batch in batches:
                shared = (topic_ref, batch.partition, worker, processed_at)
                for row in batch.rows:
                    copy.write_row((*row, *shared))

    def _insert_ledger(
        self, group_id: str, topic_ref: int, batches: Sequence[PartitionBatch]
    ) -> list[Sequence[OrderRow]]:
        return self._insert(INSERT_LEDGER, (group_id, topic_ref), batches)

    def _insert(
        self, sql: str, shared: tuple[object, ...], batches: Sequence[PartitionBatch]
    ) -> list[Sequence[OrderRow]]:
        """Insert all rows in one statement; return the new ones per batch."""
        self._copy(batches)
        # Asking for the ids costs; so only when some were there, and then the insert is made once more.
        with self._db().transaction() as savepoint:
            if self._change(sql, *shared) == sum(len(batch.rows) for batch in batches):
                return [batch.rows for batch in batches]
            raise psycopg.Rollback(savepoint)
        new = {row[0] for row in self._db().execute(_sql(sql + " RETURNING order_id"), shared)}
        fresh: list[Sequence[OrderRow]] = []
        for batch in batches:
            rows = []
            for row in batch.rows:
                if row[0] in new:
                    new.remove(row[0])  # an id that stands twice counts once
                    rows.append(row)
            fresh.append(rows)
        return fresh

    def _copy(self, batches: Sequence[PartitionBatch]) -> None:
        with self._db().cursor() as cursor, cursor.copy(_sql(COPY)) as copy:
            for batch in batches:
                for row in batch.rows:
                    copy.write_row((*row, batch.partition))

    def _rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._db().execute(_sql(sql), arguments).fetchall()

    def _change(self, sql: str, *arguments: object) -> int:
        return self._db().execute(_sql(sql), arguments).rowcount

    def _change_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            with self._db().cursor() as cursor:
                cursor.executemany(_sql(sql), rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained(), self._db().transaction():
            yield

    def _db(self) -> psycopg.Connection:
        if self._open is None or self._open.closed:
            self._open = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                # A host that is gone without a word: notice it in seconds, not in a quarter of an hour.
                tcp_user_timeout=10_000,
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=3,
                options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c synchronous_commit=on",
            )
            self._open.execute(_sql(INCOMING))
        return self._open

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if self._open is not None and self._open.broken:
                self.close()
            where = "" if self._open is None else f" {self._open.info.host}:{self._open.info.port}"
            raise StoreUnavailable(f"database PostgreSQL{where}: {error}") from error


def _sql(text: str) -> LiteralString:
    """Psycopg wants to see that no value was pasted into a statement; ours are constants of this house."""
    return cast("LiteralString", text.replace("{p}", "%s"))  # type: ignore[redundant-cast]

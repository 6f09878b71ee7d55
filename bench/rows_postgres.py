"""The order processor into PostgreSQL against a bare COPY of the same rows into the same table."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg

from bench.drain import drain
from bench.measure import Reading, Variant
from bench.orders import TS, fill, new_order
from bench.plan import Group, Row
from bench.postgres import PostgresServer
from bench.processes import python
from playground.orders import FIRST_GENERATED_ORDER_ID
from playground.store.schema import create_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab

RECORDS, SPARE = 800_000, 100_000
BLOCK = 1000
COPY = (
    'COPY orders (order_id, "user", item, qty, age, age_group, "offset", produced_at, topic_ref, partition,'
    " worker, processed_at) FROM STDIN"
)


@contextlib.contextmanager
def open_postgres(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """A server, a full topic, and the rows as COPY wants them."""
    server = PostgresServer(lab)
    records = lab.scale.count(RECORDS, 50_000)
    fill(lab.settings, records + SPARE, say)
    blocks = [_block(start, min(start + BLOCK, records)) for start in range(0, records, BLOCK)]

    def worker(watch: Stopwatch) -> Reading:
        settings = lab.make_settings(DATABASE_URL=server.new_database())
        process = lab.start("processor-postgres", python("-m", "workers", "processor"), settings)
        try:
            return drain(process, watch, records, lab.scale.pick(30, 5))
        finally:
            process.stop()

    def bare_copy(watch: Stopwatch) -> Reading:
        with psycopg.connect(server.new_database()) as connection:
            for statement in create_statements(sqlite=False):
                connection.execute(statement)
            connection.commit()
            watch.start()
            with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                for block in blocks:
                    copy.write(block)
            connection.commit()
            return Reading(records / watch.stop())

    yield [Variant("processor, PostgreSQL", worker), Variant("bare COPY", bare_copy)]


def _block(start: int, stop: int) -> bytes:
    """Rows as text, made before the clock runs: the server alone is measured."""
    lines = []
    for number in range(start, stop):
        order = new_order(number)
        lines.append(
            f"{FIRST_GENERATED_ORDER_ID + number}\t{order.user}\t{order.item}\t{order.qty}\t{order.age}\t"
            f"{order.age_group}\t{number // 6}\t{TS}\t1\t{number % 6}\tprocessor-1\t{TS}\n"
        )
    return "".join(lines).encode()


POSTGRES = Group(
    "postgres",
    "orders/s",
    (
        Row(
            "postgres-copy",
            "order processor, exactly once into PostgreSQL",
            "one bare COPY of the same rows into the same table",
            "processor, PostgreSQL",
            "bare COPY",
            0.5,
        ),
    ),
    open_postgres,
)

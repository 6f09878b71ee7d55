"""The tables, in SQL that SQLite and PostgreSQL both take.

`orders.order_id` is SQLite's own row id (INTEGER PRIMARY KEY), so a row costs one tree insert, not two.
Times are milliseconds since 1970.
"""

from __future__ import annotations

# Recent orders that are remembered per partition.
RECENT_SLOTS = 100

TABLES = (
    """CREATE TABLE IF NOT EXISTS topics (
        topic_ref {serial} PRIMARY KEY,
        name TEXT NOT NULL,
        topic_id TEXT NOT NULL UNIQUE
    )""",
    """CREATE TABLE IF NOT EXISTS positions (
        group_id TEXT NOT NULL,
        topic_ref INTEGER NOT NULL REFERENCES topics (topic_ref),
        partition INTEGER NOT NULL,
        first_offset BIGINT NOT NULL,
        next_offset BIGINT NOT NULL,
        duplicates BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (group_id, topic_ref, partition)
    )""",
    """CREATE TABLE IF NOT EXISTS orders (
        order_id {big_key} PRIMARY KEY,
        "user" TEXT NOT NULL,
        item TEXT NOT NULL,
        qty INTEGER NOT NULL,
        age INTEGER,
        age_group TEXT,
        "offset" BIGINT NOT NULL,
        produced_at BIGINT NOT NULL,
        topic_ref INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        worker TEXT NOT NULL,
        processed_at BIGINT NOT NULL
    )""",
    # The last orders of each partition, so that "newest first" needs no index on all of them
    # (measured: such an index makes writing orders a third slower).
    """CREATE TABLE IF NOT EXISTS recent_orders (
        topic_ref INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        slot INTEGER NOT NULL,
        order_id BIGINT NOT NULL,
        PRIMARY KEY (topic_ref, partition, slot)
    ){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS ledger (
        group_id TEXT NOT NULL,
        order_id BIGINT NOT NULL,
        topic_ref INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        PRIMARY KEY (group_id, order_id)
    ){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS item_totals (
        item TEXT NOT NULL PRIMARY KEY,
        orders BIGINT NOT NULL,
        quantity BIGINT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS item_minutes (
        minute BIGINT NOT NULL,
        item TEXT NOT NULL,
        orders BIGINT NOT NULL,
        quantity BIGINT NOT NULL,
        PRIMARY KEY (minute, item)
    ){without_rowid}""",
    # How often an order took effect, where nothing keeps it from having several: see `add_effect`.
    """CREATE TABLE IF NOT EXISTS effects (
        group_id TEXT NOT NULL,
        order_id BIGINT NOT NULL,
        topic_ref INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (group_id, order_id)
    ){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS dead_letters (
        group_id TEXT NOT NULL,
        topic_ref INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        "offset" BIGINT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (group_id, topic_ref, partition, "offset")
    )""",
)


def create_statements(*, sqlite: bool) -> list[str]:
    """The statements that make all tables, for one of the two databases."""
    words = {
        "serial": "INTEGER" if sqlite else "INTEGER GENERATED ALWAYS AS IDENTITY",
        "big_key": "INTEGER" if sqlite else "BIGINT",
        "without_rowid": " WITHOUT ROWID" if sqlite else "",
    }
    return [statement.format(**words) for statement in TABLES]

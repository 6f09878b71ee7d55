"""The orders database: SQLite by default, PostgreSQL in a cluster.

`open_store(settings)` picks by the URL; `playground.store.model.Store` says what it can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.store.sql import nowhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.settings import Settings
    from playground.store.model import Store


def open_store(settings: Settings, reached: Callable[[str], None] = nowhere) -> Store:
    """Connect, and create the tables that are missing.

    `reached` is called at the named points of each transaction: faults wait there.

    Raises StoreUnavailable when the database does not answer.
    """
    url = settings.database_url
    if url.startswith("sqlite:///"):
        from pathlib import Path  # noqa: PLC0415 - only the driver in use is imported

        from playground.store.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(Path(url.removeprefix("sqlite:///")), reached)
    from playground.store.postgres import PostgresStore  # noqa: PLC0415

    return PostgresStore(url, reached)

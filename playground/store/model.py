"""What the orders database holds and answers; SQLite and PostgreSQL both implement `Store`.

Tables
    topics           a topic by Kafka's topic *id*: a recreated topic is another row and inherits nothing
    positions        per group, topic and partition: where the accounting began, the next offset to handle,
                     and how many records were duplicates
    orders           results of the group `order-processor`: one row per order
    ledger           orders that another group has handled; its `order_id` makes a second effect impossible
    item_totals      results of the group `analytics`: orders and quantity per item
    item_minutes     the same per item and minute (of the record's timestamp)
    effects          how often an order took effect in a group without exactly-once delivery
    dead_letters     records that no handler could take, by source position

Results and positions are written in one transaction, and a position moves only from the value
the writer expected. That is the whole of "nothing lost, nothing twice".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


# One order as a handler hands it to the store, a plain tuple because a worker makes a million of them:
# order_id, user, item, qty, age, age_group, offset, produced_at (milliseconds since 1970).
OrderRow = tuple[int, str, str, int, int | None, str | None, int, int]


class DeadLetter(NamedTuple):
    """A record that could not be taken, and why."""

    offset: int
    reason: str


@dataclass(slots=True)
class PartitionBatch:
    """What one batch does to one partition: from `expected` (the position before) to `next_offset`."""

    partition: int
    expected: int
    next_offset: int
    rows: list[OrderRow]
    dead_letters: list[DeadLetter]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a PartitionBatch."""

    partition: int
    processed: int
    duplicates: int
    dead_lettered: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands in a partition. `first_offset`: where its accounting began."""

    group_id: str
    topic: str
    topic_id: str
    partition: int
    first_offset: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class Account:
    """A position and what the database holds for it: rows are counted, not remembered."""

    position: Position
    processed: int
    duplicates: int
    dead_lettered: int


@dataclass(frozen=True, slots=True)
class DeletedAccount:
    """How many rows a deleted group had, over all topics."""

    positions: int
    ledger: int
    dead_letters: int
    effects: int

    @property
    def found(self) -> bool:
        """Whether there was anything."""
        return bool(self.positions or self.ledger or self.dead_letters or self.effects)


@dataclass(frozen=True, slots=True)
class Effects:
    """What the orders of a partition have caused in a group without exactly-once delivery.

    `orders` took effect at least once, `effects` times in all, `repeated` of them more than once.
    """

    partition: int
    orders: int
    effects: int
    repeated: int


@dataclass(frozen=True, slots=True)
class ProcessedOrder:
    """A row of `orders`. Times in milliseconds since 1970."""

    order_id: int
    user: str
    item: str
    qty: int
    age: int | None
    age_group: str | None
    partition: int
    offset: int
    worker: str
    produced_at: int
    processed_at: int


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """Orders and quantity of an item."""

    item: str
    orders: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ItemMinute:
    """Orders and quantity of an item in a minute (`minute`: its start in milliseconds since 1970)."""

    minute: int
    item: str
    orders: int
    quantity: int


class Store(Protocol):
    """The orders database. One instance per thread.

    Every method raises StoreUnavailable when the database cannot be reached or is locked for too long;
    nothing is written then.
    """

    def topic_ref(self, name: str, topic_id: str) -> int:
        """The database's own number for a topic id; makes the row when it is new."""
        ...

    def positions(self, group_id: str, topic_ref: int) -> dict[int, int]:
        """Partition -> next offset, for the partitions this group has begun."""
        ...

    def begin_partitions(self, group_id: str, topic_ref: int, first_offsets: dict[int, int]) -> None:
        """Make positions for partitions that this group has not begun; others stay as they are."""
        ...

    def apply_orders(
        self, group_id: str, topic_ref: int, worker: str, batches: Sequence[PartitionBatch]
    ) -> list[Applied]:
        """Write orders as processed, and move the positions, in one transaction.

        Raises StaleWrite when a position is not the expected one; nothing is written then.
        """
        ...

    def apply_analytics(
        self, group_id: str, topic_ref: int, worker: str, batches: Sequence[PartitionBatch]
    ) -> list[Applied]:
        """Count orders per item and minute, and move the positions, in one transaction.

        Raises StaleWrite as `apply_orders`.
        """
        ...

    def accounts(self, topic_ids: Iterable[str]) -> list[Account]:
        """Every group's account of the topics with these ids, ordered by group, topic and partition."""
        ...

    def rewind(self, group_id: str, topic_ref: int, moves: Iterable[tuple[int, int, int]]) -> None:
        """Move positions back, in one transaction; each move is partition, position now, position then.

        Results stay; records that are handled again find them there. Dead letters from there on are
        forgotten, and found again. Raises StaleWrite when a position is not what the move says it is.
        """
        ...

    def delete_group(self, group_id: str) -> DeletedAccount:
        """Delete a group's positions, ledger, dead letters and effects in one transaction.

        A batch that a member still holds is refused (StaleWrite) afterwards. Counts per item stay as they
        are. Not for `order-processor`, whose orders are results and no ledger.
        """
        ...

    def add_effect(self, group_id: str, topic_ref: int, partition: int, order_id: int) -> None:
        """Let an order take effect once more: nothing is checked, no position is moved."""
        ...

    def effects(self, group_id: str, topic_id: str) -> list[Effects]:
        """What `add_effect` has counted, by partition."""
        ...

    def recent_orders(
        self, limit: int, user: str | None = None, item: str | None = None
    ) -> list[ProcessedOrder]:
        """Processed orders, the newest (by `produced_at`, then id) first."""
        ...

    def item_totals(self, limit: int, item: str | None = None) -> list[ItemTotal]:
        """Items by number of orders, the largest first; one item when it is named."""
        ...

    def item_minutes(
        self, since_ms: int, until_ms: int | None = None, item: str | None = None, limit: int | None = None
    ) -> list[ItemMinute]:
        """Counts per item and minute from `since_ms` on and before `until_ms`, oldest first."""
        ...

    def order_totals(self) -> tuple[int, int]:
        """Orders and quantity that analytics has counted in all."""
        ...

    def ping(self) -> None:
        """Do nothing, but through the database."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...

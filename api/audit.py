"""GET /audit: the balance per group and partition, from the database and the broker.

End - start = processed + duplicates + dead-lettered + pending.
Accounts are read before end offsets: whatever is produced meanwhile counts as pending on both sides.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api import documents
from api.routing import Call, Route
from playground.errors import KafkaUnavailable
from playground.jobs import KNOWN_GROUPS
from playground.offsets import Span, read_spans
from playground.topics import ORDERS, describe_topic

if TYPE_CHECKING:
    from playground.store.model import Account

SECONDS = 5.0


def audit(call: Call) -> documents.Audit:
    """Both groups of ours, and every other that has an account."""
    services = call.services
    topic = describe_topic(services.admin, ORDERS, SECONDS)
    accounts = {
        (account.position.group_id, account.position.partition): account
        for account in services.store().accounts([topic.topic_id])
    }
    spans = read_spans(
        services.admin, [(ORDERS, number) for number in topic.partitions], time.monotonic() + SECONDS
    )
    names = sorted({*KNOWN_GROUPS, *(group_id for group_id, _ in accounts)})
    groups = [
        documents.AuditGroup(
            name,
            [
                balance(span, accounts.get((name, place[1])), place[1])
                for place, span in sorted(spans.items())
            ],
        )
        for name in names
    ]
    balanced = all(row.balanced for group in groups for row in group.partitions)
    return documents.Audit(balanced, groups)


def balance(span: Span, account: Account | None, partition: int) -> documents.AuditPartition:
    """The balance of a partition. Without an account all of it is pending.

    Raises KafkaUnavailable when the broker did not say where the partition begins and ends.
    """
    if span.start is None or span.end is None:
        raise KafkaUnavailable(f"the offsets of {ORDERS}[{partition}] cannot be read: {span.reason}")
    if account is None:
        pending = span.end - span.start
        return documents.AuditPartition(
            ORDERS, partition, span.start, span.end, 0, 0, 0, pending, balanced=True, reason=None
        )
    position = account.position
    # Records before the group's first that are still there were never handled: they are part of the sum.
    start = min(position.first_offset, span.start)
    handled = account.processed + account.duplicates + account.dead_lettered
    reason = _reason(span.start, span.end, position.next_offset, position.next_offset - start - handled)
    return documents.AuditPartition(
        topic=ORDERS,
        partition=partition,
        start_offset=start,
        end_offset=span.end,
        processed=account.processed,
        duplicates=account.duplicates,
        dead_lettered=account.dead_lettered,
        pending=max(0, span.end - position.next_offset),
        balanced=reason is None,
        reason=reason,
    )


def _reason(log_start: int, end: int, position: int, missing: int) -> str | None:
    if position > end:
        return f"the group stands at {position}, beyond the end {end}: records were lost"
    if log_start > position:
        return f"{log_start - position} records were deleted before they were read"
    if missing > 0:
        return f"{missing} records were passed over: neither handled nor dead-lettered"
    if missing < 0:
        return f"{-missing} results more than records: something took effect twice"
    return None


ROUTES = (
    Route(
        "GET",
        "/audit",
        "Whether every record is accounted for: nothing lost, nothing twice",
        view=audit,
        answers={200: documents.Audit},
        problems=(404, 503),
    ),
)

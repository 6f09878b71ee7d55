"""Whether `users` can be joined with `orders`: a join that cannot find anything says nothing about it.

Both topics need as many partitions, and each profile must lie where its user's orders do.
https://docs.ksqldb.io/en/latest/developer-guide/joins/partition-data/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import TopicPartition

from playground.clients import create_admin, create_consumer
from playground.local.checks_running import ANSWER_SECONDS, Check
from playground.partitioner import partition_of
from playground.records import RecordReader
from playground.topics import ORDERS, USERS, describe_topic

if TYPE_CHECKING:
    from confluent_kafka import Message

    from playground.settings import Settings

CLIENT_ID = "playground-doctor"
NEWEST = 100  # profiles of each partition that are looked at


def check_join(settings: Settings) -> Check:
    """Counts partitions, and looks where the newest profiles lie."""
    admin = create_admin(settings.kafka, CLIENT_ID)
    orders, users = (len(describe_topic(admin, name).partitions) for name in (ORDERS, USERS))
    if orders != users:
        return Check(
            "join",
            "warning",
            f"{ORDERS} has {orders} partitions and {USERS} {users}: they cannot be joined as they are",
            f"make {USERS} anew with {orders} partitions, and send the profiles again",
        )
    profiles = _newest(settings, users)
    astray = [each for each in profiles if each.partition() != partition_of(each.key() or b"", users)]
    if not astray:
        return Check("join", "ok", f"{USERS} lies as {ORDERS} does: {len(profiles)} profiles looked at")
    first = astray[0]
    key = first.key() or b""
    return Check(
        "join",
        "warning",
        f"{len(astray)} of {len(profiles)} profiles lie where no join finds them: "
        f"{key.decode(errors='replace')!r} in partition {first.partition()}, not {partition_of(key, users)}",
        "send profiles through POST /users; other producers need partitioner=murmur2_random",
    )


def _newest(settings: Settings, partitions: int) -> list[Message]:
    consumer = create_consumer(settings.kafka, CLIENT_ID, group_id=CLIENT_ID)
    try:
        stretches = {}
        for partition in range(partitions):
            low, high = consumer.get_watermark_offsets(TopicPartition(USERS, partition), ANSWER_SECONDS)
            stretches[USERS, partition] = (max(low, high - NEWEST), high)
    finally:
        consumer.close()
    reader = RecordReader(settings.kafka, CLIENT_ID)
    try:
        return reader.read(stretches, ANSWER_SECONDS)
    finally:
        reader.close()

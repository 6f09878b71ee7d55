"""Deleting a consumer group: from Kafka, from the orders database, and its configs.

Kafka comes first, because it alone knows for sure whether the group has members. Each step may be repeated:
whoever is interrupted asks again, and what is left goes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException

from playground.errors import Conflict, KafkaUnavailable, NotFound
from playground.group_config import change_group_config, read_group_config
from playground.groups import NOT_THERE, Group, ask_for_members, collect_members, read_group_list, reason_of
from playground.jobs import KNOWN_GROUPS

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from playground.store.model import DeletedAccount, Store

TIMEOUT_SECONDS = 5.0
NAMED_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class DeletedGroup:
    """What there was of a group. `configs`: names of its own ones."""

    in_kafka: bool
    account: DeletedAccount
    configs: tuple[str, ...]


def delete_group(admin: AdminClient, store: Store, group_id: str) -> DeletedGroup:
    """Delete a group without members, its account in the orders database, and its own configs.

    Raises Conflict for a group with members and for the playground's own groups, NotFound when nobody knows
    the group, KafkaUnavailable and StoreUnavailable.
    """
    if group_id in KNOWN_GROUPS:
        raise Conflict(
            f"group {group_id} is one of the playground's own: its workers would begin anew and count twice",
            next_step="`playground reset` clears everything; another group can be deleted",
        )
    in_kafka = _delete_from_kafka(admin, group_id)
    account = store.delete_group(group_id)
    own = tuple(name for name, setting in read_group_config(admin, group_id).items() if setting.own)
    change_group_config(admin, group_id, dict.fromkeys(own))
    if not (in_kafka or account.found or own):
        known = ", ".join(sorted(read_group_list(admin)))
        raise NotFound(f"group {group_id} does not exist; there are {known}")
    return DeletedGroup(in_kafka, account, own)


def _delete_from_kafka(admin: AdminClient, group_id: str) -> bool:
    """Whether it was there."""
    asked = admin.delete_consumer_groups([group_id], request_timeout=TIMEOUT_SECONDS)[group_id]
    try:
        asked.result(TIMEOUT_SECONDS + 1)
    except KafkaException as error:
        code = error.args[0].code()
        if code in NOT_THERE:
            return False
        if code == KafkaError.NON_EMPTY_GROUP:
            raise in_use(admin, group_id, "delete it") from error
        raise KafkaUnavailable(f"group {group_id} cannot be deleted: {reason_of(error)}") from error
    except TimeoutError as error:
        raise KafkaUnavailable(f"group {group_id} cannot be deleted: {reason_of(error)}") from error
    return True


def in_use(admin: AdminClient, group_id: str, then: str) -> Conflict:
    """The error for a group that has members: who they are, and `then` what can be done without them."""
    pending = ask_for_members(admin, [Group(group_id, "stable")], TIMEOUT_SECONDS)
    members = collect_members(pending, time.monotonic() + TIMEOUT_SECONDS)[group_id].members
    names = [member.client_id for member in members[:NAMED_MEMBERS]]
    more = f" and {len(members) - len(names)} more" if len(members) > len(names) else ""
    return Conflict(
        f"group {group_id} has members: {', '.join(names) or 'they are just leaving'}{more}",
        next_step=f"stop them, then {then}; a static member, and one that was killed, stays until its "
        "session times out",
    )

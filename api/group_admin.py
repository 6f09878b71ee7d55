"""GET and PUT /groups/{group_id}/config, DELETE /groups/{group_id}: what may be done to a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from api import documents
from api.routing import Call, Route
from playground.errors import InvalidValue
from playground.group_config import GroupSetting, change_group_config, read_group_config
from playground.group_deletion import delete_group

if TYPE_CHECKING:
    from collections.abc import Mapping

# Kafka keeps them as 32 bits; the rest is the broker's to judge.
Milliseconds = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Interval = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class GroupSettingView(documents.Document, frozen=True):
    """A config of a group, in milliseconds. `own`: set for this group; else the broker's default holds."""

    value: int
    own: bool


class GroupConfigView(documents.Document, frozen=True):
    """Timing of a group of the `consumer` protocol (KIP-848).

    `assignment_interval_ms`: least time between two target assignments; null: the broker is older than 4.3.
    """

    group_id: str
    heartbeat_interval_ms: GroupSettingView
    session_timeout_ms: GroupSettingView
    assignment_interval_ms: GroupSettingView | None = None


class GroupDeleted(documents.Document, frozen=True):
    """What there was of a group: in Kafka, in the orders database (rows), and configs of its own."""

    group_id: str
    in_kafka: bool
    positions: int
    ledger: int
    dead_letters: int
    effects: int
    configs: list[str]


class GroupConfigBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What to change: a number sets it for this group, null takes the group's own away again."""

    heartbeat_interval_ms: Milliseconds | msgspec.UnsetType | None = msgspec.UNSET
    session_timeout_ms: Milliseconds | msgspec.UnsetType | None = msgspec.UNSET
    assignment_interval_ms: Interval | msgspec.UnsetType | None = msgspec.UNSET


def config(call: Call) -> GroupConfigView:
    """What is in effect, whether the group exists or not."""
    group_id = group_id_of(call)
    return _config(group_id, read_group_config(call.services.admin, group_id))


def change_config(call: Call) -> GroupConfigView:
    """Change what is given; what is in effect then."""
    group_id = group_id_of(call)
    changes: dict[str, int | None] = msgspec.to_builtins(call.body)  # without what was left out
    return _config(group_id, change_group_config(call.services.admin, group_id, changes))


def delete(call: Call) -> GroupDeleted:
    """From Kafka and from the orders database."""
    group_id = group_id_of(call)
    found = delete_group(call.services.admin, call.services.store(), group_id)
    return GroupDeleted(
        group_id=group_id,
        in_kafka=found.in_kafka,
        positions=found.account.positions,
        ledger=found.account.ledger,
        dead_letters=found.account.dead_letters,
        effects=found.account.effects,
        configs=list(found.configs),
    )


def group_id_of(call: Call) -> str:
    """The group of the path. Neither Kafka's client nor PostgreSQL takes the character NUL."""
    group_id = call.path["group_id"]
    if "\0" in group_id:
        raise InvalidValue("group_id", "must not contain NUL (%00)")
    return group_id


def _config(group_id: str, found: Mapping[str, GroupSetting]) -> GroupConfigView:
    views = {name: GroupSettingView(one.value, one.own) for name, one in found.items()}
    return GroupConfigView(group_id, **views)


ROUTES = (
    Route(
        "GET",
        "/groups/{group_id}/config",
        "Timing of a group of the consumer protocol (KIP-848)",
        view=config,
        answers={200: GroupConfigView},
        problems=(404, 422, 503),  # 404: a name with a slash, which no path can hold
        notes="The group need not exist yet. A classic group does not heed these: its members choose.",
    ),
    Route(
        "PUT",
        "/groups/{group_id}/config",
        "Change the timing of a group of the consumer protocol (KIP-848)",
        view=change_config,
        body=GroupConfigBody,
        answers={200: GroupConfigView},
        problems=(403, 404, 413, 415, 503),
        notes="A number sets the group's own value, null takes it back so that the broker's default holds, "
        "and what is left out stays. Both change or none. What the broker does not allow is 422 with its "
        "reason. Members learn of it with their next heartbeat.",
    ),
    Route(
        "DELETE",
        "/groups/{group_id}",
        "Delete a consumer group without members: from Kafka, its account in the database, its configs",
        view=delete,
        answers={200: GroupDeleted},
        problems=(403, 404, 409, 413, 503),
        notes="The playground's own groups cannot be deleted. What analytics has counted stays counted.",
    ),
)

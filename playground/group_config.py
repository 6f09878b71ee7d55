"""What a broker can be told about one group of the `consumer` protocol (KIP-848): its timing.

Under the classic protocol each member chooses heartbeat and session for itself; under KIP-848 the broker
decides, for all groups or for one. It may be told before the group exists. Since Kafka 4.3 it also waits
between two computations of a group's target assignment, one second by default, which is most of the time
that a quick group takes to become stable.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)

from playground.errors import InvalidValue, KafkaUnavailable, WaitTimeout
from playground.groups import reason_of
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confluent_kafka.admin import AdminClient

# Our name -> Kafka's.
NAMES = {
    "heartbeat_interval_ms": "consumer.heartbeat.interval.ms",
    "session_timeout_ms": "consumer.session.timeout.ms",
    "assignment_interval_ms": "consumer.assignment.interval.ms",
}
TIMEOUT_SECONDS = 5.0
# The controller takes a change, and the broker hears of it a moment later.
VISIBLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class GroupSetting:
    """The value in effect, in milliseconds. `own`: set for this group; else the broker's default holds."""

    value: int
    own: bool


def read_group_config(admin: AdminClient, group_id: str) -> dict[str, GroupSetting]:
    """What is in effect for a group, whether it exists or not: those of NAMES that the broker knows.

    Raises KafkaUnavailable.
    """
    resource = _resource(group_id)
    try:
        asked = admin.describe_configs([resource], request_timeout=TIMEOUT_SECONDS)[resource]
        found = asked.result(TIMEOUT_SECONDS + 1)
    except (KafkaException, TimeoutError) as error:
        raise KafkaUnavailable(
            f"the config of group {group_id} cannot be read: {reason_of(error)}"
        ) from error
    return {
        name: GroupSetting(int(entry.value), own=entry.source == ConfigSource.GROUP_CONFIG.value)
        for name, entry in ((name, found[kafkas]) for name, kafkas in NAMES.items() if kafkas in found)
    }


def change_group_config(
    admin: AdminClient, group_id: str, changes: Mapping[str, int | None]
) -> dict[str, GroupSetting]:
    """Change some of NAMES (None: back to the broker's default), all or none; what is in effect then.

    Raises InvalidValue with the broker's reason, KafkaUnavailable.
    """
    if not changes:
        return read_group_config(admin, group_id)
    resource = _resource(group_id)
    for name, value in changes.items():
        resource.add_incremental_config(_operation(NAMES[name], value))
    try:
        asked = admin.incremental_alter_configs([resource], request_timeout=TIMEOUT_SECONDS)[resource]
        asked.result(TIMEOUT_SECONDS + 1)
    except (KafkaException, TimeoutError) as error:
        raise _refused(group_id, changes, error) from error

    def in_effect() -> bool:
        found = read_group_config(admin, group_id)
        return all(
            not found[name].own if value is None else found[name] == GroupSetting(value, own=True)
            for name, value in changes.items()
            if name in found
        )

    with suppress(WaitTimeout):  # somebody else has changed it meanwhile: what holds now is answered
        wait_until(in_effect, f"the config of group {group_id} to be in effect", VISIBLE_SECONDS)
    return read_group_config(admin, group_id)


def _resource(group_id: str) -> ConfigResource:
    return ConfigResource(ResourceType.GROUP, group_id)


def _operation(name: str, value: int | None) -> ConfigEntry:
    if value is None:
        return ConfigEntry(name, None, incremental_operation=AlterConfigOpType.DELETE)
    return ConfigEntry(name, str(value), incremental_operation=AlterConfigOpType.SET)


def _refused(
    group_id: str, changes: Mapping[str, int | None], error: KafkaException | TimeoutError
) -> InvalidValue | KafkaUnavailable:
    """The broker's reason begins with the name of a config; the field is that one if it was to change."""
    reason = reason_of(error)
    if isinstance(error, KafkaException) and error.args[0].code() == KafkaError.INVALID_CONFIG:
        named = [name for name in changes if reason.startswith(NAMES[name])]
        return InvalidValue(
            (named or list(changes))[0],
            reason,
            next_step=f"GET /groups/{group_id}/config shows what holds now; `null` takes a value back",
        )
    return KafkaUnavailable(f"the config of group {group_id} cannot be changed: {reason}")

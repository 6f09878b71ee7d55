"""The broker's view of consumer groups: state, protocol, members, who owns what.

Members of the `consumer` protocol (KIP-848) are invisible to the old DescribeGroups request;
confluent-kafka's `describe_consumer_groups` asks the new way and falls back by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from confluent_kafka import ConsumerGroupState, ConsumerGroupType, KafkaError, KafkaException

from playground.errors import KafkaUnavailable, WaitTimeout
from playground.jobs import KNOWN_GROUPS
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from confluent_kafka.admin import AdminClient

Place = tuple[str, int]  # topic, partition

STATES = {
    ConsumerGroupState.PREPARING_REBALANCING: "preparing_rebalance",
    ConsumerGroupState.COMPLETING_REBALANCING: "completing_rebalance",
    ConsumerGroupState.STABLE: "stable",
    ConsumerGroupState.DEAD: "dead",
    ConsumerGroupState.EMPTY: "empty",
}
TYPES = {ConsumerGroupType.CONSUMER: "consumer", ConsumerGroupType.CLASSIC: "classic"}
REBALANCING = ("preparing_rebalance", "completing_rebalance")
NOT_THERE = {KafkaError.GROUP_ID_NOT_FOUND}
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group. `target_assignment`: what it is to own next; None: the protocol does not say."""

    member_id: str
    client_id: str
    host: str
    group_instance_id: str | None
    assignment: tuple[Place, ...]
    target_assignment: tuple[Place, ...] | None


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group. `dead`: the broker knows nothing of it."""

    group_id: str
    state: str = "dead"
    type: str | None = None
    assignor: str | None = None
    coordinator: int | None = None
    members: tuple[Member, ...] = field(default=())

    @property
    def rebalancing(self) -> bool:
        """True while the group's state says so, or while a member does not own what it is meant to."""
        return self.state in REBALANCING or any(
            member.target_assignment is not None and set(member.target_assignment) != set(member.assignment)
            for member in self.members
        )

    def owners(self) -> dict[Place, Member]:
        """Partition -> the member that owns it."""
        return {place: member for member in self.members for place in member.assignment}


def read_group_list(admin: AdminClient, timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Group]:
    """All groups of the cluster without their members, and ours whether they exist or not.

    Raises KafkaUnavailable.
    """
    try:
        found = wait_until(lambda: _list(admin, timeout_seconds), "the groups", timeout_seconds)
    except (KafkaException, TimeoutError) as error:
        raise _unavailable("list the consumer groups", timeout_seconds, error) from error
    except WaitTimeout as error:
        raise KafkaUnavailable("the broker is still loading what it knows of consumer groups") from error
    groups = {name: Group(name) for name in KNOWN_GROUPS}
    for each in found.valid or []:
        groups[each.group_id] = Group(each.group_id, _state(each.state), TYPES.get(each.type))
    return groups


def _list(admin: AdminClient, timeout_seconds: float) -> Any:
    """The broker's list; None while it is still loading, as in the first moments of a cluster."""
    found = admin.list_consumer_groups(request_timeout=timeout_seconds).result(timeout_seconds + 1)
    reasons = [error.args[0] if isinstance(error, KafkaException) else error for error in found.errors or []]
    if reasons and all(reason.code() == KafkaError.COORDINATOR_LOAD_IN_PROGRESS for reason in reasons):
        return None
    if reasons:  # some broker did not answer: rather no list than one without its groups
        raise KafkaException(reasons[0])
    return found


def read_groups(admin: AdminClient, timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Group]:
    """All groups with their members.

    Raises KafkaUnavailable.
    """
    deadline = time.monotonic() + timeout_seconds
    groups = read_group_list(admin, timeout_seconds)
    pending = ask_for_members(admin, groups.values(), timeout_seconds)
    return groups | collect_members(pending, deadline)


def ask_for_members(
    admin: AdminClient, groups: Iterable[Group], timeout_seconds: float
) -> dict[str, Future[Any]]:
    """Begin to describe groups; an unknown group needs no question."""
    names = [group.group_id for group in groups if group.state != "dead"]
    return admin.describe_consumer_groups(names, request_timeout=timeout_seconds) if names else {}


def collect_members(pending: dict[str, Future[Any]], deadline: float) -> dict[str, Group]:
    """The answers to `ask_for_members`; a group that vanished meanwhile is dead.

    Raises KafkaUnavailable.
    """
    groups = {}
    for group_id, future in pending.items():
        try:
            groups[group_id] = _group(future.result(max(0.1, deadline + 1 - time.monotonic())))
        except KafkaException as error:
            if error.args[0].code() not in NOT_THERE:
                raise _unavailable(f"describe group {group_id}", 0, error) from error
            groups[group_id] = Group(group_id)
        except TimeoutError as error:
            raise _unavailable(f"describe group {group_id}", TIMEOUT_SECONDS, error) from error
    return groups


def _group(found: Any) -> Group:
    return Group(
        group_id=found.group_id,
        state=_state(found.state),
        type=TYPES.get(found.type),
        assignor=found.partition_assignor or None,
        coordinator=None if found.coordinator is None else found.coordinator.id,
        members=tuple(_member(each) for each in sorted(found.members, key=lambda each: each.client_id)),
    )


def _member(found: Any) -> Member:
    target = found.target_assignment
    return Member(
        member_id=found.member_id,
        client_id=found.client_id,
        host=found.host,
        group_instance_id=found.group_instance_id or None,
        assignment=_places(found.assignment),
        target_assignment=None if target is None else _places(target),
    )


def _places(assignment: Any) -> tuple[Place, ...]:
    return tuple(sorted((each.topic, each.partition) for each in assignment.topic_partitions))


def _state(state: ConsumerGroupState) -> str:
    """The two rebalancing states of KIP-848 have no name in librdkafka, which calls both unknown."""
    return STATES.get(state, "reconciling")


def _unavailable(what: str, seconds: float, error: BaseException | KafkaError) -> KafkaUnavailable:
    why = f"no answer in {seconds:g} s" if isinstance(error, TimeoutError) else reason_of(error)
    return KafkaUnavailable(f"the broker did not {what}: {why}")


def reason_of(error: BaseException | KafkaError) -> str:
    """What Kafka said, whether it was raised or handed over."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    found = error.args[0] if isinstance(error, KafkaException) else error
    return found.str() if isinstance(found, KafkaError) else str(found)

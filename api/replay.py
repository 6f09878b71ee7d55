"""POST /groups/{group_id}/replay: read again from an earlier time, after a preview."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api import documents
from api.group_admin import group_id_of
from api.routing import Call, Route
from playground.clock import parse_iso
from playground.errors import InvalidValue
from playground.replay import plan_replay, replay

EARLIEST = "earliest"


class ReplayBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where to go back to; without `dry_run` false it is a preview."""

    to: Annotated[
        str,
        msgspec.Meta(description="`earliest`, or a time in ISO 8601 with its zone", max_length=40),
    ]
    dry_run: bool = True


class ReplayedPartition(documents.Document, frozen=True):
    """A partition: the group's position before and after, and how many records that is."""

    partition: int
    position: int
    target: int
    records: int


class Replayed(documents.Document, frozen=True):
    """What a replay does, or has done (`dry_run` false).

    `exactly_once`: records that are read again have no second effect; else they have.
    """

    group_id: str
    dry_run: bool
    exactly_once: bool
    records: int
    partitions: list[ReplayedPartition]


def replay_group(call: Call) -> Replayed:
    """Preview it, or do it."""
    body: ReplayBody = call.body
    services, group_id = call.services, group_id_of(call)
    plan = plan_replay(services.admin, services.store(), group_id, _moment(body.to))
    if not body.dry_run:
        replay(services.admin, services.store(), plan)
    rows = [ReplayedPartition(one.partition, one.position, one.target, one.records) for one in plan.moves]
    return Replayed(group_id, body.dry_run, plan.exactly_once, sum(row.records for row in rows), rows)


def _moment(to: str) -> int | None:
    if to == EARLIEST:
        return None
    try:
        return parse_iso(to)
    except (ValueError, OverflowError):
        raise InvalidValue(
            "to", f"{to!r} is neither `earliest` nor a time like 2026-11-23T06:36:32.123Z"
        ) from None


ROUTES = (
    Route(
        "POST",
        "/groups/{group_id}/replay",
        "Let a group read again from an earlier time; first as a preview",
        view=replay_group,
        body=ReplayBody,
        answers={200: Replayed},
        problems=(403, 404, 409, 413, 415, 422, 503),
        notes="The group must have no members. It never goes ahead: partitions without a record from that "
        "time on stay where they are. Records that are no orders are written to the dead letters again.",
    ),
)

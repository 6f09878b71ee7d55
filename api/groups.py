"""GET /groups: consumer groups, their members, and who owns what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import documents
from api.routing import Call, Route
from playground.errors import NotFound
from playground.groups import read_groups

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.groups import Group, Place


def groups(call: Call) -> documents.GroupList:
    """All groups, by name."""
    return render_groups(read_groups(call.services.admin).values())


def group(call: Call) -> documents.GroupView:
    """One group.

    Raises NotFound listing those that exist.
    """
    found = read_groups(call.services.admin)
    group_id = call.path["group_id"]
    if group_id not in found:
        raise NotFound(f"group {group_id} does not exist; there are {', '.join(sorted(found))}")
    return _group(found[group_id])


def render_groups(found: Iterable[Group]) -> documents.GroupList:
    """The document of groups."""
    return documents.GroupList([_group(each) for each in sorted(found, key=lambda each: each.group_id)])


def _group(found: Group) -> documents.GroupView:
    return documents.GroupView(
        group_id=found.group_id,
        state=found.state,
        type=found.type,  # type: ignore[arg-type] # one of TYPES
        assignor=found.assignor,
        coordinator=found.coordinator,
        members=[
            documents.GroupMember(
                member_id=member.member_id,
                client_id=member.client_id,
                host=member.host,
                group_instance_id=member.group_instance_id,
                assignment=_places(member.assignment),
                target_assignment=None
                if member.target_assignment is None
                else _places(member.target_assignment),
            )
            for member in found.members
        ],
    )


def _places(places: Iterable[Place]) -> list[documents.Place]:
    return [documents.Place(*place) for place in places]


ROUTES = (
    Route(
        "GET",
        "/groups",
        "All consumer groups with their members",
        view=groups,
        answers={200: documents.GroupList},
        problems=(503,),
    ),
    Route(
        "GET",
        "/groups/{group_id}",
        "One consumer group",
        view=group,
        answers={200: documents.GroupView},
        problems=(404, 503),
    ),
)

"""Whether the broker and the members agree on who owns what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.experiments.ownership import read_ownership

if TYPE_CHECKING:
    from playground.experiments.timeline import Timeline


def agreed_owners(timeline: Timeline, group: dict[str, Any], members: int) -> dict[str, Any] | None:
    """The names of the members and the owner of each partition; None while there is no agreement.

    `group` is the broker's view (a GroupView of the API); the members' view is what their events say.
    """
    names = sorted(member["client_id"] for member in group["members"])
    if len(names) != members or group["state"] not in {"stable", "empty"}:
        return None
    owners: dict[int, list[str]] = {}
    for member in group["members"]:
        target, now = member["target_assignment"], member["assignment"]
        if target is not None and target != now:
            return None
        for place in now:
            owners.setdefault(place["partition"], []).append(member["client_id"])
    if members and sorted(owners) != timeline.partitions:
        return None
    said = read_ownership(timeline, group["group_id"]).owners_at(timeline.span[1])
    if {part: sorted(who) for part, who in said.items()} != {
        part: sorted(who) for part, who in owners.items()
    }:
        return None
    return {"members": names, "owners": {str(part): who[0] for part, who in owners.items()}}

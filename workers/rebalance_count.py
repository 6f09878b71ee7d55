"""How often groups rebalance, as far as one who looks now and then can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.groups import Group


@dataclass(slots=True)
class _Seen:
    under_way: bool
    ownership: int
    rebalances: int = 0


class RebalanceCount:
    """Counts rebalances by comparing what consecutive looks saw.

    One counts when a group that was calm at the last look now has other members, or members that own
    something else, or is in the middle of it. Until it is calm again that is one rebalance, whatever happens.
    So there is at most one per look, and those without a calm look in between count once.
    A group that is seen for the first time has none; one that is gone is forgotten.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def look(self, groups: Iterable[Group]) -> None:
        """Take in what all groups are like now."""
        before, self._seen = self._seen, {}
        for group in groups:
            seen = _Seen(group.rebalancing or group.state == "reconciling", _ownership(group))
            if (last := before.get(group.group_id)) is not None:
                begun = not last.under_way and (seen.under_way or seen.ownership != last.ownership)
                seen.rebalances = last.rebalances + begun
            self._seen[group.group_id] = seen

    def series(self) -> list[tuple[tuple[str, ...], int]]:
        """Rebalances by group, as `render_metric` takes them."""
        return [((group_id,), seen.rebalances) for group_id, seen in self._seen.items()]


def _ownership(group: Group) -> int:
    """A hash of who owns what; the thing itself may be 100,000 partitions, kept for nothing."""
    return hash(frozenset((member.member_id, member.assignment) for member in group.members))

"""A user's profile: what the topic `users` says of who orders, for joins.

The topic is compacted: of each user the newest record counts, and stays. Its key is the user, as that of an
order is, and it has as many partitions as `orders`: a join reads partition by partition, and finds nothing
where the two do not lie in the same one.
https://docs.ksqldb.io/en/latest/developer-guide/joins/partition-data/

A record's value: `{"city": "Paris", "tier": "gold"}`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from playground.orders import Text  # noqa: TC001 - msgspec reads it

Tier = Literal["bronze", "silver", "gold"]
_encode = msgspec.json.Encoder().encode


class UserProfile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who a user is."""

    user: Text
    city: Text
    tier: Tier


def render_profile(profile: UserProfile) -> tuple[bytes, bytes]:
    """Key and value of the record."""
    return profile.user.encode(), _encode({"city": profile.city, "tier": profile.tier})

"""Plain `kubectl scale`, watched by Kafka's own group tool and a customer's list: none of our code judges."""

import pytest
from support.audit import verify
from support.customer import Customer

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
# One release for all tests: orders of others, and repeats that were refused, are in the same tables.
SHARED = {"others_order": True, "repeats_refused": True}
GROUP = "order-processor"
STABLE_SECONDS = 90


def owners(release) -> dict[str, set[str]]:
    """Member -> its partitions, by Kafka's own tool."""
    found: dict[str, set[str]] = {}
    for row in release.groups(GROUP):
        if row["TOPIC"] == "orders" and row["CONSUMER-ID"] != "-":
            found.setdefault(row["CONSUMER-ID"], set()).add(row["PARTITION"])
    return found


def test_kubectl_scale_moves_partitions_and_loses_nothing(release, system):
    with Customer(system.api.url) as customer:
        for replicas in (1, 3, 0, 2):
            release.kubectl("scale", "statefulset/playground-processor", f"--replicas={replicas}")
            if replicas:
                shares = wait_until(
                    lambda wanted=replicas: (
                        len(found := owners(release)) == wanted
                        and sum(map(len, found.values())) == 6
                        and found
                    ),
                    f"{replicas} members that own all six partitions",
                    STABLE_SECONDS,
                    every=1,
                )
                assert len(set().union(*shares.values())) == 6, f"a partition has two owners: {shares}"
                sizes = sorted(map(len, shares.values()))
                assert sizes[-1] - sizes[0] <= 1, f"unequal shares: {shares}"
            else:
                wait_until(lambda: not owners(release), "a group without members", STABLE_SECONDS, every=1)
                assert_lag_grows_by_what_is_produced(release, customer)
            customer.wait_for_more(200)
    verify(system, customer, **SHARED)


def assert_lag_grows_by_what_is_produced(release, customer) -> None:
    """With nobody there: no committed offset moves, and lag is end minus committed."""
    before = {row["PARTITION"]: row for row in release.groups(GROUP)}
    customer.wait_for_more(300)
    after = {row["PARTITION"]: row for row in release.groups(GROUP)}
    assert {part: row["CURRENT-OFFSET"] for part, row in before.items()} == {
        part: row["CURRENT-OFFSET"] for part, row in after.items()
    }
    grown = sum(int(row["LAG"]) for row in after.values()) - sum(int(row["LAG"]) for row in before.values())
    produced = sum(int(row["LOG-END-OFFSET"]) for row in after.values()) - sum(
        int(row["LOG-END-OFFSET"]) for row in before.values()
    )
    assert grown == produced >= 300

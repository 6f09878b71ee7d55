"""`helm uninstall` of a release whose broker and database were opted to stay, and the next release there."""

import base64

import pytest
from support.audit import verify
from support.customer import Customer
from support.release import CHART

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
GONE_SECONDS = 120
KEPT = {
    "persistentvolumeclaim/data-playground-database-0",
    "persistentvolumeclaim/data-playground-kafka-0",
    "secret/playground-database",
}
# The next one keeps nothing, and is reached by a forward instead of a port of the nodes.
NEXT = {
    "kafka.persistence.keepOnUninstall": "false",
    "database.persistence.keepOnUninstall": "false",
    "kafka.external.type": "ClusterIP",
    "kafka.external.port": "31192",
}
# One release for all tests: orders of others, and repeats that were refused, are in the same tables.
SHARED = {"others_order": True, "repeats_refused": True}


def password(release) -> str:
    """As Kubernetes keeps it."""
    return base64.b64decode(release.json("get", "secret", "playground-database")["data"]["password"]).decode()


def log_ends(release) -> dict[str, str]:
    """Partition -> the end of `orders`, by Kafka's own tool."""
    rows = release.groups("analytics")
    return {row["PARTITION"]: row["LOG-END-OFFSET"] for row in rows if row["TOPIC"] == "orders"}


def test_what_was_opted_to_stay_stays_and_the_next_release_goes_on_with_it(release, system):
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
    verify(system, customer, **SHARED)
    assert release.remains() > KEPT | {"persistentvolumeclaim/data-playground-prometheus-0"}
    secret, ends, audit = password(release), log_ends(release), system.settle()

    release.helm("uninstall", "playground", "--wait")
    wait_until(lambda: release.remains() <= KEPT, "what is not kept to be gone", GONE_SECONDS, every=2)
    assert release.remains() == KEPT

    release.install(CHART, *(word for key, value in NEXT.items() for word in ("--set", f"{key}={value}")))
    assert password(release) == secret
    # By the pod's own address, where PostgreSQL asks for it: on loopback everybody is let in.
    asked = f"postgresql://playground:{secret}@playground-database-0:5432/playground"
    words = ("exec", "playground-database-0", "--", "psql", asked, "-Atc", "SELECT 1")
    assert release.kubectl(*words).strip() == "1"
    assert log_ends(release) == ends
    assert system.settle()["groups"] == audit["groups"]
    verify(system, customer, **SHARED)
    with Customer(system.api.url) as customer:
        customer.wait_for_more(200)
    verify(system, customer, **SHARED)

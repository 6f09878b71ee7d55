"""Clients that are not of the release: on this machine, and a second release without Kafka and database."""

import base64
import json

import pytest
from support.customer import Customer
from support.foreign_client import advertised, round_trip
from support.release import CHART, ROOT, Release

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
NEIGHBOUR = "playground-test-neighbour"  # tests/e2e/values.yaml lets it in
VALUES = {
    "kafka.enabled": "false",
    "externalKafka.bootstrapServers": "playground-kafka.{}.svc:9092",
    "database.enabled": "false",
    "externalDatabase.existingSecret": "orders-address",
    "prometheus.enabled": "false",
    "experiments.enabled": "false",
    "workers.analytics": "null",
    "workers.processor.groupId": "neighbour",
    "workers.processor.replicas": "1",
}
READY_SECONDS = 120


def test_a_client_on_this_machine_produces_and_consumes_through_a_port_of_the_node(release, mapped_port):
    """By the address that the brokers themselves give out: no forward, and nothing of ours in between."""
    address = f"localhost:{mapped_port}"

    assert advertised(address) == {address}
    round_trip(address)


@pytest.fixture
def neighbour(release, tmp_path):
    """A release in another namespace, on the Kafka and the PostgreSQL server of the first one."""
    found = Release(release.kubeconfig, NEIGHBOUR, release.values, tmp_path)
    found.create_namespace()
    try:
        sql(release, "playground", "CREATE DATABASE neighbour")
        secret = release.json("get", "secret", "playground-database")["data"]
        password = base64.b64decode(secret["password"]).decode()
        host = f"playground-database.{release.namespace}.svc"
        found.kubectl(
            *("create", "secret", "generic", "orders-address"),
            f"--from-literal=url=postgresql://playground:{password}@{host}:5432/neighbour",
        )
        given = (f"{key}={value.format(release.namespace)}" for key, value in VALUES.items())
        found.install(CHART, *(word for each in given for word in ("--set", each)))
        yield found
    except AssertionError:
        found.keep_traces(ROOT / ".e2e-traces" / "neighbour")
        raise
    finally:
        found.run("kubectl", "delete", "namespace", NEIGHBOUR, "--wait=false", check=False)


def test_a_release_with_an_external_kafka_and_database_handles_its_own_group(release, neighbour):
    with neighbour.forward("playground-api", 8000) as api, Customer(api.url) as customer:
        customer.wait_for_more(100)
        customer.stop()

    def handled() -> list[int] | None:
        done = sql(release, "neighbour", "SELECT order_id FROM ledger WHERE group_id = 'neighbour'")
        ids = [int(line) for line in done.split()]
        return ids if set(ids) >= customer.acknowledged.keys() else None

    ids = wait_until(handled, "the neighbour's group to handle every order", READY_SECONDS, every=1)
    assert len(ids) == len(set(ids))
    groups = json.loads(neighbour.playground("groups", "-o", "json"))["groups"]
    assert "neighbour" in {one["group_id"] for one in groups}
    names = [pod["metadata"]["name"] for pod in neighbour.pods()]
    assert not [name for name in names if "kafka" in name or "database" in name], names


def sql(release, database: str, statement: str) -> str:
    """One statement in the release's PostgreSQL, past all code of ours."""
    server = ("exec", "playground-database-0", "--", "psql", "-U", "playground", "-At")
    return release.kubectl(*server, "-d", database, "-c", statement)

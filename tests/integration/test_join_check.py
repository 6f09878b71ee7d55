"""`playground doctor` sees what a join does not say: profiles that lie where it never looks."""

import pytest
from confluent_kafka import Producer
from confluent_kafka.cimpl import NewTopic
from support.asking import produce
from support.system import System

from playground.clients import create_admin
from playground.local.check_join import check_join
from playground.waiting import wait_until


@pytest.fixture
def system(tmp_path):
    under_test = System(tmp_path)
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


def test_profiles_through_the_api_are_found_by_joins_and_those_of_another_partitioner_are_not(system):
    profiles = [{"user": f"user-{number}", "city": "Rome", "tier": "gold"} for number in range(40)]
    assert produce(system.settings.api.url, profiles, "/users").status == 201
    well = check_join(system.settings)
    assert (well.state, "40 profiles" in well.detail) == ("ok", True), well

    stranger = Producer(
        {"bootstrap.servers": system.settings.kafka.bootstrap_servers, "partitioner": "consistent_random"}
    )
    for number in range(40):
        stranger.produce("users", b'{"city": "Oslo", "tier": "gold"}', f"user-{number}".encode())
    assert stranger.flush(10) == 0

    found = check_join(system.settings)
    assert found.state == "warning"
    assert "of 80 profiles lie where no join finds them" in found.detail
    assert "partitioner=murmur2_random" in found.next_step


def test_another_number_of_partitions_is_named(system):
    admin = create_admin(system.settings.kafka, "test")
    admin.delete_topics(["users"])["users"].result(10)
    wait_until(lambda: "users" not in admin.list_topics(timeout=5).topics, "users to be gone", 10)
    admin.create_topics([NewTopic("users", 4, 1)])["users"].result(10)
    wait_until(lambda: "users" in admin.list_topics(timeout=5).topics, "users with four partitions", 10)

    found = check_join(system.settings)

    assert found.state == "warning"
    assert "orders has 6 partitions and users 4" in found.detail

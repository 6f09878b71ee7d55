"""POST /users and POST /payments on a running system, with what a join needs of them."""

import json

import pytest
from confluent_kafka.admin import ConfigResource
from support.asking import produce

from playground.clients import create_admin
from playground.records import RecordReader
from playground.topics import describe_topic
from playground.waiting import wait_until

PROFILE = {"user": "ann", "city": "Zürich", "tier": "gold"}
PAYMENT = {"order_id": 1_000_000_000_000_001, "amount": 1250}


def record_at(system, accepted):
    place = (accepted["topic"], accepted["partition"])
    reader = RecordReader(system.settings.kafka, "test")
    try:
        (record,) = reader.read({place: (accepted["offset"], accepted["offset"] + 1)}, 10)
    finally:
        reader.close()
    return record


def test_a_profile_is_written_under_its_user_where_their_orders_are(shared_system, url):
    for number in range(20):
        user = f"user-{number}"
        profile = produce(url, PROFILE | {"user": user}, "/users")
        order = produce(url, {"user": user, "item": "book", "qty": 1})

        assert profile.status == 201
        assert profile.document["topic"] == "users"
        # Partition by partition is how a join finds them.
        assert profile.document["partition"] == order.document["partition"]
        record = record_at(shared_system, profile.document)
        assert record.key() == user.encode()
        assert json.loads(record.value()) == {"city": "Zürich", "tier": "gold"}


def test_users_is_compacted_and_has_as_many_partitions_as_orders(shared_system):
    admin = create_admin(shared_system.settings.kafka, "test")
    resource = ConfigResource(ConfigResource.Type.TOPIC, "users")
    config = admin.describe_configs([resource])[resource].result(10)

    assert config["cleanup.policy"].value == "compact"
    orders, users, payments = (
        len(describe_topic(admin, name).partitions) for name in ("orders", "users", "payments")
    )
    assert orders == users == payments


def test_a_payment_is_written_under_its_order(shared_system, url):
    answer = produce(url, PAYMENT, "/payments")

    assert answer.status == 201
    record = record_at(shared_system, answer.document)
    assert record.key() == b"1000000000000001"
    value = json.loads(record.value())
    assert value.pop("ts") <= record.timestamp()[1]
    assert value == PAYMENT


def test_many_are_taken_whole_or_not_at_all(shared_system, url):
    admin = create_admin(shared_system.settings.kafka, "test")

    def written():
        reader = shared_system.get("/topics")["topics"]
        (users,) = [each for each in reader if each["topic"] == "users"]
        return sum(each["end_offset"] for each in users["partitions"])

    assert describe_topic(admin, "users").partitions
    profiles = [PROFILE | {"user": f"many-{number}"} for number in range(30)]
    before = written()
    answer = produce(url, profiles, "/users")
    assert answer.status == 201
    assert len(answer.document) == 30
    wait_until(lambda: written() == before + 30, "thirty profiles", 10)

    refused = produce(url, [*profiles, PROFILE | {"tier": "lead"}], "/users")
    assert (refused.status, refused.document["field"]) == (422, "tier")
    assert refused.document["detail"].startswith("[30] tier: Invalid enum value 'lead'")
    assert written() == before + 30


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/users", PROFILE | {"tier": "lead"}, 422, "tier"),
        ("/users", PROFILE | {"city": "\x07"}, 422, "city"),
        ("/users", PROFILE | {"user": "x" * 65}, 422, "user"),
        ("/users", PROFILE | {"town": "Rome"}, 422, "town"),
        ("/users", {"user": "ann"}, 422, None),
        ("/users", [], 422, None),
        ("/users", [7], 400, None),
        ("/users?key=item", PROFILE, 422, "key"),
        ("/payments", PAYMENT | {"amount": 0}, 422, "amount"),
        ("/payments", PAYMENT | {"order_id": "7"}, 422, "order_id"),
        ("/payments", [PAYMENT] * 1001, 422, None),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_name(url, path, body, status, field):
    answer = produce(url, body, path)

    assert (answer.status, answer.document.get("field")) == (status, field), answer.document


def test_only_json_is_taken(url):
    answer = produce(url, PROFILE, "/users", content_type="text/plain")

    assert (answer.status, answer.document["field"]) == (415, "Content-Type")

"""What may be done to a consumer group through the API: its configs, and its end."""

import json

import pytest
from confluent_kafka import TopicPartition
from support.asking import ask, produce

from playground.clients import create_consumer
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}
BROKERS = {"value": 3000, "own": False}  # the session timeout that support/system.py gives its broker


def put_config(url, group_id, **body):
    return ask(
        url, "PUT", f"/groups/{group_id}/config", json.dumps(body).encode(), content_type="application/json"
    )


def config(url, group_id):
    answer = ask(url, "GET", f"/groups/{group_id}/config")
    assert answer.status == 200, answer.content
    return answer.document


def commit(system, group_id):
    """Another program's group commits an offset of `orders`, and leaves."""
    consumer = create_consumer(system.settings.kafka, "test", group_id=group_id)
    consumer.commit(offsets=[TopicPartition("orders", 0, 0)], asynchronous=False)
    consumer.close()


def known_to(system):
    """Every group that some route lists."""
    listed = [
        group["group_id"]
        for path in ("/groups", "/offsets", "/audit")
        for group in system.get(path)["groups"]
    ]
    return set(listed)


def test_a_group_that_does_not_exist_yet_has_the_brokers_config(shared_system, url):
    found = config(url, "not-yet")

    assert found["group_id"] == "not-yet"
    assert found["session_timeout_ms"] == BROKERS
    assert found["heartbeat_interval_ms"] == {"value": 500, "own": False}
    assert "not-yet" not in known_to(shared_system)


def test_what_is_left_out_stays_and_null_takes_back(url):
    first = put_config(url, "tuned", heartbeat_interval_ms=700, session_timeout_ms=7000).document
    assert first["heartbeat_interval_ms"] == {"value": 700, "own": True}
    assert first["session_timeout_ms"] == {"value": 7000, "own": True}

    second = put_config(url, "tuned", session_timeout_ms=8000).document
    assert second["heartbeat_interval_ms"] == {"value": 700, "own": True}
    assert second["session_timeout_ms"] == {"value": 8000, "own": True}
    assert put_config(url, "tuned").document == second == config(url, "tuned")

    third = put_config(url, "tuned", session_timeout_ms=None).document
    assert third["heartbeat_interval_ms"] == {"value": 700, "own": True}
    assert third["session_timeout_ms"] == BROKERS
    assert put_config(url, "tuned", session_timeout_ms=None).document == third, "twice is no mistake"


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"heartbeat_interval_ms": 1}, "heartbeat_interval_ms", "group.consumer.min.heartbeat.interval.ms"),
        ({"session_timeout_ms": 10_000_000}, "session_timeout_ms", "group.consumer.max.session.timeout.ms"),
        (
            {"heartbeat_interval_ms": 2000, "session_timeout_ms": 1500},
            "session_timeout_ms",
            "must be greater",
        ),
        ({"heartbeat_interval_ms": 5000}, "heartbeat_interval_ms", "must be greater"),
        ({"session_timeout_ms": 0}, "session_timeout_ms", "Expected int >= 1"),
        ({"session_timeout_ms": "long"}, "session_timeout_ms", "Expected int"),
        ({"rebalance_timeout_ms": 1}, "rebalance_timeout_ms", "unknown"),
    ],
)
def test_what_the_broker_does_not_allow_is_named_and_changes_nothing(url, body, field, reason):
    answer = put_config(url, "untouched", **body)

    assert (answer.status, answer.document["field"]) == (422, field)
    assert reason in answer.document["detail"]
    assert config(url, "untouched")["session_timeout_ms"] == BROKERS


def test_a_name_that_cannot_be_a_group_is_refused(url):
    for method, path in (("GET", "/groups/a%00b/config"), ("DELETE", "/groups/a%00b")):
        answer = ask(url, method, path)
        assert (answer.status, answer.document["field"]) == (422, "group_id")


def test_a_config_reaches_the_members(system):
    """The one thing a session timeout is for: a killed member of this group is missed later than others."""
    url = system.settings.api.url
    put_config(url, "patient", session_timeout_ms=45_000)
    workers = {
        group: system.start_worker("processor", number, CONSUMER_GROUP_ID=group)
        for number, group in enumerate(("patient", "usual"), 1)
    }

    def members(group):
        return ask(url, "GET", f"/groups/{group}").document.get("members")

    wait_until(lambda: all(members(group) for group in workers), "both to be members", 30)
    for worker in workers.values():
        worker.kill()

    wait_until(lambda: not members("usual"), "the usual one to be missed", 15)
    assert members("patient"), "45 s are not over"


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_a_deleted_group_is_gone_everywhere(system):
    url = system.settings.api.url
    for number in range(3):
        assert produce(url, {**ORDER, "user": f"u{number}"}).status == 201
    for group in ("second", "third"):
        put_config(url, group, heartbeat_interval_ms=800)
        worker = system.start_worker("processor", CONSUMER_GROUP_ID=group)
        wait_until(
            lambda group=group: (
                dict(system.query("SELECT group_id, COUNT(*) FROM ledger GROUP BY group_id")).get(group) == 3
            ),
            f"{group} to handle three orders",
            30,
        )

        refused = ask(url, "DELETE", f"/groups/{group}")
        assert refused.status == 409, refused.content
        assert "has members: processor-1" in refused.document["detail"]
        assert "session" in refused.document["next_step"]
        assert worker.stop() == 0

    wait_until(lambda: system.get("/groups/second")["state"] == "empty", "the group to be empty", 15)
    answer = ask(url, "DELETE", "/groups/second")

    assert answer.status == 200, answer.content
    assert answer.document == {
        "group_id": "second",
        "in_kafka": True,
        "positions": 6,
        "ledger": 3,
        "dead_letters": 0,
        "effects": 0,
        "configs": ["heartbeat_interval_ms"],
    }
    assert known_to(system) == {"order-processor", "analytics", "third"}
    assert not config(url, "second")["heartbeat_interval_ms"]["own"]
    assert config(url, "third")["heartbeat_interval_ms"]["own"]
    assert system.query("SELECT COUNT(*) FROM positions WHERE group_id = 'third'") == [(6,)]

    again = ask(url, "DELETE", "/groups/second")
    assert again.status == 404
    assert "third" in again.document["detail"]

    begun_anew = system.start_worker("processor", CONSUMER_GROUP_ID="second")
    begun_anew.wait_for("records_handled")
    wait_until(
        lambda: system.query("SELECT COUNT(*) FROM ledger WHERE group_id = 'second'") == [(3,)],
        "the three orders to be handled again",
        30,
    )


def test_groups_that_only_kafka_or_only_the_broker_knows_are_deleted_as_well(shared_system, url):
    commit(shared_system, "somebody")
    assert "somebody" in known_to(shared_system)
    put_config(url, "only-configs", heartbeat_interval_ms=900)

    first, second = (
        ask(url, "DELETE", f"/groups/{group}").document for group in ("somebody", "only-configs")
    )

    assert (first["in_kafka"], first["positions"], first["configs"]) == (True, 0, [])
    assert (second["in_kafka"], second["positions"], second["configs"]) == (
        False,
        0,
        ["heartbeat_interval_ms"],
    )
    assert "somebody" not in known_to(shared_system)
    assert not config(url, "only-configs")["heartbeat_interval_ms"]["own"]


@pytest.mark.parametrize("group", ["order-processor", "analytics"])
def test_the_playgrounds_own_groups_stay(shared_system, url, group):
    answer = ask(url, "DELETE", f"/groups/{group}")

    assert answer.status == 409
    assert "playground's own" in answer.document["detail"]
    assert answer.document["next_step"]
    assert group in known_to(shared_system)


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/groups/somebody"), ("PUT", "/groups/somebody/config")]
)
def test_pages_of_other_origins_may_not_touch_groups(url, method, path):
    answer = ask(url, method, path, b"{}", content_type="application/json", origin="http://evil.example")

    assert answer.status == 403

"""What can be seen through the API, on a running system."""

import json

import pytest
from confluent_kafka import TopicPartition
from prometheus_client.parser import text_string_to_metric_families
from support.asking import ask, produce

from playground.clients import create_consumer, create_producer
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}


@pytest.fixture(scope="module")
def workers(shared_system):
    """One of each, for the tests that want orders to be processed."""
    return [shared_system.start_worker("processor"), shared_system.start_worker("analytics")]


def commit(system, group_id, offsets):
    """Another program's group commits offsets of `orders`."""
    consumer = create_consumer(system.settings.kafka, "test", group_id=group_id)
    consumer.commit(
        offsets=[TopicPartition("orders", part, offset) for part, offset in offsets.items()],
        asynchronous=False,
    )
    consumer.close()


def group_of(document, group_id):
    (found,) = [each for each in document["groups"] if each["group_id"] == group_id]
    return found


def test_ready_says_what_was_checked(shared_system):
    assert [check["ok"] for check in shared_system.get("/readyz")["checks"]] == [True] * 4
    assert shared_system.get("/healthz")["status"] == "ok"


def test_a_group_without_members_keeps_its_lag(shared_system, url):
    for _ in range(5):
        produce(url, ORDER)
    commit(shared_system, "somebody", {0: 0})

    found = group_of(shared_system.get("/offsets?group=somebody"), "somebody")
    ends = {
        part["partition"]: part["end_offset"]
        for part in shared_system.get("/offsets")["topics"][0]["partitions"]
    }

    assert found["state"] == "empty"
    assert found["total_lag"] == sum(ends.values())
    assert found["partitions"][0]["committed_offset"] == 0
    for part in found["partitions"][1:]:
        assert part["committed_offset"] is None
        assert part["reason"].startswith("no commit yet")
        assert part["lag"] == ends[part["partition"]]


def test_lag_in_seconds_is_the_age_of_the_waiting_record(shared_system, url):
    accepted = produce(url, ORDER).document
    commit(shared_system, "slow", {accepted["partition"]: accepted["offset"]})

    def waiting():
        rows = group_of(shared_system.get("/offsets?group=slow"), "slow")["partitions"]
        return next(row for row in rows if row["partition"] == accepted["partition"])["lag_seconds"]

    wait_until(lambda: waiting() and waiting() > 0.3, "the waiting record to grow older", 10)
    commit(shared_system, "slow", {accepted["partition"]: accepted["offset"] + 1})
    assert waiting() == 0


def test_an_unknown_group_is_a_404_that_lists_the_known_ones(url):
    for path in ("/offsets?group=nobody", "/groups/nobody"):
        answer = ask(url, "GET", path)
        assert answer.status == 404
        assert "order-processor" in answer.document["detail"]


def test_workers_show_as_members_that_own_everything(shared_system, workers):
    def processor():
        found = shared_system.get("/groups/order-processor")
        return found if found["state"] == "stable" and found["members"] else None

    found = wait_until(processor, "the group to be stable", 30)

    (member,) = found["members"]
    assert found["type"] == "consumer"
    assert member["client_id"] == "processor-1"
    assert [each["partition"] for each in member["assignment"]] == list(range(6))
    assert member["target_assignment"] == member["assignment"]
    row = group_of(shared_system.get("/offsets"), "order-processor")["partitions"][0]
    assert (row["client_id"], row["member_id"]) == ("processor-1", member["member_id"])


def test_an_order_goes_from_pending_to_processed(shared_system, url, workers):
    accepted = produce(url, {**ORDER, "user": "mary"}).document

    def mine():
        return shared_system.get("/messages?user=mary")["messages"]

    found = wait_until(
        lambda: [each for each in mine() if each["status"] == "processed"], "mary's order", 30
    )[0]

    assert found["order_id"] == accepted["order_id"]
    assert (found["partition"], found["offset"]) == (accepted["partition"], accepted["offset"])
    assert found["worker"] == "processor-1"
    assert found["produced_at"] == accepted["timestamp"] <= found["processed_at"]
    assert shared_system.get("/messages?user=mary&status=pending")["messages"] == []
    assert shared_system.get("/messages?user=mary&source=db")["messages"] == [found]


def test_pending_orders_are_read_from_kafka(shared_system, url, workers):
    workers[0].stop()
    try:
        accepted = produce(url, {**ORDER, "user": "paul", "item": "pen"}).document
        (found,) = shared_system.get("/messages?user=paul&item=pen")["messages"]
        assert (found["status"], found["worker"], found["processed_at"]) == ("pending", None, None)
        assert found["order_id"] == accepted["order_id"]
        assert shared_system.get("/messages?user=paul&source=db")["messages"] == []
        assert shared_system.get("/messages?user=paul&status=processed")["messages"] == []
        first = shared_system.get("/messages?limit=1")["messages"]
        assert [each["order_id"] for each in first] == [accepted["order_id"]]
    finally:
        workers[0] = shared_system.start_worker("processor")


def test_records_that_are_no_orders_are_skipped(shared_system):
    producer = create_producer(shared_system.settings.kafka, "test")
    producer.produce("orders", b"not json", b"poison")
    producer.produce("orders", None, b"poison")
    producer.flush(10)

    assert "messages" in shared_system.get("/messages?source=kafka")


def test_stats_count_what_analytics_read(shared_system, url, workers):
    produce(url, {**ORDER, "item": "rare thing", "qty": 7})

    def counted():
        return [each for each in shared_system.get("/stats")["per_minute"] if each["item"] == "rare thing"]

    (row,) = wait_until(counted, "analytics to count", 30)
    assert (row["orders"], row["quantity"]) == (1, 7)


def test_the_audit_balances(shared_system, url, workers):
    audit = shared_system.settle()

    assert audit["balanced"]
    for group in audit["groups"]:
        for part in group["partitions"]:
            handled = part["processed"] + part["duplicates"] + part["dead_lettered"] + part["pending"]
            assert part["end_offset"] - part["start_offset"] == handled


def test_topics_have_ids_and_ends(shared_system):
    found = {topic["topic"]: topic for topic in shared_system.get("/topics")["topics"]}

    assert set(found) == {
        *("orders", "users", "payments"),
        *("orders.dlq", "playground.events", "order-ids"),
    }
    assert len(found["orders"]["partitions"]) == 6
    assert found["orders"]["topic_id"] != found["orders.dlq"]["topic_id"]


def test_without_a_stack_there_is_no_load(url):
    assert ask(url, "GET", "/load").document["available"] is False
    assert ask(url, "DELETE", "/load").status == 501
    assert ask(url, "POST", "/load", b"{}", content_type="application/json").status == 501
    none = {"available": False, "abilities": [], "workers": [], "why_not": None, "next_step": None}
    assert ask(url, "GET", "/stack").document == none


@pytest.mark.parametrize(
    ("body", "field"),
    [({"rate": 0}, "rate"), ({"rate": "fast"}, "rate"), ({"key": "x"}, "key"), ({"speed": 1}, "speed")],
)
def test_bad_settings_of_the_load_name_the_field(url, body, field):
    answer = ask(url, "POST", "/load", json.dumps(body).encode(), content_type="application/json")

    assert (answer.status, answer.document["field"]) == (422, field)


def test_pages_of_other_origins_may_not_start_load(url):
    answer = ask(url, "DELETE", "/load", origin="http://evil.example")

    assert answer.status == 403


@pytest.mark.parametrize(
    "path", ["/messages?limit=0", "/messages?limit=x", "/messages?limit=1001", "/messages?limit=1&limit=2"]
)
def test_a_bad_parameter_is_named(url, path):
    answer = ask(url, "GET", path)

    assert (answer.status, answer.document["field"]) == (422, "limit")


def test_the_text_null_is_not_the_same_as_nothing(url):
    assert ask(url, "GET", "/messages?status=null").document["field"] == "status"
    assert ask(url, "GET", "/offsets?group=null").status == 404
    assert ask(url, "GET", "/messages?user=null").status == 200


def test_metrics_count_by_route_and_status(url):
    produce(url, ORDER)
    produce(url, {})
    text = ask(url, "GET", "/metrics").content.decode()
    found = {
        (sample.labels.get("route"), sample.labels.get("status")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "playground_http_requests_total"
    }

    assert found["/produce", "201"] >= 1
    assert found["/produce", "422"] >= 1
    assert not [route for route, _ in found if route and "%" in route]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nix", 404), ("PUT", "/offsets", 405), ("GET", "/docs/nix.js", 404)],
)
def test_what_is_not_there_is_a_problem(url, method, path, status):
    answer = ask(url, method, path)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.document["detail"]

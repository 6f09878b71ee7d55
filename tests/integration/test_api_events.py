"""GET /events: what is told live, and what a late listener is told of before."""

import json

import pytest
from support.asking import ask, produce
from support.listening import Listener

from playground.clients import create_producer
from playground.topics import EVENTS
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}


@pytest.fixture(scope="module", autouse=True)
def workers(shared_system):
    """One of each; they have their partitions."""
    started = [shared_system.start_worker("processor"), shared_system.start_worker("analytics")]
    for worker in started:
        worker.wait_for("partitions_assigned")
    return started


@pytest.fixture
def listen(url):
    """Begins to listen, and waits for what stands at the beginning."""
    listeners = []

    def begin():
        listeners.append(Listener(url))
        wait_until(lambda: listeners[-1].seen["history"], "the history", 10)
        return listeners[-1]

    yield begin
    for each in listeners:
        each.close()


def write_events(system, *events):
    """What a worker would write to the topic."""
    producer = create_producer(system.settings.kafka, "test")
    for event in events:
        producer.produce(EVENTS, json.dumps(event).encode())
    assert producer.flush(10) == 0


def event(name, number=0):
    return {"at": f"2026-11-23T06:36:32.{number:03}Z", "event": name, "worker": "scripted", "number": number}


def scripted(listener):
    """What was told live of the events written here."""
    return [each["event"] for each in listener.seen["worker"] if each["worker"] == "scripted"]


def told(listener):
    (document,) = listener.seen["history"]
    return [(each["worker"], each["event"]) for each in document["events"]]


def test_who_comes_late_is_told_what_workers_did_before(url, listen):
    produce(url, ORDER)

    both = {("processor-1", "partitions_assigned"), ("analytics-1", "partitions_assigned")}

    def complete():  # a worker does not wait until its events are in the topic
        history = told(listen())
        return history if both <= set(history) else None

    history = wait_until(complete, "what both workers did", 10, every=0.5)

    for worker, _ in both:
        assert history.index((worker, "startup_complete")) < history.index((worker, "partitions_assigned"))
    assert not [name for _, name in history if name == "records_handled"]


def test_batches_and_progress_do_not_push_the_history_out(shared_system, listen):
    """Under load they are nearly all that stands in the topic."""
    progress = [event("records_handled"), event("load_progress")]
    write_events(shared_system, *(progress * 1500))

    assert ("processor-1", "partitions_assigned") in told(listen())


def test_what_happens_is_told_once_and_then_belongs_to_the_history(shared_system, listen):
    first = listen()
    write_events(shared_system, event("write_refused", 1), event("records_handled", 2))
    wait_until(lambda: len(scripted(first)) >= 2, "both events", 10)
    second = listen()
    write_events(shared_system, event("fatal", 3))
    for listener in (first, second):
        wait_until(lambda each=listener: "fatal" in scripted(each), "the last event", 10)

    assert scripted(first) == ["write_refused", "records_handled", "fatal"]
    assert scripted(second) == ["fatal"]
    assert told(second)[-1] == ("scripted", "write_refused")
    assert told(second).count(("scripted", "write_refused")) == 1
    assert ("scripted", "write_refused") not in told(first)


def test_the_history_has_the_twenty_newest(shared_system, listen):
    write_events(shared_system, *(event("record_failed", number) for number in range(30)))

    (document,) = listen().seen["history"]

    assert [each["number"] for each in document["events"]] == list(range(10, 30))


def test_events_tell_orders_offsets_groups_and_what_workers_do(shared_system, url, workers):
    listener = Listener(url)
    assert listener.answer.headers["Content-Type"].startswith("text/event-stream")
    wait_until(lambda: listener.seen["hello"], "hello", 10)
    accepted = produce(url, {**ORDER, "user": "live"}).document

    def mine():
        return [
            order for event in listener.seen["orders"] for order in event["orders"] if order["user"] == "live"
        ]

    (order,) = wait_until(mine, "the order", 10)
    assert (order["order_id"], order["offset"], order["status"]) == (
        accepted["order_id"],
        accepted["offset"],
        "pending",
    )
    wait_until(lambda: len(listener.seen["offsets"]) >= 3, "three snapshots", 10)
    assert set(listener.seen["offsets"][0]) == {"taken_at", "topics", "groups"}
    wait_until(lambda: listener.seen["groups"] and listener.seen["stats"], "groups and stats", 10)
    wait_until(
        lambda: [each for each in listener.seen["worker"] if each["event"] == "records_handled"],
        "worker events",
        10,
    )
    listener.close()


def test_listeners_are_limited_and_their_places_given_back(url):
    listeners = [Listener(url) for _ in range(100)]
    try:
        wait_until(lambda: all(each.seen["hello"] for each in listeners), "all to be greeted", 30)
        assert ask(url, "GET", "/events").status == 503
    finally:
        for each in listeners:
            each.close()

    def again():
        listener = Listener(url)
        listener.close()
        return listener.answer.status == 200

    wait_until(again, "a place to be free again", 10)

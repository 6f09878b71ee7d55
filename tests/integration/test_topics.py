"""Poison, new partitions, a recreated topic, deleted records: nothing skipped, nobody stalls."""

import signal

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewPartitions
from support.audit import find_problems, verify
from support.customer import Customer

from playground.clients import create_admin, create_consumer, create_producer
from playground.errors import NotFound
from playground.topics import DEAD_LETTERS, ORDERS, describe_topic, ensure_topics
from playground.waiting import wait_until

POISON = (
    b"not JSON",
    b"",
    b"\xff\xfe",
    b"null",
    b"[" * 20_000,
    b'{"order_id":1}',
    b'{"order_id":1,"user":"a","item":"b","qty":NaN}',
    b'{"order_id":1,"user":"a","item":"b","qty":1e400}',
    b'{"order_id":"1","user":"a","item":"b","qty":1}',
    b'{"order_id":1,"user":"a\\u0000","item":"b","qty":1}',
    b"x" * 500_000,
    b"y" * 1_040_000,  # larger than our own producer may send: a Java client's
    b'{"order_id":1,"user":"a","item":"b","qty":1,"age_group":"' + b"z" * 300_000 + b'"}',
    None,
)


@pytest.mark.slow
def test_poison_goes_to_the_dead_letter_topic_and_nobody_stalls(system):
    """Bad records among good ones: one letter each per group, with where it came from and why."""
    system.start_worker("analytics")
    system.start_worker("processor")
    producer = create_producer(system.settings.kafka, "poisoner", message_max_bytes=1_048_576)
    with Customer(system.settings.api.url) as customer:
        for partition in range(6):
            for value in POISON:
                producer.produce(ORDERS, value, partition=partition)
            producer.flush(10)
        customer.wait_for_more(200)

    verify(system, customer)
    letters = read_all(system, DEAD_LETTERS, len(POISON) * 6 * 2)
    sources = {
        (headers["group"], headers["source-partition"], headers["source-offset"]): headers["reason"]
        for headers in letters
    }
    assert len(letters) == len(sources) == len(POISON) * 6 * 2
    assert all(sources.values())


@pytest.mark.slow
@pytest.mark.parametrize("reset", ["earliest", "latest"])
def test_new_partitions_are_read_from_their_beginning(system, reset):
    """6 -> 9 partitions under load; the records that came before the members noticed count too."""
    for kind in ("analytics", "processor"):
        worker = system.start_worker(kind, CONSUMER_AUTO_OFFSET_RESET=reset)
        worker.wait_for("partitions_assigned")
    admin = create_admin(system.settings.kafka, "test")
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(50)
        admin.create_partitions([NewPartitions(ORDERS, 9)])[ORDERS].result(10)
        producer = create_producer(system.settings.kafka, "early")
        for partition in (6, 7, 8):
            for number in range(5):
                order_id = partition * 1000 + number
                customer.unknown.add(order_id)
                value = b'{"order_id":%d,"user":"u","item":"item-1","qty":1}' % order_id
                producer.produce(ORDERS, value, partition=partition)
        producer.flush(10)
        wait_until(
            lambda: {place[0] for place in customer.acknowledged.values()} >= {6, 7, 8},
            "orders in the new partitions",
            60,
        )

    verify(system, customer)
    found = system.query("SELECT order_id FROM orders WHERE order_id BETWEEN 6000 AND 8999")
    assert len(found) == 15


@pytest.mark.slow
def test_a_recreated_topic_never_inherits_positions(system):
    """Delete and make `orders` again: its records are all handled, from offset 0 on."""
    analytics = system.start_worker("analytics")
    processor = system.start_worker("processor")
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(100)
    verify(system, customer)
    admin = create_admin(system.settings.kafka, "test")
    old = describe_topic(admin, ORDERS).topic_id

    again = make_orders_again(system, admin)
    assert again.topic_id != old
    with Customer(system.settings.api.url) as later:
        later.wait_for_more(100, 60)
        wait_until(
            lambda: any(event["event"] == "records_handled" for event in processor.events[-3:]),
            "the processor to handle the new topic",
            60,
        )
    audit = system.settle()
    assert audit["balanced"], audit
    assert all(part["start_offset"] == 0 for group in audit["groups"] for part in group["partitions"])
    later.acknowledged.update(customer.acknowledged)
    later.unknown |= customer.unknown
    # Until a member notices, it may read the new topic from the old position; those records come again
    # from the new beginning, and are recognised by their order ids.
    assert find_problems(system, later, repeats_refused=True) == []
    assert processor.process.poll() is None
    assert analytics.process.poll() is None


@pytest.mark.slow
def test_a_member_that_slept_through_the_recreation_starts_over_without_a_rebalance(system):
    """The group knows topics by name and number of partitions, so it has nothing to tell the member."""
    patient = {
        "CONSUMER_GROUP_PROTOCOL": "classic",
        "CONSUMER_SESSION_TIMEOUT_MS": "120000",
        "CONSUMER_MAX_POLL_INTERVAL_MS": "120000",
    }
    members = [system.start_worker(kind, **patient) for kind in ("analytics", "processor")]
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(100)
    verify(system, customer)
    admin = create_admin(system.settings.kafka, "test")
    old = describe_topic(admin, ORDERS).topic_id

    for member in members:
        member.signal(signal.SIGSTOP)
    make_orders_again(system, admin)
    with Customer(system.settings.api.url) as later:
        later.wait_for_more(100, 60)
    for member in members:
        member.signal(signal.SIGCONT)

    for member in members:
        member.wait_for("topic_recreated", old_topic_id=old)
    with Customer(system.settings.api.url) as last:
        last.wait_for_more(100)
    audit = system.settle()
    assert audit["balanced"], audit
    for each in (customer, later):
        last.acknowledged.update(each.acknowledged)
        last.unknown |= each.unknown
    assert find_problems(system, last, repeats_refused=True) == []
    for member in members:
        assert member.process.poll() is None
        assert member.count("topic_recreated") == 1
        assert member.count("partitions_assigned") == 1
        assert member.count("partitions_revoked") == member.count("partitions_lost") == 0


@pytest.mark.slow
def test_deleted_records_stop_the_partition_instead_of_being_jumped_over(system):
    """Retention took what a group had not read: an event says so, the audit does not balance."""
    processor = system.start_worker("processor")
    analytics = system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(200)
    verify(system, customer)
    assert processor.stop() == 0
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(200)
    wait_until(lambda: analytics_is_done(system), "analytics to catch up", 30, every=0.2)

    victim = next(part for part in audit_of(system, "order-processor")["partitions"] if part["pending"] > 1)
    number, cut = victim["partition"], victim["end_offset"] - 1
    admin = create_admin(system.settings.kafka, "test")
    place = TopicPartition(ORDERS, number, cut)
    (answer,) = admin.delete_records([place]).values()
    answer.result(10)

    again = system.start_worker("processor", 2)
    stopped = again.wait_for("partition_stopped", 60)
    assert stopped["partition"] == number
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(100)
    wait_until(
        lambda: all(
            part["pending"] == 0 or part["partition"] == number
            for part in audit_of(system, "order-processor")["partitions"]
        ),
        "the other partitions to go on",
        30,
        every=0.2,
    )
    stuck = audit_of(system, "order-processor")["partitions"][number]
    assert not stuck["balanced"]
    assert stuck["pending"] > 0
    assert analytics.count("partition_stopped") == 0


def make_orders_again(system, admin):
    """Delete the topic and make it anew, with as many partitions as before."""
    admin.delete_topics([ORDERS])[ORDERS].result(10)
    wait_until(lambda: ORDERS in ensure_topics(system.settings), "the topic to be made again", 30, every=0.5)
    return wait_until(lambda: describe_topic(admin, ORDERS), "the new topic", 30, ignore=(NotFound,))


def audit_of(system, group_id):
    return next(group for group in system.get("/audit")["groups"] if group["group_id"] == group_id)


def analytics_is_done(system):
    return sum(part["pending"] for part in audit_of(system, "analytics")["partitions"]) == 0


def read_all(system, topic, expected):
    """The headers of `expected` records of a one-partition topic."""
    consumer = create_consumer(system.settings.kafka, "test", group_id="test-reader")
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []

    def read() -> bool:
        for message in consumer.consume(100, 0.5):
            assert message.error() is None, message.error()
            found.append({name: value.decode() for name, value in message.headers()})
        return len(found) >= expected

    wait_until(read, f"{expected} records in {topic}", 30)
    consumer.close()
    return found

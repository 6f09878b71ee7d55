"""A Kafka client that knows nothing of the playground: a topic of its own, records in, records out."""

import contextlib
import uuid

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from playground.waiting import wait_until

SECONDS = 30
PARTITIONS = 3
RECORDS = 30


def advertised(address: str) -> set[str]:
    """What the brokers say that they are reached at, asked at `address`."""
    known = AdminClient({"bootstrap.servers": address}).list_topics("orders", timeout=SECONDS)
    assert len(known.topics["orders"].partitions) == 6
    return {f"{broker.host}:{broker.port}" for broker in known.brokers.values()}


def round_trip(address: str) -> None:
    """Produce, with every replica's word for it, and consume as a group. Raises AssertionError."""
    topic = f"foreign-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": address})
    created = admin.create_topics([NewTopic(topic, PARTITIONS)], request_timeout=SECONDS)
    created[topic].result(SECONDS)
    sent = {f"record {number}".encode() for number in range(RECORDS)}
    try:
        produce(address, topic, sent)
        assert consume(address, topic) == sorted(sent)
    finally:
        # A group and a topic that nobody uses would stand in what the release shows of itself.
        for deleted in (admin.delete_consumer_groups([topic]), admin.delete_topics([topic])):
            with contextlib.suppress(KafkaException):
                deleted[topic].result(SECONDS)


def produce(address: str, topic: str, values: set[bytes]) -> None:
    """All of them, acknowledged."""
    refused = []
    producer = Producer({"bootstrap.servers": address, "acks": "all"})
    for value in values:
        producer.produce(topic, value, key=value, callback=lambda error, _: error and refused.append(error))
    left = producer.flush(SECONDS)
    assert (left, refused) == (0, [])


def consume(address: str, topic: str) -> list[bytes]:
    """As many records as were sent, by a group that the topic's name is the id of."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    got: list[bytes] = []

    def complete() -> bool:
        got.extend(message.value() for message in consumer.consume(RECORDS, 0.5) if not message.error())
        return len(got) >= RECORDS

    try:
        wait_until(complete, f"{RECORDS} records of {topic}", SECONDS)
    finally:
        consumer.close()
    return sorted(got)

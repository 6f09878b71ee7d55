"""Builds every Kafka client from the settings; nothing else in the house does.

Clients are created by the process that uses them and never at import:
librdkafka's threads do not survive a fork.
Keyword arguments are Kafka's dotted names with underscores: `group_id="x"` becomes `group.id`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import confluent_kafka
from confluent_kafka.admin import AdminClient

from playground.errors import EnvironmentMissing

if TYPE_CHECKING:
    from playground.settings import KafkaSettings

# Before 2.15 consumers of the `consumer` protocol (KIP-848) stall after a stale epoch.
MIN_LIBRDKAFKA = (2, 15, 0)
# librdkafka's default of 300 s hides new partitions and recreated topics for minutes.
METADATA_REFRESH_MS = 5000

log = logging.getLogger("playground.kafka")
logging.getLogger("playground.librdkafka").setLevel(logging.WARNING)


def common_config(kafka: KafkaSettings, client_id: str) -> dict[str, Any]:
    """The properties that every client shares: address, identity, security."""
    config: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "client.id": client_id,
        "security.protocol": kafka.security_protocol,
        "topic.metadata.refresh.interval.ms": METADATA_REFRESH_MS,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        "socket.keepalive.enable": True,
        "log.connection.close": False,
        "logger": logging.getLogger("playground.librdkafka"),
    }
    if kafka.ssl_ca_file is not None:
        config["ssl.ca.location"] = str(kafka.ssl_ca_file)
    if kafka.sasl_mechanism is not None and kafka.sasl_password_file is not None:
        config["sasl.mechanism"] = kafka.sasl_mechanism
        config["sasl.username"] = kafka.sasl_username
        config["sasl.password"] = kafka.sasl_password_file.read_text().rstrip("\r\n")
    return config


def create_producer(kafka: KafkaSettings, client_id: str, **properties: Any) -> confluent_kafka.Producer:
    """An idempotent producer (acks=all) that puts a key where Java clients and ksqlDB put it."""
    require_librdkafka()
    config = common_config(kafka, client_id) | {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "linger.ms": 1,
    }
    return confluent_kafka.Producer(config | _dotted(properties))


def create_consumer(kafka: KafkaSettings, client_id: str, **properties: Any) -> confluent_kafka.Consumer:
    """A consumer that commits nothing by itself and never jumps to another offset silently.

    `auto.offset.reset=error`: callers say where to begin; an offset out of range is then an error to see.
    """
    require_librdkafka()
    config = common_config(kafka, client_id) | {
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "allow.auto.create.topics": False,
        # The default of 1000 ms idles a fast consumer after each full queue.
        "fetch.queue.backoff.ms": 5,
        # Measured: as fast as 64 MB fetched ahead, and a worker before a large backlog stays below 80 MB.
        "queued.max.messages.kbytes": 3072,
        "fetch.message.max.bytes": 524_288,
        "fetch.wait.max.ms": 100,
    }
    return confluent_kafka.Consumer(config | _dotted(properties))


def create_admin(kafka: KafkaSettings, client_id: str, **properties: Any) -> AdminClient:
    """An admin client. Its calls return futures; pass `request_timeout` to each."""
    require_librdkafka()
    return AdminClient(common_config(kafka, client_id) | _dotted(properties))


def require_librdkafka() -> None:
    """Refuse a librdkafka whose KIP-848 consumers are known to stall.

    Raises EnvironmentMissing.
    """
    text = confluent_kafka.libversion()[0]
    version = tuple(int(part) for part in text.split("-")[0].split(".")[:3])
    if version < MIN_LIBRDKAFKA:
        wanted = ".".join(map(str, MIN_LIBRDKAFKA))
        raise EnvironmentMissing(
            f"librdkafka {text} is too old, {wanted} is needed",
            next_step="make setup, which installs the lock",
        )


def _dotted(properties: dict[str, Any]) -> dict[str, Any]:
    # Callbacks (`error_cb`) are the binding's own names, without dots.
    return {
        name if name.endswith("_cb") else name.replace("_", "."): value for name, value in properties.items()
    }

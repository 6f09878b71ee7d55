"""What the local broker is told: server properties, log format, Java options."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from playground.settings import Settings

NODE_ID = 1

# Measured with ProducerPerformance on two cores: 60 % less memory than Java's defaults, no slower.
JAVA_OPTIONS = (
    "-Xms64m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    # Both silence warnings about what Kafka's own jars do.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)

LOG4J2 = """\
status=error
rootLogger.level=INFO
rootLogger.appenderRef.file.ref=file
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={log}
appender.file.filePattern={log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d{{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}}] %p %m (%c{{1}})%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=4MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
"""


def server_properties(settings: Settings, data: Path) -> dict[str, str]:
    """One node that is broker and controller, reachable from this machine only."""
    kafka = settings.kafka
    single = "1"  # one broker: nothing can have a second replica
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.quorum.voters": f"{NODE_ID}@127.0.0.1:{kafka.controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{kafka.port},CONTROLLER://127.0.0.1:{kafka.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{kafka.port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "default.replication.factor": single,
        "min.insync.replicas": single,
        "offsets.topic.replication.factor": single,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": single,
        "transaction.state.log.min.isr": single,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": single,
        "share.coordinator.state.topic.min.isr": single,
        "share.coordinator.state.topic.num.partitions": "4",
        # Groups here are small and watched by a person: rebalances shall not wait for stragglers.
        "group.initial.rebalance.delay.ms": "0",
        "group.consumer.min.heartbeat.interval.ms": "500",
        "group.consumer.heartbeat.interval.ms": "500",
        "group.consumer.assignment.interval.ms": "0",
        "group.consumer.min.session.timeout.ms": "6000",
        "group.consumer.session.timeout.ms": "6000",
        "group.min.session.timeout.ms": "1000",
        "log.retention.check.interval.ms": "60000",
        # The cleaner's default of 128 MB is a third of the heap, for a few small compacted topics.
        "log.cleaner.dedupe.buffer.size": "2097152",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "4",
    }


def render_properties(properties: dict[str, str]) -> str:
    """The text of a Java properties file."""
    lines = (f"{name}={value}".replace("\\", "\\\\") for name, value in properties.items())
    return "\n".join(lines) + "\n"


def java_options(settings: Settings, log_config: Path) -> list[str]:
    """Options of the broker's Java."""
    return [f"-Xmx{settings.broker_heap}", *JAVA_OPTIONS, f"-Dlog4j2.configurationFile={log_config}"]


def cache_options(*, use: Path | None = None, make: Path | None = None) -> list[str]:
    """Use Java's AOT cache, or make it; a cache that does not fit is left aside without a word."""
    if make is not None:
        return [f"-XX:AOTCacheOutput={make}"]
    return [f"-XX:AOTCache={use}", "-Xlog:aot*=off,cds*=off"] if use is not None else []

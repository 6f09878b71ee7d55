"""Environment variables -> typed, frozen settings.

The only reader of the environment.
The name of a variable is the prefix PLAYGROUND, then its section, then its field:
`settings.kafka.bootstrap_servers` is `PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS`.
Fields of `stack` have no section in their name: `PLAYGROUND_DATA_DIR`, `PLAYGROUND_DATABASE_URL`.
All mistakes are reported at once, and an unknown `PLAYGROUND_` variable is a mistake.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playground.consumer_settings import ConsumerSettings, read_consumer
from playground.errors import SettingsError
from playground.loopback import is_loopback
from playground.settings_reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "PLAYGROUND_"
# Where in the handling of a batch a worker can be made to crash, in the order they are passed.
CRASH_POINTS = ("before_begin", "after_rows", "after_position", "after_commit", "before_kafka_commit")
# The chart's default; a test sees that both are the same.
KSQLDB_IMAGE = "confluentinc/cp-ksqldb-server:8.3.1"
EXPORTER_OFFSET = 1308  # 8000 + 1308 = 9308, the port kafka_exporter is known for


@dataclass(frozen=True)
class KafkaSettings:
    """How to reach the broker, for every client."""

    bootstrap_servers: str
    external: bool  # True: somebody else's broker, start none of our own
    port: int
    controller_port: int
    security_protocol: str
    sasl_mechanism: str | None
    sasl_username: str | None
    sasl_password_file: Path | None
    ssl_ca_file: Path | None


@dataclass(frozen=True)
class TopicSettings:
    """How the topics are made."""

    partitions: int
    replication_factor: int
    retention_ms: int


@dataclass(frozen=True)
class ApiSettings:
    """The HTTP server and its limits."""

    host: str
    port: int
    processes: int
    max_body_bytes: int
    max_batch_orders: int
    max_in_flight: int
    delivery_timeout_ms: int
    allowed_origins: tuple[str, ...]
    raw_records: bool  # whether POST /produce/raw writes bad records
    control: bool  # whether it changes anything but orders: stack, load, groups, scratch topics, runs

    @property
    def url(self) -> str:
        """Address of the API as a client on this machine writes it."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class WorkerSettings:
    """Where a worker answers probes and scrapes. Port 0: nowhere. The exporter has a section of its own."""

    http_host: str
    http_port: int


@dataclass(frozen=True)
class FaultSettings:
    """Deliberate misbehaviour of a worker, all off by default. `worker`: only of this one."""

    worker: str | None
    processing_delay_ms: int
    batch_delay_ms: int
    failure_ratio: float
    crash_after_records: int
    crash_at: str


@dataclass(frozen=True)
class ExporterSettings:
    """The lag exporter."""

    host: str
    port: int
    interval_ms: int


@dataclass(frozen=True)
class KsqlDbSettings:
    """A ksqlDB server beside the playground. `url` None: there is none.

    `port` and `image`: of the one that `playground up --with ksqldb` starts, which makes `own` True.
    """

    url: str | None
    port: int
    image: str
    own: bool = False


@dataclass(frozen=True)
class LoadSettings:
    """The load generator."""

    rate: float
    key: str
    users: int
    items: int
    burst_every_seconds: float
    burst_size: int
    paid_share: float  # of orders, that are paid a little later


@dataclass(frozen=True)
class Settings:
    """Everything; built once per process by `read_settings`."""

    data_dir: Path
    cache_dir: Path  # what data folders share: the broker's jars
    runs_dir: Path  # timelines and reports of experiments
    database_url: str
    worker_name: str | None
    control_socket: Path | None
    cluster_namespace: str | None  # the API runs in a pod and scales the workers of this namespace
    broker_heap: str
    processors: int
    kafka: KafkaSettings
    topics: TopicSettings
    api: ApiSettings
    consumer: ConsumerSettings
    worker: WorkerSettings
    faults: FaultSettings
    exporter: ExporterSettings
    load: LoadSettings
    ksqldb: KsqlDbSettings
    environment: dict[str, str] = field(repr=False, default_factory=dict)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the process's environment, or `environment` when given.

    Raises SettingsError listing every variable that cannot be used.
    """
    source = os.environ if environment is None else environment  # noqa: TID251 - the one reader
    read = Reader(source, PREFIX)
    data_dir = Path(read.text("DATA_DIR", ".playground")).expanduser().absolute()
    kafka = _kafka(read)
    api = _api(read)
    settings = Settings(
        data_dir=data_dir,
        cache_dir=(read.path("CACHE_DIR") or _user_cache(source)).absolute(),
        runs_dir=(read.path("RUNS_DIR") or data_dir / "runs").expanduser().absolute(),
        database_url=read.choice_of_prefix(
            "DATABASE_URL", f"sqlite:///{data_dir / 'orders.db'}", ("sqlite:///", "postgresql://")
        ),
        worker_name=read.optional("WORKER_NAME"),
        control_socket=read.path("CONTROL_SOCKET"),
        cluster_namespace=read.optional("CLUSTER_NAMESPACE"),
        broker_heap=read.text("BROKER_HEAP", "384m"),
        processors=read.integer("PROCESSORS", 2, 0, 64),
        kafka=kafka,
        topics=TopicSettings(
            partitions=read.integer("TOPIC_PARTITIONS", 6, 1, 1000),
            replication_factor=read.integer("TOPIC_REPLICATION_FACTOR", 1, 1, 7),
            retention_ms=read.integer("TOPIC_RETENTION_MS", 604_800_000, -1, 2**53),
        ),
        api=api,
        consumer=read_consumer(read),
        worker=WorkerSettings(
            http_host=read.text("WORKER_HTTP_HOST", "127.0.0.1"),
            http_port=read.integer("WORKER_HTTP_PORT", 0, 0, 65535),
        ),
        faults=FaultSettings(
            worker=read.optional("FAULT_WORKER"),
            processing_delay_ms=read.integer("FAULT_PROCESSING_DELAY_MS", 0, 0, 60_000),
            batch_delay_ms=read.integer("FAULT_BATCH_DELAY_MS", 0, 0, 60_000),
            failure_ratio=read.number("FAULT_FAILURE_RATIO", 0.0, 0.0, 1.0),
            crash_after_records=read.integer("FAULT_CRASH_AFTER_RECORDS", 0, 0, 2**53),
            crash_at=read.choice("FAULT_CRASH_AT", "after_rows", CRASH_POINTS),
        ),
        exporter=ExporterSettings(
            host=read.text("EXPORTER_HOST", "127.0.0.1"),
            port=read.integer("EXPORTER_PORT", min(api.port + EXPORTER_OFFSET, 65535), 1, 65535),
            interval_ms=read.integer("EXPORTER_INTERVAL_MS", 1000, 100, 3_600_000),
        ),
        load=_load(read),
        ksqldb=KsqlDbSettings(
            url=read.http_address("KSQLDB_URL"),
            port=read.integer("KSQLDB_PORT", 8088, 1, 65535),
            image=read.text("KSQLDB_IMAGE", KSQLDB_IMAGE),
        ),
        environment={name: value for name, value in source.items() if name.startswith(PREFIX)},
    )
    problems = read.finish()
    if problems:
        raise SettingsError(problems)
    return settings


def child_environment(settings: Settings, overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child process: ours, with the variables that `settings` was read from.

    An override that is the empty string unsets the variable.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}  # noqa: TID251
    return ours | settings.environment | dict(overrides or {})


def _user_cache(source: Mapping[str, str]) -> Path:
    base = source.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "kafka-streaming-playground"


def _kafka(read: Reader) -> KafkaSettings:
    port = read.integer("KAFKA_PORT", 9092, 1, 65535)
    given = read.optional("KAFKA_BOOTSTRAP_SERVERS")
    protocol = read.choice(
        "KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
    )
    mechanism = read.optional_choice("KAFKA_SASL_MECHANISM", ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"))
    username = read.optional("KAFKA_SASL_USERNAME")
    password_file = read.existing_file("KAFKA_SASL_PASSWORD_FILE")
    if protocol.startswith("SASL_"):
        read.require("KAFKA_SASL_MECHANISM", mechanism, f"KAFKA_SECURITY_PROTOCOL is {protocol}")
        read.require("KAFKA_SASL_USERNAME", username, f"KAFKA_SECURITY_PROTOCOL is {protocol}")
        read.require("KAFKA_SASL_PASSWORD_FILE", password_file, f"KAFKA_SECURITY_PROTOCOL is {protocol}")
    return KafkaSettings(
        bootstrap_servers=given or f"127.0.0.1:{port}",
        external=given is not None,
        port=port,
        controller_port=read.integer("KAFKA_CONTROLLER_PORT", port + 1, 1, 65535),
        security_protocol=protocol,
        sasl_mechanism=mechanism,
        sasl_username=username,
        sasl_password_file=password_file,
        ssl_ca_file=read.existing_file("KAFKA_SSL_CA_FILE"),
    )


def _api(read: Reader) -> ApiSettings:
    host = read.text("API_HOST", "127.0.0.1")
    return ApiSettings(
        host=host,
        port=read.integer("API_PORT", 8000, 1, 65535),
        processes=read.integer("API_PROCESSES", 1, 1, 64),
        max_body_bytes=read.integer("API_MAX_BODY_BYTES", 4_194_304, 1024, 2**30),
        max_batch_orders=read.integer("API_MAX_BATCH_ORDERS", 10_000, 1, 1_000_000),
        max_in_flight=read.integer("API_MAX_IN_FLIGHT", 50_000, 1, 10_000_000),
        delivery_timeout_ms=read.integer("API_DELIVERY_TIMEOUT_MS", 5000, 100, 300_000),
        allowed_origins=tuple(read.text("API_ALLOWED_ORIGINS", "").split()),
        raw_records=read.flag("API_RAW_RECORDS", default=is_loopback(host)),
        control=read.flag("API_CONTROL", default=is_loopback(host)),
    )


def _load(read: Reader) -> LoadSettings:
    return LoadSettings(
        rate=read.number("LOAD_RATE", 20.0, 0.1, 100_000.0),
        key=read.choice("LOAD_KEY", "user", ("user", "age_group", "item", "order_id", "none")),
        users=read.integer("LOAD_USERS", 50, 1, 1_000_000),
        items=read.integer("LOAD_ITEMS", 12, 1, 100_000),
        burst_every_seconds=read.number("LOAD_BURST_EVERY_SECONDS", 0.0, 0.0, 86_400.0),
        burst_size=read.integer("LOAD_BURST_SIZE", 100, 1, 1_000_000),
        paid_share=read.number("LOAD_PAID_SHARE", 0.5, 0.0, 1.0),
    )

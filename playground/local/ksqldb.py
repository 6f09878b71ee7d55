"""ksqlDB of the local stack: a container on this machine's network, which listens on loopback alone.

What it knows is in the broker's topics, so nothing of the container is kept.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from playground.errors import InvalidValue, KafkaUnavailable, KsqlDbUnavailable
from playground.ksqldb.applied import AppliedLog
from playground.ksqldb.client import KsqlDb
from playground.ksqldb.migration import apply
from playground.ksqldb.statements import read_statements
from playground.local.docker import require_docker, require_image
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.ksqldb.migration import Step
    from playground.settings import Settings

OPTION = "--with ksqldb"
WHAT = "ksqlDB"
OTHERWISE = (
    f"leave out {OPTION}: GET /stream-table counts by itself then; or name a ksqlDB of yours by "
    "PLAYGROUND_KSQLDB_URL"
)
HEAP = "512m"
PROBE_SECONDS = 2.0
# It answers RUNNING some seconds before it takes statements.
APPLY_SECONDS = 120.0


def with_own_ksqldb(settings: Settings) -> Settings:
    """The same settings for a stack that has a ksqlDB of its own, for children, too.

    Raises InvalidValue when a setting speaks against it.
    """
    if settings.ksqldb.url is not None:
        raise InvalidValue(
            OPTION,
            "PLAYGROUND_KSQLDB_URL names a ksqlDB already",
            next_step="leave out one of the two; PLAYGROUND_KSQLDB_PORT moves ours",
        )
    if settings.kafka.external:
        raise InvalidValue(
            OPTION,
            f"it joins a broker of our own, and {settings.kafka.bootstrap_servers} is not ours",
            next_step="start ksqlDB beside that broker and name it by PLAYGROUND_KSQLDB_URL",
        )
    url = f"http://127.0.0.1:{settings.ksqldb.port}"
    return replace(
        settings,
        ksqldb=replace(settings.ksqldb, url=url, own=True),
        environment={**settings.environment, "PLAYGROUND_KSQLDB_URL": url},
    )


def require(settings: Settings, say: Callable[[str], None]) -> None:
    """Make sure that the container can be started; fetch its image.

    Raises EnvironmentMissing that says what is missing and what to do.
    """
    require_docker(WHAT, OTHERWISE)
    require_image(settings.ksqldb.image, WHAT, OTHERWISE, say)


def container_name(settings: Settings) -> str:
    """One per data folder: two stacks have two."""
    return f"playground-ksqldb-{sha256(str(settings.data_dir).encode()).hexdigest()[:12]}"


def run_command(settings: Settings) -> list[str]:
    """The command that runs the container until it ends, and leaves nothing of it."""
    name = container_name(settings)
    variables = [word for pair in server_variables(settings).items() for word in ("--env", "=".join(pair))]
    hardened = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    command = ["--rm", "--name", name, "--network", "host", *hardened, *variables, settings.ksqldb.image]
    return [sys.executable, "-m", "playground.local.run_container", name, *command]


def server_variables(settings: Settings) -> dict[str, str]:
    """The server's properties, as its image takes them: `ksql.service.id` is `KSQL_KSQL_SERVICE_ID`."""
    properties = {
        "bootstrap.servers": settings.kafka.bootstrap_servers,
        "listeners": str(settings.ksqldb.url),
        "ksql.advertised.listener": str(settings.ksqldb.url),
        "ksql.service.id": "playground_",
        "ksql.streams.auto.offset.reset": "earliest",
        "ksql.streams.replication.factor": "1",
        "ksql.internal.topic.replicas": "1",
        "ksql.streams.num.stream.threads": "1",
        # Records become visible in a second, not in two; a person is watching.
        "ksql.streams.commit.interval.ms": "1000",
        # After a restart a pull query is refused until its table is restored, not answered without rows.
        "ksql.heartbeat.enable": "true",
        "ksql.lag.reporting.enable": "true",
        # Nothing is told to its makers.
        "confluent.support.metrics.enable": "false",
    }
    variables = {f"KSQL_{name.upper().replace('.', '_')}": value for name, value in properties.items()}
    return variables | {"KSQL_HEAP_OPTS": f"-Xms128m -Xmx{HEAP}"}


def answers(settings: Settings) -> bool:
    """Whether the server is ready now."""
    try:
        KsqlDb(str(settings.ksqldb.url), PROBE_SECONDS).version()
    except KsqlDbUnavailable:
        return False
    return True


def apply_statements(settings: Settings) -> list[Step]:
    """What `playground ksql apply` does.

    Raises Conflict, KsqlDbRefused, WaitTimeout.
    """
    log = AppliedLog(settings)

    def applied() -> list[Step]:
        log.create()
        return list(apply(KsqlDb(str(settings.ksqldb.url)), log, read_statements()))

    return wait_until(
        applied,
        "ksqlDB to take the statements of ksql/",
        APPLY_SECONDS,
        every=1.0,
        ignore=(KsqlDbUnavailable, KafkaUnavailable),
    )

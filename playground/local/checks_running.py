"""Checks of the running playground: broker, topics, API, database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]

from playground.clients import create_admin
from playground.errors import EnvironmentMissing, NotFound
from playground.local.probes import answers_200
from playground.local.starting import EXTERNAL_NEXT_STEP
from playground.topics import describe_topic, topic_specs

if TYPE_CHECKING:
    from playground.settings import Settings
    from playground.topics import TopicSpec

ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Check:
    """One line: ok, a warning, missing, or skipped because nothing runs."""

    name: str
    state: Literal["ok", "warning", "missing", "skipped"]
    detail: str
    next_step: str | None = None


def check_broker(settings: Settings) -> Check:
    """The broker answers an admin call."""
    admin = create_admin(settings.kafka, "playground-doctor")
    try:
        found = admin.list_topics(timeout=ANSWER_SECONDS)
    except KafkaException as error:
        raise EnvironmentMissing(
            f"{settings.kafka.bootstrap_servers} does not answer: {error.args[0].str()}",
            next_step=EXTERNAL_NEXT_STEP
            if settings.kafka.external
            else f"see {settings.data_dir / 'logs' / 'broker.log'}",
        ) from None
    return Check("broker", "ok", f"{settings.kafka.bootstrap_servers}, cluster {found.cluster_id}")


def check_topics(settings: Settings) -> Check:
    """Every topic is there, as the settings want it."""
    admin = create_admin(settings.kafka, "playground-doctor")
    specs = topic_specs(settings)
    wrong = [line for spec in specs for line in _differences(admin, spec)]
    if wrong:
        # `playground reset` leaves the topics of somebody else's broker alone.
        else_do = "change it at that broker" if settings.kafka.external else "`playground reset`"
        return Check("topics", "warning", "; ".join(wrong), f"fine if you changed it; else {else_do}")
    return Check("topics", "ok", ", ".join(spec.name for spec in specs))


def _differences(admin: AdminClient, spec: TopicSpec) -> list[str]:
    try:
        found = describe_topic(admin, spec.name)
    except NotFound:
        return [f"{spec.name} does not exist"]
    wrong = []
    if len(found.partitions) != spec.partitions:
        wrong.append(f"{spec.name} has {len(found.partitions)} partitions, not {spec.partitions}")
    resource = ConfigResource(ConfigResource.Type.TOPIC, spec.name)
    asked = admin.describe_configs([resource], request_timeout=ANSWER_SECONDS)[resource]
    configs = asked.result(ANSWER_SECONDS + 1)
    for name, value in spec.config.items():
        seen = configs[name].value if name in configs else None
        if seen != value:
            wrong.append(f"{spec.name}: {name} is {seen}, not {value}")
    return wrong


def check_api(settings: Settings) -> Check:
    """The API says that it is ready."""
    url = f"{settings.api.url}/readyz"
    if answers_200(url):
        return Check("API", "ok", settings.api.url)
    log = settings.data_dir / "logs" / "api.log"
    return Check("API", "missing", f"{url} does not answer with 200", f"`playground status`; see {log}")


def check_database(settings: Settings) -> Check:
    """The orders database opens and is sound."""
    url = settings.database_url
    if not url.startswith("sqlite:///"):
        import psycopg  # noqa: PLC0415 - only where it is used

        with psycopg.connect(url, connect_timeout=int(ANSWER_SECONDS)) as connection:
            version = connection.info.server_version // 10_000
        return Check("database", "ok", f"PostgreSQL {version} answers")
    path = Path(url.removeprefix("sqlite:///"))
    if not path.exists():
        return Check("database", "skipped", f"{path} is made by the first start")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=ANSWER_SECONDS)) as database:
        verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        return Check(
            "database", "missing", f"{path} is damaged: {verdict}", "`playground reset` makes a new one"
        )
    return Check("database", "ok", f"{path}, SQLite {sqlite3.sqlite_version}")

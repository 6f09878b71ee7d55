"""`prepare`: what a playground needs before anything of it starts. The chart's jobs run it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from playground.cli.patience import Patience
from playground.settings import read_settings

if TYPE_CHECKING:
    from playground.settings import Settings

ASK_SECONDS = 5.0
# Read by people who look at a pod's log: the values of a release stand beside the variables made of them.
LOOK_AT_DATABASE = (
    "does the database run, and is PLAYGROUND_DATABASE_URL right? In a release: kubectl logs of its pod, or "
    "the Secret of externalDatabase and externalDatabase.port"
)
LOOK_AT_BROKER = (
    "does the broker run, and is PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS right? In a release: kubectl logs of its "
    "pods, or externalKafka: bootstrapServers, securityProtocol, sasl"
)
LOOK_AT_TOPICS = (
    f"{LOOK_AT_BROKER}; `playground prepare` makes the topics, in a release the job whose name has `topics`"
)


@click.command()
@click.option("--wait-only", is_flag=True, help="Create nothing; wait until it is there.")
@click.option("--timeout", type=click.FloatRange(min=1), default=120.0, show_default=True, help="Seconds.")
def prepare(*, wait_only: bool, timeout: float) -> None:
    """Wait for database and broker, then create the tables and topics that are missing.

    Where both are is said by PLAYGROUND_DATABASE_URL and PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS.
    What exists stays as it is. Says every 15 seconds what it waits for.

    \b
    Examples:
      playground prepare
      playground prepare --wait-only --timeout 600
    """
    settings = read_settings()
    patiently = Patience(timeout)
    patiently("the orders database", lambda: _ask_database(settings), LOOK_AT_DATABASE)
    if wait_only:
        patiently("the topics", lambda: _ask_for_topics(settings), LOOK_AT_TOPICS)
    else:
        patiently("the topics", lambda: _create_topics(settings), LOOK_AT_BROKER)


def _ask_database(settings: Settings) -> None:
    from playground.store import open_store  # noqa: PLC0415 - kept out of `--help`

    with closing(open_store(settings)) as store:
        store.ping()


def _create_topics(settings: Settings) -> None:
    from playground.topics import ensure_topics  # noqa: PLC0415 - kept out of `--help`

    created = ensure_topics(settings, ASK_SECONDS)
    click.echo(f"topics created: {', '.join(created) or 'none'}")


def _ask_for_topics(settings: Settings) -> None:
    from playground.clients import create_admin  # noqa: PLC0415 - kept out of `--help`
    from playground.topics import describe_topic, topic_specs  # noqa: PLC0415 - kept out of `--help`

    admin = create_admin(settings.kafka, "playground-prepare")
    for spec in topic_specs(settings):
        describe_topic(admin, spec.name, ASK_SECONDS)

"""How a worker takes part in its group: one section of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.settings_reader import Reader

# Stands for the worker's name, so that one setting gives each replica an id of its own.
WORKER = "{worker}"
# What a crash may cost. Only exactly-once is meant to be used; the others are there to be compared.
EXACTLY_ONCE, AT_LEAST_ONCE, AT_MOST_ONCE = DELIVERIES = ("exactly-once", "at-least-once", "at-most-once")


@dataclass(frozen=True)
class ConsumerSettings:
    """How a worker takes part in its group. Empty `group_id`: the job's own group."""

    group_id: str | None
    group_protocol: str
    assignor: str | None
    group_instance_id: str | None  # {worker} stands for the worker's name: see `instance_id_of`
    session_timeout_ms: int
    max_poll_interval_ms: int
    auto_offset_reset: str
    batch_size: int
    delivery: str

    @property
    def incremental(self) -> bool:
        """Whether assignments come as differences: KIP-848, and cooperative-sticky (KIP-429)."""
        return self.group_protocol == "consumer" or self.assignor == "cooperative-sticky"

    def instance_id_of(self, worker: str) -> str | None:
        """The `group.instance.id` of this worker; None: it is no static member."""
        return self.group_instance_id and self.group_instance_id.replace(WORKER, worker)


def read_consumer(read: Reader) -> ConsumerSettings:
    """Read them; what cannot be used is left with `read`."""
    settings = ConsumerSettings(
        group_id=read.optional("CONSUMER_GROUP_ID"),
        group_protocol=read.choice("CONSUMER_GROUP_PROTOCOL", "consumer", ("consumer", "classic")),
        assignor=read.optional_choice(
            "CONSUMER_ASSIGNOR", ("range", "roundrobin", "cooperative-sticky", "uniform")
        ),
        group_instance_id=read.optional("CONSUMER_GROUP_INSTANCE_ID"),
        session_timeout_ms=read.integer("CONSUMER_SESSION_TIMEOUT_MS", 6000, 1000, 1_800_000),
        max_poll_interval_ms=read.integer("CONSUMER_MAX_POLL_INTERVAL_MS", 60_000, 1000, 3_600_000),
        auto_offset_reset=read.choice("CONSUMER_AUTO_OFFSET_RESET", "earliest", ("earliest", "latest")),
        batch_size=read.integer("CONSUMER_BATCH_SIZE", 5000, 1, 100_000),
        delivery=read.choice("CONSUMER_DELIVERY", EXACTLY_ONCE, DELIVERIES),
    )
    if settings.group_protocol == "classic" and settings.max_poll_interval_ms < settings.session_timeout_ms:
        read.problem(
            "CONSUMER_MAX_POLL_INTERVAL_MS", "must not be below PLAYGROUND_CONSUMER_SESSION_TIMEOUT_MS"
        )
    if set("{}") & set((settings.group_instance_id or "").replace(WORKER, "")):
        read.problem(
            "CONSUMER_GROUP_INSTANCE_ID",
            f"{settings.group_instance_id!r}: {WORKER} is the only thing that may stand in braces",
        )
    only = {"uniform": "consumer", "roundrobin": "classic", "cooperative-sticky": "classic"}
    protocol = only.get(settings.assignor or "")
    if protocol not in {None, settings.group_protocol}:
        read.problem(
            "CONSUMER_ASSIGNOR",
            f"{settings.assignor} needs PLAYGROUND_CONSUMER_GROUP_PROTOCOL={protocol}",
        )
    if settings.delivery != EXACTLY_ONCE and not settings.incremental:
        read.problem(
            "CONSUMER_DELIVERY",
            f"{settings.delivery} needs PLAYGROUND_CONSUMER_GROUP_PROTOCOL=consumer, "
            "or PLAYGROUND_CONSUMER_ASSIGNOR=cooperative-sticky",
        )
    return settings

"""Who reads what, how far behind, and how often that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parts import GROUPS, HERE, board, in_five_minutes, latest, lines, per_second, quantile, rows, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders import table
    from grafana_foundation_sdk.builders.dashboard import Dashboard
    from grafana_foundation_sdk.builders.timeseries import Panel

PARTITION = "consumergroup, topic, partition"
OF_PARTITION = "{{consumergroup}} {{topic}}/{{partition}}"
OF_GROUP = "{{consumergroup}}"


def consumer_groups() -> Dashboard:
    """The dashboard of consumer groups."""
    made = board(
        "playground-consumer-groups",
        "Playground: consumer groups",
        "Who reads what, how far behind, and how often that changes.",
        by_group=True,
    )
    for panel in (*_lag(), *_owners(), *_work(), _exporter()):
        made.with_panel(panel)
    return made


def _lag() -> Iterator[Panel]:
    yield lines(
        "Lag by partition",
        "Records from the committed offset to the end. One that grows alone has a slow or stuck owner.",
        [(latest("kafka_consumergroup_lag", GROUPS, PARTITION), OF_PARTITION)],
        "short",
        wide=True,
    )
    yield lines(
        "Wait by partition",
        "How long the record that is read next has been waiting; 0 without lag.",
        [(latest("kafka_consumergroup_lag_seconds", GROUPS, PARTITION), OF_PARTITION)],
        "s",
    )
    moves = f"deriv(kafka_consumergroup_current_offset{{{GROUPS}}}[$__rate_interval])"
    yield lines(
        "Commits by partition",
        "How fast committed offsets move; below zero when a group is sent back to read again.",
        [(f"max by ({PARTITION}) ({moves})", OF_PARTITION)],
        "ops",
        from_zero=False,
    )


def _owners() -> Iterator[Panel | table.Panel]:
    yield rows(
        "Owner of each partition",
        "Which member reads it now, as the broker says. A partition that is not here has no owner.",
        latest("playground_partition_owner", GROUPS, f"{PARTITION}, member"),
        ("consumergroup", "topic", "partition", "member"),
    )
    yield steps(
        "Owners: partitions by worker",
        "How many partitions each worker owns. One with none waits: there are more workers than partitions.",
        [(latest("playground_worker_assigned_partitions", GROUPS, "consumergroup, worker"), "{{worker}}")],
        "short",
    )
    yield steps(
        "Members",
        "Members that the broker knows, by group.",
        [(latest("kafka_consumergroup_members", GROUPS, "consumergroup"), OF_GROUP)],
        "short",
    )
    yield lines(
        "Rebalances in five minutes",
        "How often members or what they own changed; the exporter sees at most one each time it looks.",
        [(in_five_minutes("playground_group_rebalances_total", GROUPS, "consumergroup"), OF_GROUP)],
        "short",
    )
    yield steps(
        "Rebalancing now",
        "1 while a member does not own what it is meant to; time in which some partition is not read.",
        [(latest("playground_group_rebalancing", GROUPS, "consumergroup"), OF_GROUP)],
        "short",
    )
    changes = in_five_minutes("playground_worker_rebalances_total", GROUPS, "worker, event")
    yield steps(
        "Assigned, revoked, lost, in five minutes",
        "What rebalances were for the workers. Lost: others took the partition before the worker knew.",
        [(changes, "{{worker}} {{event}}")],
        "short",
    )
    uncommitted = f"sum by (consumergroup) (playground_partition_uncommitted{{{GROUPS}}})"
    none = f"0 * {latest('kafka_consumergroup_members', GROUPS, 'consumergroup')}"
    yield steps(
        "Partitions without a commit",
        "Read from the start, or not at all so far; their lag counts from the start.",
        [(f"{uncommitted} or {none}", OF_GROUP)],
        "short",
    )


def _work() -> Iterator[Panel]:
    handled = per_second("playground_worker_records_handled_total", GROUPS, "consumergroup, outcome")
    yield lines(
        "Records handled",
        "By outcome: a duplicate was recognized and changed nothing, a dead letter could not be handled.",
        [(handled, "{{consumergroup}} {{outcome}}")],
        "ops",
    )
    yield lines(
        "Time to handle a batch",
        "Half of the batches, and all but one in a hundred, took no longer.",
        [
            (quantile(0.5, "playground_worker_batch_seconds", GROUPS, "consumergroup"), f"{OF_GROUP} half"),
            (
                quantile(0.99, "playground_worker_batch_seconds", GROUPS, "consumergroup"),
                f"{OF_GROUP} 99 of 100",
            ),
        ],
        "s",
    )
    yield lines(
        "Writes refused in five minutes",
        "Batches of a member that had lost its partition and did not know: the database refused them.",
        [(in_five_minutes("playground_worker_writes_refused_total", GROUPS, "consumergroup"), OF_GROUP)],
        "short",
    )
    polled = latest("playground_worker_last_poll_timestamp_seconds", GROUPS, "worker")
    yield lines(
        "Since the last poll",
        "When each worker's loop came round. Past max.poll.interval.ms its partitions go to others.",
        [(f"time() - {polled}", "{{worker}}")],
        "s",
    )


def _exporter() -> Panel:
    return lines(
        "The exporter",
        "How long its last look at all groups took, and how old the numbers above are.",
        [
            (latest("playground_lag_poll_seconds", HERE), "one look takes"),
            (f"time() - {latest('playground_lag_poll_timestamp_seconds', HERE)}", "age of the numbers"),
        ],
        "s",
        wide=True,
    )

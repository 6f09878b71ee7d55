"""Looking at the system through its API: lag, groups, topics, audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.live import Live

from playground.cli.output import console, make_table, output_option, print_line, show
from playground.cli.pace import every
from playground.cli.where import the_api
from playground.errors import StackError

if TYPE_CHECKING:
    from rich.table import Table

    from playground.api_client import Api

WATCH_SECONDS = 1.0


@click.command()
@click.option("--group", "-g", help="This group only.")
@click.option("--watch", "-w", is_flag=True, help="Again each second, until Ctrl-C.")
@output_option
def lag(group: str | None, *, watch: bool, output: str) -> None:
    """Lag per group and partition: how many orders wait, and for how long.

    \b
    Examples:
      playground lag
      playground lag --watch
      playground lag --group analytics -o json
    """
    api = the_api()
    if not watch:
        document = api.get("/offsets", group=group)
        show(document, output, lambda: _lag_table(document))
    elif output == "json":
        _each_second(lambda: print_line(api.get("/offsets", group=group)))
    else:
        _watch_lag(api, group)


@click.command()
@output_option
def groups(output: str) -> None:
    """Consumer groups: state, protocol, members, and who owns which partition.

    \b
    Examples:
      playground groups
      playground groups -o json
    """
    document = the_api().get("/groups")
    show(document, output, lambda: _groups_table(document))


@click.command()
@output_option
def topics(output: str) -> None:
    """Topics, their partitions and offsets.

    \b
    Examples:
      playground topics
      playground topics -o json
    """
    document = the_api().get("/topics")
    rows = [
        (topic["topic"], part["partition"], part["start_offset"], part["end_offset"], part["leader"])
        for topic in document["topics"]
        for part in topic["partitions"]
    ]
    columns = ("topic", "partition", "start", "end", "leader")
    show(document, output, lambda: make_table(columns, rows, "no topics"))


@click.command()
@output_option
def audit(output: str) -> None:
    """Is every order accounted for? end - start = processed + duplicates + dead letters + pending.

    Ends with exit code 1 when it does not balance.

    \b
    Examples:
      playground audit
      playground audit -o json
    """
    document = the_api().get("/audit")
    show(document, output, lambda: _audit_table(document))
    balanced = document["balanced"]
    if output == "table":
        click.echo("balanced" if balanced else "NOT balanced: see the rows with `no`")
    if not balanced:
        raise click.exceptions.Exit(1)


def _watch_lag(api: Api, group: str | None) -> None:
    """One table that changes on a terminal; one below the other in a pipe."""

    def now() -> Table | str:
        try:
            return _lag_table(api.get("/offsets", group=group))
        except StackError as error:  # it may come back: a restart is what people watch
            return f"{error}\nnext: {error.next_step}"

    if not console().is_terminal:
        _each_second(lambda: console().print(now()))
        return
    with Live(console=console(), auto_refresh=False, screen=True) as live:
        _each_second(lambda: live.update(now(), refresh=True))


def _each_second(act: Any) -> None:
    try:
        for _ in every(WATCH_SECONDS):
            act()
    except KeyboardInterrupt:
        return


def _lag_table(document: dict[str, Any]) -> Table | str:
    rows: list[tuple[object, ...]] = []
    ends = {
        (topic["topic"], part["partition"]): part["end_offset"]
        for topic in document["topics"]
        for part in topic["partitions"]
    }
    for group in document["groups"]:
        for part in group["partitions"]:
            topic, number = part["topic"], part["partition"]
            rows.append(
                (
                    group["group_id"],
                    topic,
                    number,
                    part["committed_offset"],
                    ends.get((topic, number)),
                    part["lag"],
                    part["lag_seconds"],
                    part["client_id"],
                )
            )
        rows.append((group["group_id"], group["state"], None, None, None, group["total_lag"], None, "total"))
    columns = ("group", "topic", "partition", "committed", "end", "lag", "seconds", "owner")
    table = make_table(columns, rows, "no consumer groups yet: they appear with their first member")
    if not isinstance(table, str):
        table.title = f"taken at {document['taken_at']}"
        table.title_justify = "left"
        table.title_style = "dim"
    return table


def _groups_table(document: dict[str, Any]) -> Table | str:
    rows: list[tuple[object, ...]] = []
    for group in document["groups"]:
        head = (group["group_id"], group["state"], group["type"], group["assignor"])
        rows += [
            (*head, member["client_id"], _partitions(member["assignment"]), member["group_instance_id"])
            for member in group["members"]
        ] or [(*head, None, "no members", None)]
    columns = ("group", "state", "type", "assignor", "member", "partitions", "static id")
    return make_table(columns, rows, "no consumer groups yet: they appear with their first member")


def _partitions(assignment: list[dict[str, Any]]) -> str:
    by_topic: dict[str, list[int]] = {}
    for one in assignment:
        by_topic.setdefault(one["topic"], []).append(one["partition"])
    return (
        "  ".join(f"{topic} {','.join(map(str, sorted(parts)))}" for topic, parts in by_topic.items()) or "-"
    )


def _audit_table(document: dict[str, Any]) -> Table | str:
    names = ("start_offset", "end_offset", "processed", "duplicates", "dead_lettered", "pending")
    rows = [
        (
            group["group_id"],
            f"{part['topic']} {part['partition']}",
            *(part[name] for name in names),
            "yes" if part["balanced"] else "no",
        )
        for group in document["groups"]
        for part in group["partitions"]
    ]
    columns = ("group", "partition", "start", "end", "processed", "twice", "dead", "pending", "balanced")
    return make_table(columns, rows, "nothing to audit yet")

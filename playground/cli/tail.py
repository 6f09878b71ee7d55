"""`tail`: what happens now, line by line, from the API's event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from playground.cli.output import print_line
from playground.cli.where import the_api
from playground.events import PROGRESS

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = {"orders": ("orders",), "workers": ("worker",), "all": ("orders", "worker")}


@click.command()
@click.option("--only", type=click.Choice(["orders", "workers"]), help="One kind of line.")
@click.option("--batches", is_flag=True, help="Every batch of the workers and the load's progress, too.")
@click.option("-o", "--output", type=click.Choice(["lines", "json"]), default="lines", show_default=True)
def tail(only: str | None, *, batches: bool, output: str) -> None:
    """Orders as they come and what workers say, live, until Ctrl-C.

    \b
    Examples:
      playground tail
      playground tail --only workers
      playground tail --only workers --batches
      playground tail -o json | head -5
    """
    wanted = SHOWN[only or "all"]
    try:
        for name, data in the_api().events():
            if name not in wanted or not (batches or is_news(name, data)):
                continue
            if output == "json":
                print_line({"event": name, "data": data})
                continue
            for line in describe(name, data):
                click.echo(line)
    except KeyboardInterrupt:
        return


def is_news(name: str, data: dict[str, Any]) -> bool:
    """Whether it is more than one more batch."""
    return name != "worker" or data["event"] not in PROGRESS


def describe(name: str, data: dict[str, Any]) -> Iterator[str]:
    """The lines for one event of the stream."""
    if name == "orders":
        yield from map(_order_line, data["orders"])
        if data.get("skipped"):
            yield f"{'':12}  ... and {data['skipped']} more"
    else:
        yield _worker_line(data)


def _order_line(order: dict[str, Any]) -> str:
    who = f"{printable(order['user'])} wants {order['qty']} x {printable(order['item'])}"
    place = f"partition {order['partition']} offset {order['offset']}"
    return f"{_clock(order['produced_at'])}  order {order['order_id']}  {who}  {place}"


def _worker_line(event: dict[str, Any]) -> str:
    known = {"at", "event", "worker", "client_id", "group_id", "partitions"}
    words = [str(event.get("worker")), str(event["event"]).replace("_", " ")]
    if event.get("partitions") is not None:
        words.append(_partitions(event["partitions"]) or "none")
    if event["event"] == "write_refused":
        words += [
            f"{printable(event['topic'])} {event['partition']}",
            f"expected {event['expected']}, found {event['found']}",
        ]
        known |= {"topic", "partition", "expected", "found"}
    words += [f"{name}={printable(value)}" for name, value in event.items() if name not in known]
    return f"{_clock(event.get('at'))}  {'  '.join(words)}"


def _partitions(partitions: list[dict[str, Any]]) -> str:
    if partitions and "count" in partitions[0]:
        return ", ".join(f"{part['partition']} ({part['count']})" for part in partitions)
    return ", ".join(f"{part.get('topic', '')} {part['partition']}".strip() for part in partitions)


def _clock(moment: str | None) -> str:
    return moment[11:23] if moment else " " * 12


def printable(value: object) -> str:
    """Text of orders comes from anybody: nothing of it may steer the terminal."""
    return "".join(char if char.isprintable() else "?" for char in str(value))

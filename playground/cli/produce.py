"""`produce`: one order from options, or many from NDJSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from playground.cli.output import output_option, print_json, print_line
from playground.cli.where import the_api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playground.api_client import Api

KEYS = ("user", "age_group", "item", "order_id", "none")
BATCH_LINES = 1000
BATCH_BYTES = 1_000_000
SHOWN_REJECTIONS = 20


@click.command()
@click.option("--user", help="Who orders.")
@click.option("--item", help="What.")
@click.option("--qty", type=int, help="How many.  [default: 1]")
@click.option("--age", type=int, help="Age of the user; decides the age group.")
@click.option("--order-id", type=int, help="Your own id: the same id has an effect only once.")
@click.option("--key", type=click.Choice(KEYS), default="user", show_default=True, help="The message key.")
@click.option("--file", "-f", "file", type=click.File("rb"), help="NDJSON, one order a line; - is stdin.")
@output_option
def produce(file: BinaryIO | None, key: str, output: str, **fields: Any) -> None:
    """Send orders and see where they landed. Returns when the broker has confirmed them.

    \b
    Examples:
      playground produce --user alice --item book --qty 2
      playground produce --user bob --item pen --age 12 --key age_group
      playground produce --file orders.ndjson
      printf '{"user":"eve","item":"mug","qty":1}\\n' | playground produce --file -
    """
    order = {name: value for name, value in fields.items() if value is not None}
    if file is not None:
        if order:
            raise click.UsageError(f"--file brings whole orders: leave out --{next(iter(order))}")
        _send_file(the_api(), file, key, output)
        return
    missing = [f"--{name}" for name in ("user", "item") if name not in order]
    if missing:
        raise click.UsageError(f"{' and '.join(missing)} missing (or use --file)")
    body = msgspec.json.encode({"qty": 1, **order})
    answer = the_api().send("POST", "/produce", body, query={"key": key})
    if output == "json":
        print_json(answer)
    else:
        click.echo(f"order {answer['order_id']} is in {_place(answer)}")


def batches(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Lines with their numbers, without empty ones, in portions that one request may carry."""
    portion: list[tuple[int, bytes]] = []
    size = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if portion and (len(portion) >= BATCH_LINES or size + len(line) > BATCH_BYTES):
            yield portion
            portion, size = [], 0
        portion.append((number, line.rstrip(b"\r\n")))
        size += len(line)
    if portion:
        yield portion


def _send_file(api: Api, file: BinaryIO, key: str, output: str) -> None:
    accepted = rejected = 0
    places: dict[int, int] = {}
    for portion in batches(file):
        answer = api.send(
            "POST",
            "/produce",
            b"\n".join(line for _number, line in portion),
            content_type="application/x-ndjson",
            query={"key": key},
            accept=(422,),
        )
        answer = {"accepted": [], "rejected": [], **answer}
        if output == "json":
            print_line(answer)
        for one in answer["accepted"]:
            places[one["partition"]] = places.get(one["partition"], 0) + 1
        for one in answer["rejected"][: max(0, SHOWN_REJECTIONS - rejected)]:
            field = f"{one['field']}: " if one.get("field") else ""
            click.echo(f"line {portion[one['index']][0]} refused: {field}{one['detail']}", err=True)
        accepted += len(answer["accepted"])
        rejected += len(answer["rejected"])
    if output == "table":
        spread = ", ".join(f"{number}: {count}" for number, count in sorted(places.items()))
        click.echo(
            f"{accepted} accepted, {rejected} refused" + (f"; per partition {spread}" if spread else "")
        )
    if rejected:
        raise click.exceptions.Exit(1)


def _place(answer: dict[str, Any]) -> str:
    return f"{answer['topic']}, partition {answer['partition']}, offset {answer['offset']}"

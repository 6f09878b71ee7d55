"""`replay`: let a group read again from an earlier time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from playground.cli.output import make_table, output_option, show
from playground.cli.where import the_api
from playground.clock import iso, parse_iso

AGO = re.compile(r"(\d{1,6})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
COLUMNS = ("partition", "position", "back to", "orders again")


@click.command()
@click.argument("group")
@click.option("--to", required=True, metavar="TIME", help="earliest, 10m (ago), or 2026-11-23T06:30:00Z.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@output_option
def replay(group: str, to: str, *, yes: bool, output: str) -> None:
    """Let a group read again from an earlier time; shows first what that touches.

    It must have no members: `playground scale analytics 0` before, `playground scale analytics 1` after.

    \b
    Examples:
      playground replay analytics --to 10m
      playground replay analytics --to earliest --yes
      playground replay analytics --to 2026-11-23T06:30:00Z -o json --yes
    """
    api = the_api()
    moment = when(to)

    def ask(*, dry_run: bool) -> Any:
        body = msgspec.json.encode({"to": moment, "dry_run": dry_run})
        return api.send("POST", f"/groups/{group}/replay", body)

    preview = ask(dry_run=True)
    if output == "table":
        show(preview, output, lambda: make_table(COLUMNS, map(_row, preview["partitions"]), "no partitions"))
        effect = "no second effect" if preview["exactly_once"] else "A SECOND EFFECT: it is not exactly-once"
        click.echo(f"{group} reads {preview['records']} orders again; they have {effect}")
    if not preview["records"]:
        show(preview, output, lambda: "nothing to do")
        return
    if not yes and not click.confirm("Go back?", err=True):
        click.echo("nothing changed", err=True)
        raise click.exceptions.Exit(1)
    done = ask(dry_run=False)
    show(done, output, lambda: f"{group} stands there now; its workers begin with that when they are started")


def when(text: str) -> str:
    """`earliest`, or a time in ISO 8601, out of what a person types.

    Raises BadParameter.
    """
    if text == "earliest":
        return text
    if found := AGO.fullmatch(text):
        ago = timedelta(**{UNITS[found[2]]: int(found[1])})
        return iso(round((datetime.now(UTC) - ago).timestamp() * 1000))
    try:
        return iso(parse_iso(text))
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is neither `earliest`, nor like 10m, nor like 2026-11-23T06:30:00Z", param_hint="--to"
        ) from None


def _row(part: dict[str, Any]) -> tuple[object, ...]:
    return part["partition"], part["position"], part["target"], part["records"]

"""`ksql`: the statements of ksql/ in ksqlDB, and questions to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from playground.cli.output import make_table, output_option, show
from playground.cli.patience import Patience
from playground.cli.prepare import LOOK_AT_TOPICS
from playground.clock import iso
from playground.errors import Conflict, KsqlDbUnavailable
from playground.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.ksqldb.applied import Applied
    from playground.ksqldb.client import KsqlDb, Source
    from playground.ksqldb.statements import Statement
    from playground.settings import Settings

ASK_SECONDS = 5.0
LOOK_AT_KSQLDB = (
    "does ksqlDB run, and is PLAYGROUND_KSQLDB_URL right? In a release: kubectl logs of its pod; it takes "
    "about a minute to start"
)
COLUMNS = ("file", "makes", "state", "since")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def ksql() -> None:
    """Streaming SQL: apply the statements of ksql/, look at them, ask.

    The server: PLAYGROUND_KSQLDB_URL (http://127.0.0.1:8088), or that of `playground up --with ksqldb`.

    \b
    Examples:
      playground ksql apply
      playground ksql status
      playground ksql query "SELECT * FROM item_count;"
      playground ksql query "SELECT * FROM item_count EMIT CHANGES;"
    """


@ksql.command()
@click.option("--timeout", type=click.FloatRange(min=1), default=120.0, show_default=True, help="Seconds.")
def apply(*, timeout: float) -> None:
    """Wait for ksqlDB and the topics, then make the streams and tables that are missing.

    Can be done again at any time. What was made from another text is not touched: that is an error.

    \b
    Examples:
      playground ksql apply
      playground ksql apply --timeout 600
    """
    from playground.ksqldb.applied import AppliedLog  # noqa: PLC0415 - kept out of `--help`
    from playground.ksqldb.migration import apply as migrate  # noqa: PLC0415 - kept out of `--help`
    from playground.ksqldb.statements import read_statements  # noqa: PLC0415 - kept out of `--help`

    settings = read_settings()
    server = _server(settings)
    statements = read_statements()
    patiently = Patience(timeout)
    patiently("ksqlDB", server.version, LOOK_AT_KSQLDB)
    patiently("the topics", lambda: _ask_for_topics(settings), LOOK_AT_TOPICS)
    log = AppliedLog(settings)
    log.create()
    for step in migrate(server, log, statements):
        made = step.statement
        click.echo(f"{step.done}  {made.kind.lower()} {made.name.lower()}  {made.file}")


@ksql.command()
@output_option
def status(*, output: str) -> None:
    """What of ksql/ is in ksqlDB, and since when."""
    from playground.ksqldb.applied import AppliedLog  # noqa: PLC0415 - kept out of `--help`
    from playground.ksqldb.statements import read_statements  # noqa: PLC0415 - kept out of `--help`

    settings = read_settings()
    server = _server(settings)
    version = server.version()
    known, applied = server.sources(), AppliedLog(settings).read()
    rows = [_state(each, known, applied) for each in read_statements()]
    document = {
        "url": server.url,
        "version": version,
        "statements": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
    }
    if output == "table":
        click.echo(f"ksqlDB {version} at {server.url}")
    show(document, output, lambda: make_table(COLUMNS, rows, "no statements"))


@ksql.command()
@click.argument("sql")
@click.option("--limit", type=click.IntRange(min=1), help="So many rows at most.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), help="So long at most; with EMIT CHANGES."
)
@click.option("--from-beginning", is_flag=True, help="First what is there already; with EMIT CHANGES.")
@output_option
def query(sql: str, *, limit: int | None, seconds: float | None, from_beginning: bool, output: str) -> None:
    """Ask ksqlDB: once, or with EMIT CHANGES each row as it comes, until Ctrl-C.

    With EMIT CHANGES `-o json` is one document per line. Where the rows begin is the server's setting: those
    of the chart and of `playground up` begin at the beginning, ksqlDB by itself with what comes from now on.

    \b
    Examples:
      playground ksql query "SELECT * FROM item_count;"
      playground ksql query "SELECT * FROM orders_per_min WHERE item='book';"
      playground ksql query "SELECT * FROM item_count EMIT CHANGES;"
      playground ksql query "SELECT * FROM orders_raw EMIT CHANGES;" --limit 5 -o json
    """
    from playground.ksqldb.push import is_push  # noqa: PLC0415 - kept out of `--help`

    text = sql if sql.rstrip().endswith(";") else f"{sql};"
    if is_push(text):
        from playground.cli.ksql_follow import show_changes  # noqa: PLC0415 - kept out of `--help`

        server = _server(read_settings())
        show_changes(server, text, limit=limit, seconds=seconds, from_beginning=from_beginning, output=output)
        return
    for option, given in (("--seconds", seconds is not None), ("--from-beginning", from_beginning)):
        if given:
            raise click.UsageError(f"{option} is for a query with EMIT CHANGES; this one ends by itself")
    _ask_once(text, limit, output)


def _ask_once(sql: str, limit: int | None, output: str) -> None:
    from playground.ksqldb.client import MOST_ROWS  # noqa: PLC0415 - kept out of `--help`

    found = _server(read_settings()).query(sql, limit or MOST_ROWS)
    names = [name for name, _kind in found.columns]
    document = {
        "columns": [{"name": name, "type": kind} for name, kind in found.columns],
        "rows": [dict(zip(names, row, strict=True)) for row in found.rows],
    }
    show(document, output, lambda: make_table(names, found.rows, "no rows"))


def _server(settings: Settings) -> KsqlDb:
    from playground.ksqldb.client import KsqlDb  # noqa: PLC0415 - kept out of `--help`

    url = settings.ksqldb.url or _url_of_running_stack(settings)
    if url is None:
        raise KsqlDbUnavailable(
            "there is no ksqlDB: PLAYGROUND_KSQLDB_URL is not set",
            next_step="PLAYGROUND_KSQLDB_URL=http://127.0.0.1:8088 playground ksql ...; "
            "`playground up --with ksqldb` starts one",
        )
    return KsqlDb(url)


def _url_of_running_stack(settings: Settings) -> str | None:
    from playground.local.folder import read_stack_file  # noqa: PLC0415 - kept out of `--help`

    found = read_stack_file(settings.data_dir)
    return found.ksqldb_url if found else None


def _ask_for_topics(settings: Settings) -> None:
    from playground.clients import create_admin  # noqa: PLC0415 - kept out of `--help`
    from playground.topics import ORDERS, PAYMENTS, USERS, describe_topic  # noqa: PLC0415 - as above

    admin = create_admin(settings.kafka, "playground-ksql")
    for topic in (ORDERS, USERS, PAYMENTS):
        describe_topic(admin, topic, ASK_SECONDS)


def _state(
    statement: Statement, known: Mapping[str, Source], applied: Mapping[str, Applied]
) -> tuple[str, str, str, str]:
    from playground.ksqldb.migration import missing  # noqa: PLC0415 - kept out of `--help`

    entry = applied.get(statement.name)
    try:
        state = "missing" if missing([statement], known, applied) else "there"
    except Conflict as conflict:
        state = str(conflict).split(": ", 1)[1]
    since = iso(entry.at) if entry is not None and state != "missing" else ""
    return statement.file, f"{statement.kind.lower()} {statement.name.lower()}", state, since

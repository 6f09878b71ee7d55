"""Brings ksqlDB from what it has to what `ksql/` says, statement by statement, as often as one likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from playground.clock import iso
from playground.errors import Conflict, KsqlDbRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from playground.ksqldb.applied import Applied
    from playground.ksqldb.client import Source
    from playground.ksqldb.statements import Statement


class Server(Protocol):
    """ksqlDB."""

    def sources(self) -> Mapping[str, Source]:
        """Every stream and table, by name."""
        ...

    def execute(self, statement: str) -> object:
        """Run one statement to its end."""
        ...


class Log(Protocol):
    """What was applied."""

    def read(self) -> Mapping[str, Applied]:
        """The newest entry of each name."""
        ...

    def write(self, statement: Statement, *, done: bool) -> None:
        """Add one."""
        ...


@dataclass(frozen=True)
class Step:
    """What became of a statement: `made`, or `kept` as it was."""

    statement: Statement
    done: str


def missing(
    statements: Iterable[Statement], known: Mapping[str, Source], applied: Mapping[str, Applied]
) -> list[Statement]:
    """Those that ksqlDB does not have yet.

    Raises Conflict for one that it has from another text, or from somebody else: it can only be dropped.
    """
    return [each for each in statements if not _is_there(each, known, applied)]


def apply(server: Server, log: Log, statements: Sequence[Statement]) -> Iterator[Step]:
    """Apply what is missing, in order; one step per statement, when it is done.

    Nothing is sent before all of them were looked at. The log is written before and after each statement:
    after a crash in between the next call goes on.
    Raises Conflict as `missing` does, KsqlDbRefused naming file and statement; KsqlDbUnavailable,
    KafkaUnavailable.
    """
    wanted = missing(statements, server.sources(), log.read())
    for statement in statements:
        if statement not in wanted:
            yield Step(statement, "kept")
            continue
        log.write(statement, done=False)
        try:
            server.execute(statement.text)
        except KsqlDbRefused as refused:
            raise KsqlDbRefused(
                f"{statement.file}: ksqlDB refused it: {refused}\n  {statement.text}",
                statement=statement.text,
                status=refused.status,
                code=refused.code,
            ) from None
        log.write(statement, done=True)
        yield Step(statement, "made")


def _is_there(statement: Statement, known: Mapping[str, Source], applied: Mapping[str, Applied]) -> bool:
    source, entry = known.get(statement.name), applied.get(statement.name)
    if source is None:
        return False
    what = f"{statement.file}: {source.kind.lower()} {statement.name}"
    drop = (
        f"DROP {source.kind} {statement.name};, after what is made of it; then `playground ksql apply` again"
    )
    if entry is None or source.kind != statement.kind:
        raise Conflict(f"{what} is there, but not from `playground ksql apply`", next_step=drop)
    if entry.digest != statement.digest:
        raise Conflict(f"{what} was made from another text, at {iso(entry.at)}", next_step=drop)
    return True

"""The statements of `ksql/`: one file each, in the order of their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from playground.errors import InvalidValue

FOLDER = Path(__file__).resolve().parents[2] / "ksql"
COMMENT = re.compile(r"--[^\n]*")
# IF NOT EXISTS: applying again after a crash in between is no error.
CREATE = re.compile(r"CREATE (STREAM|TABLE) IF NOT EXISTS (\w+)\b[^;]*;", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One CREATE. `name`: in upper case, as ksqlDB has it; `digest`: of `text`, which has no comments.

    `source`: as a person reads it, with comments.
    """

    file: str
    kind: str  # STREAM or TABLE
    name: str
    text: str
    digest: str
    source: str


def read_statements(folder: Path = FOLDER) -> list[Statement]:
    """All of them.

    Raises InvalidValue for a file that is not exactly one CREATE ... IF NOT EXISTS, and for a name twice.
    """
    found = [_read(file) for file in sorted(folder.glob("*.sql"))]
    if not found:
        raise InvalidValue("ksql", f"there is no *.sql in {folder}")
    names = [each.name for each in found]
    for each in found:
        if names.count(each.name) > 1:
            raise InvalidValue(each.file, f"{each.name} is made by another file too")
    return found


def _read(file: Path) -> Statement:
    text = file.read_text(encoding="utf-8")
    plain = " ".join(COMMENT.sub(" ", text).split())
    shape = CREATE.fullmatch(plain)
    if shape is None:
        raise InvalidValue(file.name, "it must be one CREATE STREAM or TABLE IF NOT EXISTS, and a semicolon")
    kind, name = shape.group(1).upper(), shape.group(2).upper()
    return Statement(file.name, kind, name, plain, sha256(plain.encode()).hexdigest(), text.strip())

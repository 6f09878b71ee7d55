"""The data folder: who uses it now, and how to reach them.

`lock` is held by the supervisor with flock, which ends with the process, however it ends.
`stack.json` says where its control socket and its API are.
"""

from __future__ import annotations

import fcntl
import shutil
from typing import TYPE_CHECKING, Self

import msgspec

from playground.errors import StackError

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

STACK_FILE = "stack.json"
LOCK_FILE = "lock"
# What a reset leaves alone: the lock itself, and what people have measured.
KEPT = {LOCK_FILE, "runs"}
# Everything that the playground puts into its folder begins with one of these.
OURS = (LOCK_FILE, STACK_FILE, "broker", "logs", "runs", "orders.db")


class StackFile(msgspec.Struct):
    """What `stack.json` holds."""

    pid: int
    socket: str
    api_url: str
    exporter_url: str
    bootstrap_servers: str
    database: str
    data_dir: str
    ksqldb_url: str | None = None


class FolderLock:
    """Exclusive use of a data folder for as long as the object lives.

    Raises StackError when somebody else has it.
    """

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._handle: TextIOWrapper = (data_dir / LOCK_FILE).open("a+")
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = read_stack_file(data_dir)
            self._handle.close()
            who = f" (process {owner.pid}, {owner.api_url})" if owner else ""
            raise StackError(
                f"a playground already runs in {data_dir}{who}",
                next_step="`playground down` stops it; "
                "with another PLAYGROUND_DATA_DIR and other ports a second one runs beside it",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._handle.close()


def write_stack_file(data_dir: Path, content: StackFile) -> None:
    """Write `stack.json` in one step."""
    unfinished = data_dir / (STACK_FILE + ".new")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(content)))
    unfinished.replace(data_dir / STACK_FILE)


def read_stack_file(data_dir: Path) -> StackFile | None:
    """`stack.json`, or None; the one who wrote it may be gone."""
    try:
        return msgspec.json.decode((data_dir / STACK_FILE).read_bytes(), type=StackFile)
    except (OSError, msgspec.MsgspecError):
        return None


def is_used(data_dir: Path) -> bool:
    """Whether a supervisor holds the folder now."""
    if not (data_dir / LOCK_FILE).exists():
        return False
    try:
        with FolderLock(data_dir):
            return False
    except StackError:
        return True


def is_ours(data_dir: Path) -> bool:
    """Whether it looks like a data folder: a mistyped PLAYGROUND_DATA_DIR must not cost somebody's files."""
    return all(entry.name.startswith(OURS) for entry in data_dir.iterdir())


def not_ours(data_dir: Path) -> StackError:
    """The error when a folder holds other files."""
    foreign = next(entry.name for entry in data_dir.iterdir() if not entry.name.startswith(OURS))
    return StackError(
        f"{data_dir} holds {foreign}, which is not the playground's; nothing was deleted",
        next_step="check PLAYGROUND_DATA_DIR, or delete the folder by hand",
    )


def clear(data_dir: Path) -> None:
    """Remove all data. Only for who holds the lock."""
    for entry in data_dir.iterdir():
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()

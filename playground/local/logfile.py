"""A log file that never grows beyond twice its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 4_000_000


class LogFile:
    """Appends bytes; at `limit` the file becomes `<name>.1` and a new one begins."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._limit = limit
        self._handle = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Append."""
        if self._handle.tell() + len(data) > self._limit and self._handle.tell():
            self._handle.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._handle = self._path.open("ab", buffering=0)
        self._handle.write(data)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

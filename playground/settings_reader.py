"""Reads variables one by one and collects every mistake instead of stopping at the first."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reader:
    """Typed reads from `source`; `finish` returns one line per mistake.

    A variable that is set to the empty string counts as not set.
    """

    def __init__(self, source: Mapping[str, str], prefix: str) -> None:
        self._source = source
        self._prefix = prefix
        self._known: set[str] = set()
        self._problems: list[str] = []

    def optional(self, name: str) -> str | None:
        """The text of the variable, or None."""
        self._known.add(self._prefix + name)
        return self._source.get(self._prefix + name) or None

    def text(self, name: str, default: str) -> str:
        """The text of the variable, or the default."""
        return self.optional(name) or default

    def path(self, name: str) -> Path | None:
        """A path that may not exist yet."""
        given = self.optional(name)
        return Path(given).expanduser() if given else None

    def existing_file(self, name: str) -> Path | None:
        """A path of a file that must be readable now, so that a client never fails on it later."""
        path = self.path(name)
        if path is not None and not path.is_file():
            self.problem(name, f"there is no file {path}")
        return path

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within [low, high]."""
        given = self.optional(name)
        if given is None:
            return default
        try:
            value = int(given)
        except ValueError:
            self.problem(name, f"{given!r} is not a whole number")
            return default
        if not low <= value <= high:
            self.problem(name, f"{value} is outside {low} to {high}")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number within [low, high]."""
        given = self.optional(name)
        if given is None:
            return default
        try:
            value = float(given)
        except ValueError:
            self.problem(name, f"{given!r} is not a number")
            return default
        if not low <= value <= high:  # NaN fails too
            self.problem(name, f"{given} is outside {low:g} to {high:g}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """`true` or `false`."""
        return self.choice(name, "true" if default else "false", ("true", "false")) == "true"

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of `choices`."""
        return self.optional_choice(name, choices) or default

    def optional_choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of `choices`, or None."""
        given = self.optional(name)
        if given is not None and given not in choices:
            self.problem(name, f"{given!r} is none of {', '.join(choices)}")
            return None
        return given

    def choice_of_prefix(self, name: str, default: str, prefixes: tuple[str, ...]) -> str:
        """A text that begins with one of `prefixes`. The value itself may hold a secret: not repeated."""
        value = self.text(name, default)
        if not value.startswith(prefixes):
            self.problem(name, f"must begin with {' or '.join(prefixes)}")
        return value

    def http_address(self, name: str) -> str | None:
        """`http://HOST:PORT`, or None. It may hold a password: not repeated."""
        given = self.optional(name)
        if given is not None and not _is_http_address(given):
            self.problem(name, "must be http://HOST:PORT or https://HOST:PORT, and nothing behind it")
        return given

    def require(self, name: str, value: object, because: str) -> None:
        """Complain when `value` is missing although another variable asks for it."""
        if value is None and self._source.get(self._prefix + name) is None:
            self.problem(name, f"must be set because {self._prefix}{because}")

    def finish(self) -> list[str]:
        """All mistakes, unknown variables with our prefix included."""
        for name in sorted(self._source):
            if name.startswith(self._prefix) and name not in self._known and not self._foreign(name):
                close = difflib.get_close_matches(name, self._known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                self._problems.append(f"{name}: unknown variable{hint}")
        return self._problems

    def _foreign(self, name: str) -> bool:
        """Variables for tests and benchmarks are read there, not here."""
        return name.startswith((self._prefix + "TEST_", self._prefix + "BENCH_"))

    def problem(self, name: str, message: str) -> None:
        """Note a mistake in a variable."""
        self._problems.append(f"{self._prefix}{name}: {message}")


def _is_http_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_port = parts.port is not None
    except ValueError:
        return False
    nothing_more = parts.path in {"", "/"} and not parts.query and not parts.fragment
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port and nothing_more

"""How others speak to a running supervisor: one JSON request and one JSON answer per line.

Used by the command line and by the API.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import msgspec

from playground import errors

if TYPE_CHECKING:
    from pathlib import Path

# A rolling restart of many replicas takes its time; everything else answers at once.
ANSWER_SECONDS = 300.0
NEXT_STEP = "make run, or `playground up`"

# Errors that keep their type on the way through the socket.
_TYPES: dict[str, type[errors.PlaygroundError]] = {
    kind.__name__: kind
    for kind in (errors.StackError, errors.AbilityMissing, errors.NotFound, errors.EnvironmentMissing)
}


class Control:
    """A client of the control socket at `path`."""

    def __init__(self, path: Path, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._path = path
        self._answer_seconds = answer_seconds

    def ask(self, do: str, *, answer_seconds: float | None = None, **arguments: Any) -> Any:
        """Send one request and return its result. `answer_seconds`: when the usual patience is too long.

        Raises StackError when nobody listens, and the error that the supervisor answers with.
        """
        patience = self._answer_seconds if answer_seconds is None else answer_seconds
        request = msgspec.json.encode({"do": do, **arguments})
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(patience)
                line.connect(str(self._path))
                line.sendall(request + b"\n")
                with line.makefile("rb") as reader:
                    answer = reader.readline()
        except TimeoutError:
            raise errors.StackError(
                f"the playground did not answer `{do}` in {patience:g} s; what it has begun goes on",
                next_step="`playground status`",
            ) from None
        except OSError as error:
            raise errors.StackError(
                f"no playground listens at {self._path}: {error.strerror or error}", next_step=NEXT_STEP
            ) from None
        if not answer:
            raise errors.StackError("the playground ended before it answered", next_step=NEXT_STEP)
        return _result(msgspec.json.decode(answer))


def encode_error(error: errors.PlaygroundError) -> dict[str, Any]:
    """An error as the answer to a request."""
    problems = error.problems if isinstance(error, errors.SettingsError) else None
    wrong = {"field": error.field, "reason": error.reason} if isinstance(error, errors.InvalidValue) else None
    return {
        "error": {
            "type": type(error).__name__,
            "message": str(error),
            "next_step": error.next_step,
            "problems": problems,
            "wrong": wrong,
        }
    }


def _result(answer: dict[str, Any]) -> Any:
    if "error" not in answer:
        return answer["result"]
    error = answer["error"]
    if error["problems"] is not None:
        raise errors.SettingsError(error["problems"])
    if error["wrong"] is not None:
        raise errors.InvalidValue(**error["wrong"], next_step=error["next_step"])
    kind = _TYPES.get(error["type"], errors.StackError)
    raise kind(error["message"], next_step=error["next_step"])

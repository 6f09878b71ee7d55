"""Every error a person can meet.

PlaygroundError
├── SettingsError        environment variables that cannot be used, all of them at once
├── InvalidOrder         a field of an order is wrong: `field`, `reason`
├── InvalidValue         another value that cannot be used: `field` names it
├── KafkaUnavailable     the broker does not answer (in time)
├── DeliveryFailed       the broker refused a record
├── Overloaded           more work is in flight than the process accepts
├── StoreUnavailable     the orders database does not answer (in time)
├── KsqlDbUnavailable    ksqlDB does not answer (in time), or is not ready
├── KsqlDbRefused        ksqlDB said no to a statement: its own message, `statement`, `code`
├── StaleWrite           another member moved the position first; the write was refused
├── NotFound             a named thing does not exist
├── Conflict             a named thing exists, but is in use or not to be touched
├── StackError           the local stack cannot do what was asked
│   └── AbilityMissing   this stack cannot do that at all
├── EnvironmentMissing   the machine lacks something (a port, Java, a jar)
└── WaitTimeout          something did not happen in time: what, how long, what was seen last

Messages name the failed thing and its cause; `next_step` says what to do about it.
HTTP status codes are chosen in `api/problems.py`, exit codes in `playground/cli/entry.py`, and nowhere else.
"""

from __future__ import annotations


class PlaygroundError(Exception):
    """Root of all errors that are ours to explain."""

    next_step: str | None = None

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        if next_step is not None:
            self.next_step = next_step


class SettingsError(PlaygroundError):
    """Environment variables that cannot be used; `problems` has one line per variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings cannot be used:\n  " + "\n  ".join(problems))
        self.problems = problems


class InvalidOrder(PlaygroundError):
    """An order that breaks a rule: `field` (None for the whole body) and `reason`."""

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class InvalidValue(PlaygroundError):
    """A value, other than of an order, that cannot be used; `field` names it, the message says why."""

    def __init__(self, field: str, reason: str, *, next_step: str | None = None) -> None:
        super().__init__(f"{field}: {reason}", next_step=next_step)
        self.field = field
        self.reason = reason


class KafkaUnavailable(PlaygroundError):
    """The broker does not answer, or not in time."""

    next_step = "check that the broker runs: `playground status`, `playground doctor`"


class DeliveryFailed(PlaygroundError):
    """The broker refused a record."""


class Overloaded(PlaygroundError):
    """More work is in flight than this process accepts; try again later."""


class StoreUnavailable(PlaygroundError):
    """The orders database does not answer, or not in time."""

    next_step = "check PLAYGROUND_DATABASE_URL and that the database runs: `playground doctor`"


class KsqlDbUnavailable(PlaygroundError):
    """ksqlDB does not answer, or not in time, or is not ready yet."""

    next_step = "check PLAYGROUND_KSQLDB_URL and that ksqlDB runs: `playground ksql status`"


class KsqlDbRefused(PlaygroundError):
    """ksqlDB said no: its own message, the statement it is about, HTTP status and ksqlDB's error code."""

    def __init__(
        self, message: str, *, statement: str, status: int | None = None, code: int | None = None
    ) -> None:
        super().__init__(message)
        self.statement = statement
        self.status = status
        self.code = code


class StaleWrite(PlaygroundError):
    """Another member moved the position of `partition` first, so this write was refused."""

    def __init__(self, topic: str, partition: int, expected: int, found: int | None) -> None:
        super().__init__(
            f"{topic}[{partition}]: the position is {found}, this member expected {expected}; "
            "nothing of the batch was written"
        )
        self.topic = topic
        self.partition = partition
        self.expected = expected
        self.found = found


class NotFound(PlaygroundError):
    """A named thing does not exist; the message lists those that do."""


class Conflict(PlaygroundError):
    """A named thing exists, but what was asked cannot be done to it as it is."""


class StackError(PlaygroundError):
    """The stack cannot do what was asked."""


class AbilityMissing(StackError):
    """This stack cannot do that at all (an API without a stack to control, for instance)."""


class EnvironmentMissing(PlaygroundError):
    """The machine lacks something: a free port, Java, a jar."""


class WaitTimeout(PlaygroundError):
    """Something did not happen in time."""

    def __init__(self, what: str, seconds: float, last_seen: object = None) -> None:
        seen = "" if last_seen is None else f"; last seen: {last_seen}"
        super().__init__(f"waited {seconds:g} s for {what}{seen}")
        self.what = what

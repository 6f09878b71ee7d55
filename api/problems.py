"""Every error becomes application/problem+json (RFC 9457) here, and nowhere else.

`type` points into the page /docs, where each kind of problem is described.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import msgspec

from playground import errors

log = logging.getLogger("playground.api")
CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1
UNKNOWN_OUTCOME = (
    "it may or may not have been written; repeat it with the same order_id or Idempotency-Key, "
    "which never has a second effect"
)


class Refused(errors.PlaygroundError):
    """A request that the API does not take, with the status that says why."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        field: str | None = None,
        next_step: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail, next_step=next_step)
        self.status = status
        self.title = title
        self.field = field
        self.headers = headers or {}


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is answered: status, the document's members, and headers besides Content-Type."""

    status: int
    title: str
    detail: str
    kind: str
    field: str | None = None
    next_step: str | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    more: dict[str, Any] = dataclasses.field(default_factory=dict)

    def body(self) -> bytes:
        """The JSON document."""
        document: dict[str, Any] = {
            "type": f"/docs#{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        optional = {"field": self.field, "next_step": self.next_step}
        return msgspec.json.encode(
            document | {name: value for name, value in optional.items() if value is not None} | self.more
        )


# Error -> status, kind, title. The first class that fits is taken.
AGAIN = {"Retry-After": str(RETRY_AFTER_SECONDS)}
ANSWERS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (errors.KafkaUnavailable, 503, "kafka-unavailable", "Kafka does not answer"),
    (errors.DeliveryFailed, 503, "delivery-failed", "Kafka refused the record"),
    (errors.Overloaded, 503, "overloaded", "Too much is in flight"),
    (errors.StoreUnavailable, 503, "database-unavailable", "The orders database does not answer"),
    (errors.KsqlDbUnavailable, 503, "ksqldb-unavailable", "ksqlDB is not ready"),
    (errors.KsqlDbRefused, 502, "ksqldb-refused", "ksqlDB refused the statement"),
    (errors.WaitTimeout, 503, "timeout", "Something did not happen in time"),
    (errors.InvalidValue, 422, "invalid-request", "A value cannot be used"),
    (errors.NotFound, 404, "not-found", "There is no such thing"),
    (errors.Conflict, 409, "conflict", "That cannot be done to it as it is"),
    (errors.AbilityMissing, 501, "not-available", "This stack cannot do that"),
    (errors.StackError, 503, "stack", "The stack cannot do that now"),
)
KINDS = {
    403: "forbidden",
    404: "not-found",
    405: "method",
    408: "slow-request",
    413: "too-large",
    415: "content-type",
    421: "wrong-host",
    431: "too-large",
    501: "not-available",
    503: "overloaded",
}


def problem_of(error: BaseException) -> Problem:
    """The problem that describes an error. Anything that is not ours is a mistake of ours: 500, logged."""
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, errors.InvalidOrder):
        return _invalid_order(error)
    for kind, status, name, title in ANSWERS:
        if isinstance(error, kind):
            step = getattr(error, "next_step", None)
            field = getattr(error, "field", None)
            headers = AGAIN if status == 503 else {}
            return Problem(status, title, str(error), name, field, next_step=step, headers=dict(headers))
    log.error("a request failed by a mistake of ours", exc_info=error)
    return Problem(
        500,
        "The API made a mistake",
        f"{type(error).__name__} while answering; the API's log has the details",
        "mistake",
        next_step="look into the log of the API, and report this",
    )


def _refused(error: Refused) -> Problem:
    return Problem(
        error.status,
        error.title,
        str(error),
        KINDS.get(error.status, "invalid-request"),
        field=error.field,
        next_step=error.next_step,
        headers=error.headers,
    )


def _invalid_order(error: errors.InvalidOrder) -> Problem:
    if error.field is None:
        return Problem(400, "The body is not an order", error.reason, "invalid-body")
    return Problem(422, "The order is not valid", str(error), "invalid-order", field=error.field)

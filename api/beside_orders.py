"""POST /users and POST /payments: what stands beside the orders, to be joined with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from api.answers import Answer, send_answer
from api.deliveries import Delivery, Record
from api.documents import RecordAccepted
from api.problems import Refused
from api.routing import Route, query_of, read_body
from playground.clock import iso, now_ms
from playground.orders import is_visible
from playground.payments import Payment, render_payment
from playground.topics import PAYMENTS, USERS
from playground.users import UserProfile, render_profile

if TYPE_CHECKING:
    from api.answers import Receive, Scope, Send
    from api.services import Services

MAX_AT_ONCE = 1000
JSON = b"application/json"
Profiles = Annotated[list[UserProfile], msgspec.Meta(min_length=1, max_length=MAX_AT_ONCE)]
Payments = Annotated[list[Payment], msgspec.Meta(min_length=1, max_length=MAX_AT_ONCE)]
ManyAccepted = Annotated[list[RecordAccepted], msgspec.Meta(description="one per record, in their order")]
_array = msgspec.json.Decoder(list[msgspec.Raw])


def _route(path: str, summary: str, body: type[msgspec.Struct], many: Any, notes: str) -> Route:
    return Route(
        "POST",
        path,
        summary,
        body=body,
        consumes={"application/json": body | many},
        answers={201: (RecordAccepted, ManyAccepted)},
        problems=(403, 408, 413, 415),
        notes=f"{notes} An array of at most {MAX_AT_ONCE} is taken whole or not at all.",
    )


ROUTES = (
    _route(
        "/users",
        "Say who a user is: the newest profile counts",
        UserProfile,
        Profiles,
        "Written to the compacted topic `users` under the user as key, answered when Kafka has it.",
    ),
    _route(
        "/payments",
        "Pay an order",
        Payment,
        Payments,
        "Written to the topic `payments` under the order's id as key, answered when Kafka has it. Whether "
        "there is such an order is a question to the join.",
    ),
)
PATHS = {route.path: route for route in ROUTES}
TOPICS = {"/users": USERS, "/payments": PAYMENTS}


async def take_beside(services: Services, scope: Scope, receive: Receive, send: Send) -> int:
    """Write one or many, wait for Kafka, answer; returns the status.

    Raises what becomes a problem; nothing was written then, unless Kafka failed in the middle of many.
    """
    route = PATHS[scope["path"]]
    _check_content_type(scope)
    query_of(route, scope)
    body = await services.bodies.read(scope, receive)
    try:
        many = body.lstrip()[:1] == b"["
        given = _read_many(route, body) if many else [read_body(route, body)]
        records = [_record(each) for each in given]
    finally:
        services.bodies.release(body)
    outcomes = await services.deliveries.send_batch(TOPICS[route.path], records)
    accepted = [_accepted(TOPICS[route.path], outcome) for outcome in outcomes]
    await send_answer(send, Answer(accepted if many else accepted[0], 201))
    return 201


def _read_many(route: Route, body: bytes) -> list[Any]:
    try:
        parts = _array.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "The body is not JSON", str(error)) from None
    if not 1 <= len(parts) <= MAX_AT_ONCE:
        detail = f"{len(parts)} are given, 1 to {MAX_AT_ONCE} are taken at once"
        raise Refused(422, "The body is not valid", detail)
    found = []
    for index, part in enumerate(parts):
        try:
            found.append(read_body(route, bytes(part)))
        except Refused as refused:
            detail = f"[{index}] {refused}"
            raise Refused(refused.status, refused.title, detail, field=refused.field) from None
    return found


def _record(given: Any) -> Record:
    if isinstance(given, Payment):
        key, value = render_payment(given, now_ms())
    else:
        for field, text in (("user", given.user), ("city", given.city)):
            if not is_visible(text):
                detail = f"{field}: needs a visible character, and no control characters"
                raise Refused(422, "The body is not valid", detail, field=field)
        key, value = render_profile(given)
    return Record(value, key)


def _accepted(topic: str, outcome: Any) -> RecordAccepted:
    """Raises what Kafka said instead of a delivery."""
    if not isinstance(outcome, Delivery):
        raise outcome
    return RecordAccepted(topic, outcome.partition, outcome.offset, iso(outcome.timestamp))


def _check_content_type(scope: Scope) -> None:
    given = dict(scope["headers"]).get(b"content-type", b"")
    if given.partition(b";")[0].strip().lower() != JSON:
        raise Refused(
            415,
            "This content type is not taken",
            f"Content-Type is {given.decode('latin-1')!r}",
            field="Content-Type",
            next_step="send application/json",
        )

"""The Order: its fields and limits, how it is read from bytes, and which key its record gets.

Two shapes of the same thing: `NewOrder` is what a client may send, `Order` is what stands in the topic.
Limits are the same for both, so a record written by another program is held to the same rules.

A record's value, JSON in UTF-8:
`{"order_id": 1000000000000001, "user": "alice", "item": "book", "qty": 2,
  "age": 31, "age_group": "adult", "ts": 1795410760833}`
`ts` is the time the order was accepted, in milliseconds since 1970.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Literal, TypeVar

import msgspec

from playground.errors import InvalidOrder

# 2^53 - 1 is the largest integer that every JSON reader keeps exact (RFC 7493, section 2.2).
MAX_ORDER_ID = 2**53 - 1
# The id space has three parts, so that an id chosen here can never meet one chosen by a client.
MAX_CLIENT_ORDER_ID = 10**15 - 1
FIRST_GENERATED_ORDER_ID = 10**15
FIRST_KEYED_ORDER_ID = 2**52

T = TypeVar("T")

MAX_TEXT = 64
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
Qty = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Age = Annotated[int, msgspec.Meta(ge=0, le=150)]
AgeGroup = Literal["child", "adult", "senior"]
KeyStrategy = Literal["user", "age_group", "item", "order_id", "none"]
KEY_STRATEGIES: tuple[KeyStrategy, ...] = ("user", "age_group", "item", "order_id", "none")


class NewOrder(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An order as a client sends it. Unknown fields are refused, so that a typo is not lost."""

    user: Text
    item: Text
    qty: Qty
    order_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_CLIENT_ORDER_ID)] | None = None
    age: Age | None = None
    age_group: AgeGroup | None = None


class Order(msgspec.Struct, gc=False):
    """An order as it stands in the topic. Unknown fields are skipped, so that producers may grow."""

    order_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ORDER_ID)]
    user: Text
    item: Text
    qty: Qty
    age: Age | None = None
    age_group: AgeGroup | None = None
    ts: Annotated[int, msgspec.Meta(ge=0, le=MAX_ORDER_ID)] | None = None


_new_order = msgspec.json.Decoder(NewOrder)
_order = msgspec.json.Decoder(Order)
_encode = msgspec.json.Encoder().encode
# Something visible, and no control characters (C0, DEL, C1) nor line separators anywhere.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BYTE = re.compile(r"\(byte (?P<byte>\d+)\)")
_KEY = re.compile(rb'"(\w+)"\s*:')
_AT = re.compile(r" - at `\$\.?(?P<path>[^`\[]*)[^`]*`$")
_NAMED = re.compile(r"field `(?P<name>[^`]*)`")


def age_group_of(age: int) -> AgeGroup:
    """Child below 18, adult below 40, senior from 40 on."""
    if age < 18:
        return "child"
    return "adult" if age < 40 else "senior"


def parse_new_order(body: bytes | memoryview) -> NewOrder:
    """One order out of a request.

    Raises InvalidOrder naming the field.
    """
    order = _decode(_new_order, body)
    _check_texts(order)
    if order.age is not None:
        group = age_group_of(order.age)
        if order.age_group is None:
            order.age_group = group
        elif order.age_group != group:
            raise InvalidOrder(
                "age_group", f"{order.age_group} contradicts age {order.age}, which is {group}; leave one out"
            )
    return order


def parse_order(value: bytes | None) -> Order:
    """One order out of a record.

    Raises InvalidOrder: the record belongs into the dead-letter topic.
    """
    if value is None:
        raise InvalidOrder(None, "the record has no value (a tombstone)")
    order = _decode(_order, value)
    _check_texts(order)
    if order.age_group is None and order.age is not None:
        order.age_group = age_group_of(order.age)
    return order


def render_order(order: NewOrder, order_id: int, ts: int) -> bytes:
    """The record's value for an accepted order."""
    return _encode(Order(order_id, order.user, order.item, order.qty, order.age, order.age_group, ts))


def record_key(order: NewOrder, order_id: int, strategy: KeyStrategy) -> bytes | None:
    """The record's key; None lets the producer spread records over the partitions.

    Raises InvalidOrder when the field that shall be the key is not there.
    """
    match strategy:
        case "user":
            return order.user.encode()
        case "item":
            return order.item.encode()
        case "order_id":
            return str(order_id).encode()
        case "age_group":
            if order.age_group is None:
                raise InvalidOrder("age_group", "is the key (?key=age_group): give age or age_group")
            return order.age_group.encode()
        case "none":
            return None


def order_id_of_idempotency_key(key: str) -> int:
    """The same id for the same key, on every API process and after every restart.

    52 bits of SHA-256: among a million keys two share an id with a probability of about one in 9,000.
    """
    return FIRST_KEYED_ORDER_ID + (int.from_bytes(sha256(key.encode()).digest()[:8], "big") >> 12)


def is_visible(text: str) -> bool:
    """Whether a person can see it: something visible, and no control characters."""
    return not (_CONTROL.search(text) or text.isspace())


def _check_texts(order: NewOrder | Order) -> None:
    """Refuse invisible names. The quick look comes first: this runs for every order of every worker."""
    user, item = order.user, order.item
    if user.isprintable() and item.isprintable() and not user.isspace() and not item.isspace():
        return
    for field, text in (("user", user), ("item", item)):
        if not is_visible(text):
            raise InvalidOrder(field, "needs a visible character, and no control characters")


def _decode(decoder: msgspec.json.Decoder[T], body: bytes | memoryview) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(error, body) from None


def _explain(error: Exception, body: bytes | memoryview) -> InvalidOrder:
    """Turn "Expected `int`, got `str` - at `$.qty`" into field `qty` and the reason."""
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        start = _first_bad_byte(body)
        return InvalidOrder(_field_at(body, start), f"not UTF-8 at byte {start}")
    if isinstance(error, RecursionError):
        return InvalidOrder(None, "nested too deeply")
    if not isinstance(error, msgspec.ValidationError):
        byte = _BYTE.search(text)
        return InvalidOrder(_field_at(body, int(byte["byte"])) if byte else None, f"not JSON: {text}")
    at = _AT.search(text)
    field = at["path"] if at and at["path"] else None
    reason = _AT.sub("", text)
    if named := _NAMED.search(reason):  # a missing or unknown field is named in the message itself
        field = named["name"]
        missing = "missing" in reason
        reason = (
            "is required" if missing else f"unknown field; known: {', '.join(NewOrder.__struct_fields__)}"
        )
    return InvalidOrder(field, reason.replace("`", ""))


def _first_bad_byte(body: bytes | memoryview) -> int:
    try:
        bytes(body).decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _field_at(body: bytes | memoryview, position: int) -> str | None:
    """The field whose value holds this byte, as far as the text before it tells."""
    names = _KEY.findall(bytes(body[:position]))
    name = names[-1].decode() if names else None
    return name if name in NewOrder.__struct_fields__ else None

"""Events from outside, in the words of Segment's HTTP tracking API, so that its stock client libraries can send them.

Field names: https://segment.com/docs/connections/spec/common. A right message becomes an event of the log; a wrong one
is kept beside the log with the field that is wrong, and never costs its neighbours in a batch anything.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from insight.errors import EventError
from insight.events import IDENTIFIED, LONGEST_ID, SEPARATED, Event, append, storable
from insight.profile.store import aliases_of
from insight.tables import DeadLetterRow, EventRow

ORIGIN = "track:"  # before their message ids, so that none is taken for one of ours
LONGEST = LONGEST_ID - len(ORIGIN)
LARGEST_BYTES = 32_000  # of one message, as at Segment
LETTERS_KEPT = 10_000
AHEAD = timedelta(minutes=5)  # how far in our future a clock may be
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
OURS = frozenset(
    [
        "Answer Rated",
        "Customer Erased",
        IDENTIFIED,
        SEPARATED,
        "Message Parsed",
        "Rating Given",
        "Reply Dropped",
        "Tiers Refreshed",
    ]
)
OUR_KINDS = ("Live Chat ", "Conversation ", "Suggestion ", "Segment ")
NEEDED = {
    "Product Viewed": "product_id",
    "Product Added": "product_id",
    "Product Removed": "product_id",
    "Product Reviewed": "product_id",
    "Order Completed": "order_id",
    "Order Updated": "order_id",
    "Order Cancelled": "order_id",
    "Order Refunded": "order_id",
}
AMOUNTS = ("price", "quantity", "total", "revenue", "rating")


def _id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _filled(value: str) -> str:
    if not value.strip() or len(value) > LONGEST:
        raise ValueError(f"must have 1 to {LONGEST} characters")
    return value.strip()


def _zoned(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Id = Annotated[str, BeforeValidator(_id), AfterValidator(_filled)]
Time = Annotated[datetime, AfterValidator(_zoned)]


class Kind(StrEnum):
    track = "track"
    identify = "identify"
    alias = "alias"
    unalias = "unalias"  # ours: takes an alias back
    page = "page"
    screen = "screen"
    group = "group"


class Message(BaseModel):
    """One call of a client library; fields we do not use are passed over."""

    model_config = ConfigDict(extra="ignore")
    type: Kind
    messageId: Id | None = None
    userId: Id | None = None
    anonymousId: Id | None = None
    previousId: Id | None = None
    event: Id | None = None
    name: str | None = None
    groupId: Id | None = None
    properties: dict[str, Any] = Field(default_factory=dict)
    traits: dict[str, Any] = Field(default_factory=dict)
    timestamp: Time | None = None
    originalTimestamp: Time | None = None


@dataclass(frozen=True)
class Wrong:
    """A message that was not recorded: its place in the batch, and the field to mend."""

    index: int
    message_id: str | None
    field: str
    error: str


class FieldError(EventError):
    """`field` is wrong; `message` begins with it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


def store(
    session: Session, messages: Sequence[object], *, received_at: datetime, sent_at: datetime | None = None
) -> tuple[int, list[Wrong]]:
    """Record the right ones and keep the wrong ones aside; returns how many were new, and what is wrong with the rest.

    `sent_at`: when the client's clock said that it sent them, by which its times are set right.
    """
    events: list[Event] = []
    wrong: list[Wrong] = []
    merged: dict[str, str | None] = {}
    for index, message in enumerate(messages):
        try:
            event = read(message, received_at=received_at, sent_at=sent_at)
            _require_anonymous(session, event, events)
            _require_own_name(session, event, merged)
            events.append(event)
            if event.name == IDENTIFIED and event.anonymous_id and event.customer_id:
                merged[event.anonymous_id] = merged.get(event.anonymous_id) or event.customer_id
        except FieldError as error:
            fields = message if isinstance(message, Mapping) else {}
            wrong.append(Wrong(index, _short(fields.get("messageId")), error.field, error.message))
            session.add(_letter(message, fields, error, received_at))
    if wrong:
        _keep_newest(session)
    return append(session, events), wrong


def read(message: object, *, received_at: datetime, sent_at: datetime | None = None) -> Event:
    """`message` as an event of the log; raises FieldError naming the field that is wrong."""
    if not isinstance(message, Mapping):
        raise FieldError("batch", "each message must be an object")
    if len(json.dumps(message, default=str)) > LARGEST_BYTES:
        raise FieldError("properties", f"a message may have {LARGEST_BYTES // 1000} kB")
    try:
        told = Message.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise FieldError(
            ".".join(map(str, first["loc"])) or "type", first["msg"].removeprefix("Value error, ")
        ) from None
    if told.userId is None and told.anonymousId is None:
        raise FieldError("userId", "give `userId` or `anonymousId`")
    name, properties = _what(told)
    return Event(
        name=name,
        message_id=f"{ORIGIN}{told.messageId or uuid4().hex}",
        occurred_at=_when(told, received_at, sent_at),
        properties=properties,
        customer_id=told.userId,
        anonymous_id=told.previousId if told.type in (Kind.alias, Kind.unalias) else told.anonymousId,
    )


def letters(session: Session, *, limit: int) -> Iterator[dict[str, Any]]:
    """The newest messages that were not recorded, the latest first, as plain values."""
    for row in session.scalars(select(DeadLetterRow).order_by(DeadLetterRow.id.desc()).limit(limit)):
        yield {
            "received_at": row.received_at.isoformat(),
            "message_id": row.message_id,
            "field": row.field,
            "error": row.error,
            "body": row.body,
        }


def forget(session: Session, person_id: str) -> int:
    """Delete what was kept aside of a person; returns how many messages."""
    theirs: Any = or_(DeadLetterRow.customer_id == person_id, DeadLetterRow.anonymous_id == person_id)
    count = session.scalar(select(func.count()).where(theirs)) or 0
    session.execute(delete(DeadLetterRow).where(theirs))
    return count


def _what(told: Message) -> tuple[str, dict[str, Any]]:
    """The event's name in the log and its properties."""
    match told.type:
        case Kind.track:
            if told.event is None:
                raise FieldError("event", "a track call names its event")
            _check(told.event, told.properties)
            return told.event, told.properties
        case Kind.identify:
            return IDENTIFIED, {"traits": told.traits}
        case Kind.alias | Kind.unalias:
            if told.previousId is None or told.userId is None:
                missing = "previousId" if told.previousId is None else "userId"
                raise FieldError(missing, f"{told.type} needs `previousId`, the visitor, and `userId`, the customer")
            if told.previousId == told.userId:
                raise FieldError("previousId", "is the same as `userId`")
            return (IDENTIFIED if told.type is Kind.alias else SEPARATED), {}
        case Kind.group:
            return "Group Joined", {"group_id": told.groupId, "traits": told.traits}
        case _:
            return f"{told.type.title()} Viewed", {**told.properties, "name": told.name or told.properties.get("name")}


def _check(name: str, properties: Mapping[str, Any]) -> None:
    if name in OURS or name.startswith(OUR_KINDS):
        raise FieldError("event", f"{name!r} is written by Shopkeeper itself; choose another name")
    needed = NEEDED.get(name)
    if needed and not _is_id(properties.get(needed)):
        raise FieldError(f"properties.{needed}", f"{name} needs it, as text or a whole number")
    _check_amounts(properties, "properties")
    products = properties.get("products", [])
    if name in NEEDED and not isinstance(products, list):
        raise FieldError("properties.products", "must be a list")
    for number, product in enumerate(products if name in NEEDED else ()):
        where = f"properties.products.{number}"
        if not isinstance(product, Mapping):
            raise FieldError(where, "must be an object")
        if not _is_id(product.get("product_id")):
            raise FieldError(f"{where}.product_id", "is needed, as text or a whole number")
        _check_amounts(product, where)


def _check_amounts(properties: Mapping[str, Any], where: str) -> None:
    for name in AMOUNTS:
        value = properties.get(name)
        if value is None:
            continue
        try:
            amount = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
        except (ValueError, OverflowError):
            amount = -1.0
        if not 0 <= amount < float("inf"):
            raise FieldError(f"{where}.{name}", "must be a number that is not negative")


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and not isinstance(value, bool))


def _when(told: Message, received_at: datetime, sent_at: datetime | None) -> datetime:
    """When it happened by our clock: what the client's clock is off shows in when it says that it sent the message."""
    said = told.timestamp or told.originalTimestamp
    if said is None:
        return received_at
    try:
        happened = received_at - (sent_at - said) if sent_at is not None else said
    except OverflowError:
        happened = said
    if happened < EARLIEST:
        raise FieldError("timestamp", f"{said.isoformat()} is before {EARLIEST.year}")
    if happened > received_at + AHEAD:
        raise FieldError("timestamp", f"{said.isoformat()} is in the future")
    return min(happened, received_at).astimezone(UTC)


def _require_own_name(session: Session, event: Event, merged: dict[str, str | None]) -> None:
    """Who a visitor became is known by that name alone: under the old one their events would be nobody's.

    `merged`: what is known of the batch's ids so far, each looked up once.
    """
    name = event.customer_id
    if name is not None and name not in merged:
        merged[name] = aliases_of(session, [name]).get(name)
    customer = merged.get(name or "")
    if customer is not None and customer != event.customer_id:
        raise FieldError("userId", f"{event.customer_id} is a visitor who became {customer}; send that id")


def _require_anonymous(session: Session, event: Event, before: Sequence[Event]) -> None:
    """Only a visitor is merged into a customer: two customers are two people. `before`: of the same batch."""
    if event.name != IDENTIFIED or None in (event.anonymous_id, event.customer_id):
        return
    if event.anonymous_id == event.customer_id:
        return
    known = select(EventRow.id).where(EventRow.customer_id == event.anonymous_id).limit(1)
    in_batch = any(one.customer_id == event.anonymous_id for one in before)
    if in_batch or session.execute(known).first() is not None:
        raise FieldError("previousId", f"{event.anonymous_id} is a customer; only an anonymous visitor can become one")


def _letter(message: object, fields: Mapping[str, Any], error: FieldError, received_at: datetime) -> DeadLetterRow:
    body = json.dumps(storable(message), default=str)
    return DeadLetterRow(
        received_at=received_at,
        message_id=_short(fields.get("messageId")),
        customer_id=_short(fields.get("userId")),
        anonymous_id=_short(fields.get("anonymousId") or fields.get("previousId")),
        field=_short(error.field) or "",
        error=_short(error.message) or "",
        body=body[:LARGEST_BYTES],
    )


def _short(value: object) -> str | None:
    return None if value is None else str(storable(str(value)))[:LONGEST_ID]


def _keep_newest(session: Session) -> None:
    session.flush()
    newest = session.scalar(select(func.max(DeadLetterRow.id))) or 0
    session.execute(delete(DeadLetterRow).where(DeadLetterRow.id <= newest - LETTERS_KEPT))

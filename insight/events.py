"""The event log: `append` is the only way in, `read` follows it in order.

Ids become visible in order: on PostgreSQL appending transactions take turns (an advisory lock held to their end), on
SQLite all writers do. So whoever has read up to an id has missed nothing before it. Because of that lock a transaction
takes the row locks it needs *before* it appends.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from insight.errors import EventError
from insight.tables import AliasRow, EventRow, PositionRow

IDENTIFIED, SEPARATED = "Customer Identified", "Customer Separated"  # a visitor is this customer; is not, after all
APPEND_LOCK = 0x53686F70  # any constant that nothing else in the database locks
LONGEST_ID = 200
ROWS_A_STATEMENT = 5_000
LOG: Any = EventRow.__table__
COLUMNS = (  # in the order of Event's fields
    EventRow.name,
    EventRow.message_id,
    EventRow.occurred_at,
    EventRow.properties,
    EventRow.customer_id,
    EventRow.anonymous_id,
    EventRow.conversation_id,
)
KEPT_WHEN_BLANKED = frozenset(
    ["seq", "answers_seq", "order_id", "product_id", "products", "suggestion_id", "agent_id", "author", "channel"]
)


@dataclass(frozen=True)
class Event:
    """Something that happened; `message_id` makes recording it twice harmless."""

    name: str
    message_id: str
    occurred_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    customer_id: str | None = None
    anonymous_id: str | None = None
    conversation_id: str | None = None


@dataclass(frozen=True)
class Recorded:
    """An event with its place in the log."""

    id: int
    event: Event


def append(session: Session, events: Iterable[Event]) -> int:
    """Record `events` and return how many were new; an event whose `message_id` is known already is passed over.

    Raises EventError naming the field when an event cannot be recorded; then none of them is.
    """
    now = datetime.now(UTC)
    rows = [_row(event, recorded_at=now) for event in events]
    if not rows:
        return 0
    statement: Any = sqlite.insert(LOG).on_conflict_do_nothing()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(APPEND_LOCK)))
        statement = postgresql.insert(LOG).on_conflict_do_nothing()
    statement = statement.execution_options(preserve_rowcount=True)
    done: list[Any] = [session.execute(statement, some) for some in _chunks(rows)]
    return sum(result.rowcount for result in done)


def newest(session: Session) -> int:
    """The id of the newest event, 0 in an empty log."""
    return session.execute(select(func.coalesce(func.max(EventRow.id), 0))).scalar_one()


def read(
    session: Session, after: int, limit: int, *, names: Sequence[str] = (), up_to: int | None = None
) -> list[Recorded]:
    """Up to `limit` events with an id above `after`, in log order; `names`: only those, `up_to` an event id."""
    wanted = EventRow.id > after
    if names:
        wanted = and_(wanted, EventRow.name.in_(names))
    if up_to is not None:
        wanted = and_(wanted, EventRow.id <= up_to)
    return _select(session, wanted, order=(EventRow.id,), limit=limit)


def follow(session: Session, consumer: str, names: Sequence[str], *, limit: int = 500) -> Iterator[Recorded]:
    """The next events with these names, for a consumer that acts on each once.

    Its place moves on with the events that it takes, in its transaction; a new consumer begins at the end of the log.
    """
    mine: Any = select(PositionRow).where(PositionRow.consumer == consumer).with_for_update()
    place = session.scalar(mine)
    end = newest(session)
    if place is None:
        session.add(PositionRow(consumer=consumer, event_id=end))
        return
    found = read(session, place.event_id, limit, names=names, up_to=end)
    for recorded in found:
        place.event_id = recorded.id
        yield recorded
    if len(found) < limit:
        place.event_id = end


def read_person(
    session: Session, person_id: str, *, after: int = 0, up_to: int | None = None, limit: int | None = None
) -> list[Recorded]:
    """A person's events in the order they happened, with those of visitors merged into them.

    `after` and `up_to` are event ids.
    """
    mine = belongs_to(session, person_id)
    if after:
        mine = and_(mine, EventRow.id > after)
    if up_to is not None:
        mine = and_(mine, EventRow.id <= up_to)
    return _select(session, mine, order=(EventRow.occurred_at, EventRow.id), limit=limit)


def ids_of(session: Session, person_id: str, *, up_to: int) -> list[int]:
    """The ids of a person's events up to one, in the order they happened."""
    mine = and_(belongs_to(session, person_id), EventRow.id <= up_to)
    return list(session.scalars(select(EventRow.id).where(mine).order_by(EventRow.occurred_at, EventRow.id)))


def read_these(session: Session, ids: Sequence[int]) -> list[Recorded]:
    """The events with these ids, in the order they happened."""
    return _select(session, EventRow.id.in_(ids), order=(EventRow.occurred_at, EventRow.id))


def belongs_to(session: Session, person_id: str) -> ColumnElement[bool]:
    """The condition on `EventRow` that an event is this person's: the customer's own, or an anonymous one merged in."""
    aliases = select(AliasRow.anonymous_id).where(AliasRow.customer_id == person_id)
    merged_away = select(AliasRow.customer_id).where(AliasRow.anonymous_id == person_id)
    anonymous = set(session.execute(aliases).scalars())
    if session.execute(merged_away).first() is None:
        anonymous.add(person_id)
    return or_(
        EventRow.customer_id == person_id,
        and_(EventRow.customer_id.is_(None), EventRow.anonymous_id.in_(sorted(anonymous))),
    )


def span(session: Session, name: str) -> tuple[datetime, datetime] | None:
    """When events of this name happened first and last; None: there are none."""
    first, last = session.execute(
        select(func.min(EventRow.occurred_at), func.max(EventRow.occurred_at)).where(EventRow.name == name)
    ).one()
    return None if first is None else (first, last)


def blank(session: Session, person_id: str, *, conversation_ids: Sequence[str] = ()) -> int:
    """Take the content out of a person's events, and of all events of these conversations; returns how many.

    Ids, names and times stay (and ids inside the properties: `KEPT_WHEN_BLANKED`), so counting and replay still work.
    """
    theirs = or_(belongs_to(session, person_id), EventRow.conversation_id.in_(conversation_ids))
    rows = session.execute(select(EventRow.id, EventRow.properties).where(theirs)).all()
    for id, properties in rows:
        session.execute(update(EventRow).where(EventRow.id == id).values(properties=_blanked(properties)))
    return len(rows)


def _blanked(properties: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in properties.items() if key in KEPT_WHEN_BLANKED}
    if isinstance(kept.get("products"), list):
        kept["products"] = [_blanked(product) for product in kept["products"] if isinstance(product, dict)]
    return kept


def _select(
    session: Session, condition: ColumnElement[bool], *, order: tuple[Any, ...], limit: int | None = None
) -> list[Recorded]:
    rows = session.execute(select(EventRow.id, *COLUMNS).where(condition).order_by(*order).limit(limit))
    return [Recorded(id, Event(*rest)) for id, *rest in rows]


def _chunks(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))


def _row(event: Event, *, recorded_at: datetime) -> dict[str, Any]:
    if not event.name:
        raise EventError("an event needs a `name`")
    if not event.message_id or len(event.message_id) > LONGEST_ID:
        raise EventError(f"event {event.name!r}: `message_id` must have 1 to {LONGEST_ID} characters")
    if not isinstance(event.occurred_at, datetime) or event.occurred_at.tzinfo is None:
        raise EventError(f"event {event.name!r}: `occurred_at` must be a time with a zone")
    if not isinstance(event.properties, Mapping):
        raise EventError(f"event {event.name!r}: `properties` must be an object")
    return {
        "message_id": storable(event.message_id),
        "name": storable(event.name),
        "occurred_at": event.occurred_at,
        "recorded_at": recorded_at,
        "customer_id": storable(event.customer_id),
        "anonymous_id": storable(event.anonymous_id),
        "conversation_id": storable(event.conversation_id),
        "properties": storable(event.properties),
    }


def storable(value: Any) -> Any:
    """`value` without what PostgreSQL's JSON refuses: null characters, half surrogate pairs, NaN and infinity."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return value

"""What customers said with a feeling, copied from the log: messages as they were understood, and reviews.

    said   event_id, at, person_id, conversation_id, seq, kind (`message`, `review`), intent, level
    about  event_id, product_id, category: what each was about
    stays  person_id, segment_id, entered_at, left_at: who was in which segment when

`level` is 1 (bad) to 5 (good): a review's stars, a message's sentiment in fifths. Times are UTC without a zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from insight.batch.context import Context
from insight.batch.log import columns
from insight.profile.properties import listed, number, text
from insight.profile.talk import sentiment_score
from insight.tables import AliasRow, EventRow, StayRow

PARSED, REVIEWED = "Message Parsed", "Product Reviewed"
AT_ONCE = 20_000
TEXT, WHOLE, TIME = pa.string(), pa.int64(), pa.timestamp("us")
SCHEMAS = {
    "said": pa.schema(
        [
            ("event_id", WHOLE),
            ("at", TIME),
            ("person_id", TEXT),
            ("conversation_id", TEXT),
            ("seq", WHOLE),
            ("kind", TEXT),
            ("intent", TEXT),
            ("level", WHOLE),
        ]
    ),
    "about": pa.schema([("event_id", WHOLE), ("product_id", TEXT), ("category", TEXT)]),
    "stays": pa.schema([("person_id", TEXT), ("segment_id", TEXT), ("entered_at", TIME), ("left_at", TIME)]),
}

Rows = list[tuple[Any, ...]]


def copy(context: Context, since: datetime) -> int:
    """Make the tables of what was said from `since` on; returns how much that is."""
    said: Rows = []
    about: Rows = []
    for event, person_id in _events(context, since):
        level = _level(event.name, event.properties)
        if person_id is None or level is None:
            continue
        at, seq = _plain(event.occurred_at), event.properties.get("seq")
        kind = "review" if event.name == REVIEWED else "message"
        place = event.conversation_id, seq if isinstance(seq, int) else None
        said.append((event.id, at, person_id, *place, kind, text(event.properties, "intent"), level))
        about += dict.fromkeys((event.id, *named) for named in _named(event.name, event.properties))
    for name, rows in {"said": said, "about": about, "stays": _stays(context)}.items():
        context.put(name, columns(SCHEMAS[name], rows))
    return len(said)


def _events(context: Context, since: datetime) -> Iterator[tuple[Any, str | None]]:
    """The events and whose they are, some at a time in a short transaction each."""
    with context.reading() as session:
        aliases = {row.anonymous_id: row.customer_id for row in session.scalars(select(AliasRow))}
    after = 0
    while some := _read(context, since, after):
        for event in some:
            yield event, event.customer_id or aliases.get(event.anonymous_id or "", event.anonymous_id)
        after = some[-1].id


def _read(context: Context, since: datetime, after: int) -> Sequence[EventRow]:
    wanted = select(EventRow).where(
        EventRow.name.in_((PARSED, REVIEWED)), EventRow.occurred_at >= since, EventRow.id > after
    )
    with context.reading() as session:
        return session.scalars(wanted.order_by(EventRow.id).limit(AT_ONCE)).all()


def _stays(context: Context) -> Rows:
    wanted = select(StayRow.person_id, StayRow.segment_id, StayRow.entered_at, StayRow.left_at)
    with context.reading() as session:
        rows = session.execute(wanted).all()
    return [(row.person_id, row.segment_id, _plain(row.entered_at), _plain(row.left_at)) for row in rows]


def _plain(at: datetime | None) -> datetime | None:
    return at and at.replace(tzinfo=None)


def _level(name: str, told: Mapping[str, Any]) -> int | None:
    if name == REVIEWED:
        stars = number(told, "rating")
        return round(stars) if 1 <= stars <= 5 else None
    score = sentiment_score(told)
    return None if score is None else 1 + round(2 * (1 + max(-1.0, min(1.0, score))))


def _named(name: str, told: Mapping[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    for one in [told] if name == REVIEWED else listed(told, "products"):
        named = text(one, "product_id"), text(one, "category")
        if any(named):
            yield named

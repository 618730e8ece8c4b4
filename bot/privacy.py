"""A person's data: everything stored about one customer, and the end of it.

Erasing takes out content everywhere and keeps ids and times, so reports still count and replay still works. Rasa's
tracker store is a database of its own and is reached by SQL: a running Rasa notices that its rows are gone.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, delete, inspect, or_, select
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql import column, table

from bot import review
from bot.conversations import erasing
from bot.database import Database
from bot.errors import NotFound, Unavailable
from bot.review import examples
from bot.shop.port import Shop
from bot.tables import Conversation, Message, Rating, Verdict, Visitor
from insight import events, profile, tracking

EMPTYING_S = 30
TRACKER_EVENTS = table("events", column("id"), column("sender_id"), column("data"))


@dataclass(frozen=True)
class Places:
    """Everywhere a person's data is."""

    database: Database
    tracker: Engine
    shop: Shop
    uploads: Path
    learned: Path  # the file of training examples that customers wrote


def export(places: Places, person_id: str) -> dict[str, Any]:
    """All that is stored about a customer (or an anonymous visitor), ready for JSON; NotFound when there is nothing."""
    with places.database.reading() as session:
        conversation_ids = erasing.of_person(session, person_id)
        known = profile.get(session, person_id)
        document: dict[str, Any] = {
            "person_id": person_id,
            "shop": dict(places.shop.export_customer(person_id)) if places.shop.customer(person_id) else {},
            "visitors": _rows(session, Visitor, (Visitor.customer_id == person_id) | (Visitor.id == person_id)),
            "conversations": _rows(session, Conversation, Conversation.id.in_(conversation_ids)),
            "messages": _rows(session, Message, Message.conversation_id.in_(conversation_ids)),
            "ratings": _rows(session, Rating, Rating.conversation_id.in_(conversation_ids)),
            "verdicts": _rows(session, Verdict, Verdict.message_id.in_(_messages_of(conversation_ids))),
            "profile": known and known.as_dict(),
            "events": [_event(recorded) for recorded in events.read_person(session, person_id)],
            "dialogue": _tracker_rows(places.tracker, conversation_ids),
            "uploads": [str(path.relative_to(places.uploads)) for path in _files(places.uploads, conversation_ids)],
        }
    if not any(value for key, value in document.items() if key != "person_id"):
        raise NotFound(f"nothing is stored about {person_id}; give a customer's or a visitor's id")
    return document


def erase(places: Places, person_id: str) -> dict[str, int]:
    """Blank the person everywhere; returns how much of each kind there was. Erasing twice does no harm."""
    known = places.shop.erase_customer(person_id)
    with places.database.writing() as session:
        conversation_ids = erasing.of_person(session, person_id)
        messages = review.forget(session, conversation_ids)
        erasing.blank(session, conversation_ids)
        blanked = events.blank(session, person_id, conversation_ids=conversation_ids)
        if not (conversation_ids or blanked or known):
            raise NotFound(f"nothing is stored about {person_id}; give a customer's or a visitor's id")
        profile.forget(session, person_id)
        tracking.forget(session, person_id)
        events.append(session, [_erased(person_id)])
    examples.drop(places.learned, messages)
    dialogue = _forget_dialogue(places.tracker, conversation_ids)
    files = _files(places.uploads, conversation_ids)
    for conversation_id in conversation_ids:
        shutil.rmtree(places.uploads / conversation_id, ignore_errors=True)
    for engine in (places.database.engine, places.tracker):
        _overwrite_free_pages(engine)
    return {"conversations": len(conversation_ids), "events": blanked, "dialogue": dialogue, "uploads": len(files)}


def _messages_of(conversation_ids: Sequence[str]) -> Any:
    return select(Message.id).where(Message.conversation_id.in_(conversation_ids))


def _erased(person_id: str) -> events.Event:
    return events.Event(
        name="Customer Erased", message_id=uuid4().hex, occurred_at=datetime.now(UTC), customer_id=person_id
    )


def _rows(session: Session, model: type[DeclarativeBase], condition: Any) -> list[dict[str, Any]]:
    names = [column.key for column in inspect(model).columns]
    return [
        {name: _plain(getattr(row, name)) for name in names} for row in session.scalars(select(model).where(condition))
    ]


def _event(recorded: events.Recorded) -> dict[str, Any]:
    event = recorded.event
    return {"name": event.name, "occurred_at": _plain(event.occurred_at), "properties": dict(event.properties)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _senders(conversation_ids: Sequence[str]) -> Any:
    """Rasa's senders are `conversation.generation`."""
    return or_(*(TRACKER_EVENTS.c.sender_id.startswith(f"{id}.", autoescape=True) for id in conversation_ids))


def _tracker_rows(tracker: Engine, conversation_ids: Sequence[str]) -> list[str]:
    if not conversation_ids or not inspect(tracker).has_table("events"):
        return []
    with tracker.connect() as connection:
        wanted = select(TRACKER_EVENTS.c.data).where(_senders(conversation_ids)).order_by(TRACKER_EVENTS.c.id)
        return [row.data for row in connection.execute(wanted)]


def _forget_dialogue(tracker: Engine, conversation_ids: Sequence[str]) -> int:
    if not conversation_ids or not inspect(tracker).has_table("events"):
        return 0
    with tracker.begin() as connection:
        return connection.execute(delete(TRACKER_EVENTS).where(_senders(conversation_ids))).rowcount


def _files(uploads: Path, conversation_ids: Sequence[str]) -> list[Path]:
    return [path for id in conversation_ids for path in sorted((uploads / id).rglob("*")) if path.is_file()]


def _overwrite_free_pages(engine: Engine) -> None:
    """SQLite leaves deleted text in free pages and in its write-ahead log: rewrite the file and empty the log."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        deadline = time.monotonic() + EMPTYING_S
        while _is_busy(cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")):  # it does not wait for another checkpoint
            if time.monotonic() > deadline:
                raise Unavailable("All is erased, but the database's log is in use and keeps old pages. Erase again.")
            time.sleep(0.05)
    finally:
        connection.close()


def _is_busy(checkpoint: Any) -> bool:
    """A checkpoint's one row begins with 1 where it could not be completed."""
    return bool(checkpoint.fetchone()[0])

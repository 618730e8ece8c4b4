"""What people confirmed, as training examples: made from the verdicts, masked, and written to a file for training.

The file says which messages a model has seen, so it is written when a training begins (`shopkeeper nlu train`) and at
no other time, except that an erased person's rows leave it at once.
"""

import csv
from collections.abc import Container, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from bot.database import Database
from bot.review.gathering import latest, reviewable
from bot.review.masking import masked
from bot.settings import Settings
from bot.shop.port import Shop
from bot.shop.sql import SqlShop
from bot.tables import Conversation, Message, Verdict, Visitor
from nlu.data import Example, read

ENOUGH = 20  # new examples that make another training worth its minutes


@dataclass(frozen=True)
class Learned:
    """A training example and where it comes from; the fields are the file's columns."""

    text: str
    label: str
    origin: str  # why the message was in the list: a key of `gathering.REASONS`
    understood: str  # what the model of that day made of it
    message: int
    confirmed_by: str
    confirmed_at: datetime


def learned_file(settings: Settings) -> Path:
    return settings.var_dir / "learned" / "intents.csv"


def learned(session: Session, shop: Shop) -> list[Learned]:
    """Everything confirmed, oldest first; of one text, the latest word on it. Blocking."""
    confirmed = {id: verdict for id, verdict in latest(session).items() if verdict.kind == "confirmed"}
    texts = as_learned(session, shop, Message.id.in_(select(Verdict.message_id).where(Verdict.kind == "confirmed")))
    rows: dict[str, Learned] = {}
    for verdict in sorted(confirmed.values(), key=lambda verdict: verdict.id):
        text = texts.get(verdict.message_id)
        if text is not None:
            rows[text.casefold()] = _row(verdict, text)
    return list(rows.values())


def as_learned(session: Session, shop: Shop, which: ColumnElement[bool]) -> dict[int, str]:
    """The texts that messages become as training examples, by message id; `which`: a condition on `Message`."""
    wanted = (
        select(Message, Visitor.customer_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Visitor, Visitor.id == Conversation.visitor_id)
        .where(which)
    )
    wrote = [(message, customer_id) for message, customer_id in session.execute(wanted) if reviewable(message)]
    customers = {id: shop.customer(id) for id in {id for _, id in wrote if id is not None}}
    return {
        message.id: masked(str(message.body["text"]).strip(), customers.get(customer_id or ""))
        for message, customer_id in wrote
    }


def refresh(settings: Settings) -> int:
    """Write the file for a training that begins; returns how many examples it has. Without a database: none."""
    database = Database(settings.database_url)
    try:
        if not inspect(database.engine).has_table(Verdict.__tablename__):
            return 0
        with database.reading() as session:
            rows = learned(session, SqlShop(database))
    finally:
        database.close()
    write(learned_file(settings), rows)
    return len(rows)


def write(path: Path, rows: Sequence[Learned]) -> None:
    """Replace the file as a whole; a process that stops half way leaves the old one."""
    _replace(path, [_cells(row) for row in rows])


def drop(path: Path, message_ids: Container[int]) -> int:
    """Take these messages out of the file, for erasing; returns how many examples went."""
    if not path.exists():
        return 0
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = [row for row in rows if int(row["message"]) not in message_ids]
    if len(kept) < len(rows):
        _replace(path, [list(row.values()) for row in kept])
    return len(rows) - len(kept)


def with_learned(examples: Sequence[Example], path: Path) -> list[Example]:
    """`examples` and those in the file at `path`, if there is one; what a person confirmed replaces the same text.

    A label that the examples no longer have is left out: the shop has given up that intent.
    """
    if not path.exists() or not _has_rows(path):
        return list(examples)
    known = {example.label for example in examples}
    new = [example for example in read(path) if example.label in known]
    replaced = {example.text.casefold() for example in new}
    return [*(example for example in examples if example.text.casefold() not in replaced), *new]


def count_new(rows: Iterable[Learned], path: Path) -> int:
    """How many of these the last training has not seen."""
    seen = {(example.text, example.label) for example in read(path)} if path.exists() and _has_rows(path) else set()
    return sum((row.text, row.label) not in seen for row in rows)


def _replace(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    with scratch.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(field.name for field in fields(Learned))
        table.writerows(rows)
    scratch.replace(path)


def _has_rows(path: Path) -> bool:
    with path.open(encoding="utf-8") as stream:
        return next(stream, None) is not None and next(stream, None) is not None


def _row(verdict: Verdict, text: str) -> Learned:
    return Learned(
        text=text,
        label=verdict.label or "",
        origin=verdict.origin,
        understood=verdict.understood,
        message=verdict.message_id,
        confirmed_by=verdict.agent_id,
        confirmed_at=verdict.decided_at,
    )


def _cells(row: Learned) -> tuple[object, ...]:
    return tuple(cell.isoformat() if isinstance(cell, datetime) else cell for cell in astuple(row))

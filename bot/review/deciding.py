"""What a person decides about messages: rows that are only added, or taken back together; the newest counts.

An agent at work corrects, which is a proposal; at the review list it is confirmed, or not.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.review.gathering import Candidate, reviewable
from bot.tables import Message, Verdict

GONE = "This message is not there any more."


def confirm(session: Session, candidates: Sequence[Candidate], *, label: str, agent_id: str) -> str:
    """These messages mean `label`: they become training examples. Returns the batch, for `undo`."""
    return _add(session, candidates, kind="confirmed", label=label, agent_id=agent_id)


def ignore(session: Session, candidates: Sequence[Candidate], *, agent_id: str) -> str:
    """Nothing is to be learned from these; they leave the list. Returns the batch, for `undo`."""
    return _add(session, candidates, kind="ignored", label=None, agent_id=agent_id)


def correct(session: Session, conversation_id: str, seq: int, *, label: str, agent_id: str) -> str:
    """An agent says what a message should have been; it goes to the top of the review list. Returns the batch."""
    wanted = select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
    message = session.scalar(wanted)
    if message is None or not reviewable(message):
        raise NotFound(GONE)
    batch = uuid4().hex
    session.add(_verdict(message, batch, kind="corrected", label=label, origin="corrected", agent_id=agent_id))
    return batch


def corrected_to(session: Session, conversation_id: str, seq: int) -> Verdict | None:
    """What people last said that a message should have been; None: nothing, or that it is to be ignored."""
    of_message = Message.conversation_id == conversation_id, Message.seq == seq
    wanted = select(Verdict).join(Message, Message.id == Verdict.message_id).where(*of_message)
    newest = session.scalars(wanted.order_by(Verdict.id.desc()).limit(1)).first()
    return newest if newest is not None and newest.label is not None else None


def undo(session: Session, batch: str) -> int:
    """Take back everything that was decided together; what had been decided before counts again."""
    return len(session.scalars(delete(Verdict).where(Verdict.batch == batch).returning(Verdict.id)).all())


def forget(session: Session, conversation_ids: Sequence[str]) -> set[int]:
    """Erasing: nothing that was decided about these conversations stays; returns the ids of all their messages."""
    theirs = set(session.scalars(select(Message.id).where(Message.conversation_id.in_(conversation_ids))))
    session.execute(delete(Verdict).where(Verdict.message_id.in_(theirs)))
    return theirs


def _add(session: Session, candidates: Sequence[Candidate], *, kind: str, label: str | None, agent_id: str) -> str:
    origins = {candidate.message_id: candidate.reasons[0] for candidate in candidates}
    messages = session.scalars(select(Message).where(Message.id.in_(origins))).all()
    batch = uuid4().hex
    rows = [
        _verdict(message, batch, kind=kind, label=label, origin=origins[message.id], agent_id=agent_id)
        for message in messages
        if reviewable(message)
    ]
    if not rows:
        raise NotFound(GONE)
    session.add_all(rows)
    return batch


def _verdict(message: Message, batch: str, *, kind: str, label: str | None, origin: str, agent_id: str) -> Verdict:
    return Verdict(
        message_id=message.id,
        batch=batch,
        kind=kind,
        label=label,
        origin=origin,
        understood=str(((message.parse or {}).get("intent") or {}).get("name") or ""),
        agent_id=agent_id,
        decided_at=datetime.now(UTC),
    )

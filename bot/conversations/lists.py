"""Reading: one conversation, its messages, and the lists the console shows."""

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.tables import Conversation, Message

LIST_LIMIT = 200


def find(session: Session, conversation_id: str) -> Conversation:
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def messages(session: Session, conversation_id: str, since_seq: int = 0, internal: bool = False) -> list[Message]:
    """Everything after `since_seq`, in order; notes only for agents (`internal`)."""
    wanted = select(Message).where(Message.conversation_id == conversation_id, Message.seq > since_seq)
    if not internal:
        wanted = wanted.where(Message.internal.is_(False))
    return list(session.scalars(wanted.order_by(Message.seq)))


def waiting(session: Session) -> list[Conversation]:
    """The queue, urgent ones first, then the longest wait."""
    return _list(session, _in_state("queued").order_by(Conversation.priority.desc(), Conversation.queued_at))


def owned(session: Session, agent_id: str) -> list[Conversation]:
    """What an agent has and has not put aside, oldest first."""
    mine = _in_state("assigned").where(Conversation.assignee_id == agent_id, Conversation.snoozed_until.is_(None))
    return _list(session, mine.order_by(Conversation.assigned_at))


def snoozed(session: Session, agent_id: str) -> list[Conversation]:
    """What an agent has put aside, the next to come back first."""
    mine = _in_state("assigned").where(Conversation.assignee_id == agent_id, Conversation.snoozed_until.is_not(None))
    return _list(session, mine.order_by(Conversation.snoozed_until))


def with_bot(session: Session) -> list[Conversation]:
    """What the bot is talking about, latest first."""
    return _list(session, _in_state("bot").order_by(Conversation.updated_at.desc()))


def resolved(session: Session) -> list[Conversation]:
    """What has ended, latest first."""
    return _list(session, _in_state("resolved").order_by(Conversation.resolved_at.desc()))


def counts(session: Session, agent_id: str) -> dict[str, int]:
    """How many conversations each of this agent's lists has."""
    own, aside = Conversation.assignee_id == agent_id, Conversation.snoozed_until.is_not(None)
    place = case(
        (Conversation.state == "queued", "unassigned"),
        (Conversation.state.in_(("bot", "resolved")), Conversation.state),
        (own & aside, "snoozed"),
        (own, "mine"),
        else_="others",
    )
    found: dict[str, int] = dict(session.execute(select(place, func.count()).group_by(place)).tuples().all())
    return {name: found.get(name, 0) for name in ("mine", "unassigned", "snoozed", "bot", "resolved")}


def _in_state(state: str) -> Select[Conversation]:
    return select(Conversation).where(Conversation.state == state)


def _list(session: Session, wanted: Select[Conversation]) -> list[Conversation]:
    return list(session.scalars(wanted.limit(LIST_LIMIT)))

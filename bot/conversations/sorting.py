"""What agents do to keep their desk in order: transfer, snooze, tag, set urgent, and merge two of one customer."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot import agents
from bot.conversations.assigning import give, requeue
from bot.conversations.audit import did
from bot.conversations.errors import Closed
from bot.conversations.handoff import owned_by, refuse_others
from bot.conversations.lists import messages
from bot.conversations.opening import end
from bot.conversations.rows import add_message, lock, now
from bot.errors import BotError, NotAllowed, NotFound
from bot.tables import Conversation, Message, Tag

PRIORITIES = ("normal", "high", "urgent")
TAG = re.compile(r"[\w][\w -]{0,39}")
LONGEST_TRANSCRIPT = 8_000


def transfer(
    session: Session, conversation_id: str, agent_id: str, *, to_agent: str | None = None, to_team: str | None = None
) -> Conversation:
    """Pass on what the agent owns: to a person, who owns it at once, or to a team's queue."""
    conversation = owned_by(session, conversation_id, agent_id)
    if to_agent is not None:
        other = agents.find(session, to_agent)
        if other is None:
            raise NotFound("There is no such agent.")
        if other.id == agent_id:
            raise BotError("You have this conversation already.")
        give(session, conversation, other, by="agent", reason="transferred")
    elif to_team is not None:
        if to_team not in teams(session):
            raise NotFound(f"There is no team {to_team!r}.")
        conversation.team = to_team
        requeue(session, conversation, from_agent=agent_id, reason="transferred")
    else:
        raise BotError("Choose a person or a team to transfer to.")
    did(session, agent_id, "transferred", conversation_id, to_agent=to_agent, to_team=to_team)
    return conversation


def reassign(session: Session, conversation_id: str, supervisor_id: str, *, to_agent: str) -> Conversation:
    """A supervisor gives an open conversation to somebody, whoever has it."""
    supervisor, agent = agents.find(session, supervisor_id), agents.find(session, to_agent)
    if supervisor is None or supervisor.role not in agents.SUPERVISORS:
        raise NotAllowed("Only supervisors can give away what others have.")
    if agent is None:
        raise NotFound("There is no such agent.")
    conversation = lock(session, conversation_id)
    if conversation.state == "resolved":
        raise Closed("This conversation is closed.")
    if conversation.assignee_id == agent.id:
        return conversation
    give(session, conversation, agent, by="supervisor", reason="reassigned")
    did(session, supervisor_id, "reassigned", conversation_id, to_agent=to_agent)
    return conversation


def snooze(session: Session, conversation_id: str, agent_id: str, until: datetime) -> Conversation:
    """Put aside what the agent owns until then, or until the customer writes."""
    conversation = owned_by(session, conversation_id, agent_id)
    if until <= now():
        raise BotError("Choose a time in the future.")
    conversation.snoozed_until = until
    did(session, agent_id, "snoozed", conversation_id, until=until.isoformat())
    return conversation


def wake_next(session: Session) -> Conversation | None:
    """End the snoozing of a conversation that is due; None when there is none."""
    due = Conversation.snoozed_until <= now()
    conversation_id = session.scalar(select(Conversation.id).where(due).order_by(Conversation.snoozed_until).limit(1))
    if conversation_id is None:
        return None
    conversation = lock(session, conversation_id)
    conversation.snoozed_until = None
    return conversation


def set_priority(session: Session, conversation_id: str, agent_id: str, priority: int) -> Conversation:
    """0 normal, 1 high, 2 urgent."""
    if priority not in range(len(PRIORITIES)):
        raise BotError(f"The priority must be one of {', '.join(PRIORITIES)}.")
    conversation = lock(session, conversation_id)
    conversation.priority = priority
    did(session, agent_id, "set priority", conversation_id, priority=PRIORITIES[priority])
    return conversation


def mark(session: Session, conversation_id: str, *, priority: int, tags: Sequence[str]) -> Conversation | None:
    """Raise the priority and add tags by a rule of the shop, which is no agent's deed; None when nothing changes."""
    conversation = lock(session, conversation_id)
    missing = [name for name in tags if session.get(Tag, (conversation_id, name)) is None]
    if conversation.priority >= priority and not missing:
        return None
    conversation.priority = max(conversation.priority, priority)
    session.add_all(Tag(conversation_id=conversation_id, name=name) for name in missing)
    return conversation


def tag(session: Session, conversation_id: str, agent_id: str, name: str) -> None:
    """Mark a conversation; the same tag twice is one."""
    name = name.strip().lower()
    if not TAG.fullmatch(name):
        raise BotError("A tag has 1 to 40 letters, digits, spaces and hyphens.")
    lock(session, conversation_id)
    if session.get(Tag, (conversation_id, name)) is None:
        session.add(Tag(conversation_id=conversation_id, name=name))
        did(session, agent_id, "tagged", conversation_id, tag=name)


def untag(session: Session, conversation_id: str, agent_id: str, name: str) -> None:
    lock(session, conversation_id)
    session.execute(delete(Tag).where(Tag.conversation_id == conversation_id, Tag.name == name))
    did(session, agent_id, "untagged", conversation_id, tag=name)


def tags(session: Session, conversation_ids: Sequence[str]) -> dict[str, list[str]]:
    """The tags of each conversation that has some, in order."""
    found: dict[str, list[str]] = {}
    wanted = select(Tag).where(Tag.conversation_id.in_(conversation_ids)).order_by(Tag.name)
    for row in session.scalars(wanted):
        found.setdefault(row.conversation_id, []).append(row.name)
    return found


def merge(session: Session, conversation_id: str, agent_id: str, into_id: str) -> Conversation:
    """End a conversation and go on in another of the same customer, which gets its transcript as a note.

    A message to the one that ended goes to the other. Locks the two in the order of their ids, so that two agents who
    merge crosswise wait for each other instead of for ever.
    """
    if conversation_id == into_id:
        raise BotError("Choose another conversation to merge into.")
    for place in sorted((conversation_id, into_id)):
        lock(session, place)
    ended, into = lock(session, conversation_id), lock(session, into_id)
    for one in (ended, into):
        refuse_others(one, agent_id)
    if into.state == "resolved":
        raise Closed("The conversation to merge into is closed.")
    if ended.merged_into is not None:
        raise Closed("This conversation was merged already.")
    if not _same_person(ended, into):
        raise NotAllowed("Only two conversations of one customer can be merged.")
    text = _transcript(session, ended)
    add_message(session, into, "agent", {"type": "text", "text": text}, author_id=agent_id, internal=True)
    if ended.state != "resolved":
        end(session, ended, at=now(), by="agent", reason="merged", agent_id=agent_id)
    ended.merged_into = into.id
    did(session, agent_id, "merged", conversation_id, into=into_id)
    return into


def teams(session: Session) -> list[str]:
    """The teams that agents are in."""
    return sorted({agent.team for agent in agents.everyone(session) if agent.team})


def _same_person(one: Conversation, other: Conversation) -> bool:
    if one.visitor_id == other.visitor_id:
        return True
    return one.visitor.customer_id is not None and one.visitor.customer_id == other.visitor.customer_id


def _transcript(session: Session, conversation: Conversation) -> str:
    said = [_line(message) for message in messages(session, conversation.id)]
    text = "\n".join(line for line in said if line)
    if len(text) > LONGEST_TRANSCRIPT:
        text = f"…{text[-LONGEST_TRANSCRIPT:]}"
    return f"Merged from another conversation of {conversation.created_at:%d %B %Y}:\n{text}"


def _line(message: Message) -> str:
    words = str(message.body.get("text") or "")
    return f"{message.author}: {words}" if words and message.author != "system" else ""

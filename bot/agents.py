"""Agents: the people at the console. Accounts, sign-in, roles and who is there right now.

Removing an account only blocks it: its conversations and notes keep an author. A hash that no password matches is what
blocks, so the sign-in path has one rule and no extra column.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.errors import BotError, NotFound, NotSignedIn
from bot.settings import Settings
from bot.tables import Agent

ROLES = ("agent", "supervisor", "admin")
SUPERVISORS = ("supervisor", "admin")
ADMIN = "admin"
PASSWORD_MIN = 10
CAPACITY_MAX, TEAM_MAX = 100, 40
PRESENT_FOR = timedelta(seconds=60)
BLOCKED = "removed"
DEMO_EMAIL = "agent@example.com"
DEMO_NAME = "Robin"


def add(session: Session, *, email: str, name: str, role: str, password: str) -> Agent:
    """A new account, or a removed one opened again; raises `BotError` when something in it cannot be."""
    email, name = email.strip().lower(), name.strip()
    _check(email=email, name=name, role=role, password=password)
    agent = _by_email(session, email)
    if agent is not None and agent.password_hash != BLOCKED:
        raise BotError(f"{email} already has an account; remove it first to set another password.")
    if agent is None:
        agent = Agent(id=uuid4().hex, email=email, created_at=datetime.now(UTC))
        session.add(agent)
    agent.name, agent.role, agent.password_hash = name, role, PasswordHasher().hash(password)
    session.flush()
    return agent


def remove(session: Session, email: str) -> Agent:
    """Block the account's sign-in and end its sessions; raises `NotFound`."""
    agent = _by_email(session, email.strip().lower())
    if agent is None or agent.password_hash == BLOCKED:
        raise NotFound(f"There is no account {email}; `shopkeeper agent list` shows them all.")
    agent.password_hash, agent.seen_at = BLOCKED, None
    return agent


def everyone(session: Session) -> list[Agent]:
    """All accounts that can sign in, by e-mail address."""
    return list(session.scalars(select(Agent).where(Agent.password_hash != BLOCKED).order_by(Agent.email)))


def change(
    session: Session,
    email: str,
    *,
    name: str | None = None,
    role: str | None = None,
    password: str | None = None,
    capacity: int | None = None,
    team: str | None = None,
    skills: Sequence[str] | None = None,
) -> Agent:
    """Who the agent is, and what they are assigned: at most `capacity` at a time, of which team, which topics first.

    None: as it is. An empty `team` takes the agent out of theirs; another `password` ends their sessions. Raises
    `NotFound` and `BotError`.
    """
    agent = _by_email(session, email.strip().lower())
    if agent is None or agent.password_hash == BLOCKED:
        raise NotFound(f"There is no account {email}; `shopkeeper agent list` shows them all.")
    _check(email=agent.email, name=(name or agent.name).strip(), role=role or agent.role, password=password)
    if capacity is not None and not 0 <= capacity <= CAPACITY_MAX:
        raise BotError(f"The capacity must be from 0 to {CAPACITY_MAX}.")
    if team is not None and len(team.strip()) > TEAM_MAX:
        raise BotError(f"The team's name must have at most {TEAM_MAX} characters.")
    agent.name = (name or agent.name).strip()
    agent.role = role or agent.role
    agent.password_hash = PasswordHasher().hash(password) if password else agent.password_hash
    agent.capacity = agent.capacity if capacity is None else capacity
    agent.team = agent.team if team is None else team.strip() or None
    agent.skills = agent.skills if skills is None else [skill.strip() for skill in skills if skill.strip()]
    return agent


def set_away(session: Session, agent_id: str, *, away: bool) -> bool:
    """Whether the agent gets nothing assigned though the console is open; False: it was so already."""
    changed = update(Agent).where(Agent.id == agent_id, Agent.away.is_not(away)).values(away=away)
    return bool(session.execute(changed.returning(Agent.id)).all())


def sign_in(session: Session, *, email: str, password: str) -> Agent:
    """The agent whose address and password these are; raises `NotSignedIn`, the same for an unknown address.

    Takes the time of one argon2 check either way; a reading session is enough.
    """
    agent = _by_email(session, email.strip().lower())
    known = agent.password_hash if agent is not None else BLOCKED
    if not _matches(known, password) or agent is None:
        raise NotSignedIn("The e-mail address or the password is not right.")
    return agent


def find(session: Session, agent_id: str) -> Agent | None:
    """The account with this id, unless it was removed."""
    agent = session.get(Agent, agent_id)
    return None if agent is None or agent.password_hash == BLOCKED else agent


def names(session: Session, agent_ids: Collection[str]) -> dict[str, str]:
    """What these are called, also those who have left."""
    found = session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(agent_ids)))
    return {agent_id: name for agent_id, name in found}


def credential(agent: Agent) -> str:
    """Short mark of the account's present password: a console session made with another one is over."""
    return hashlib.sha256(agent.password_hash.encode()).hexdigest()[:16]


def seen(session: Session, agent_id: str) -> None:
    """A sign of life of a signed-in console; send one at least every `PRESENT_FOR` / 2."""
    session.execute(update(Agent).where(Agent.id == agent_id).values(seen_at=datetime.now(UTC)))


def gone(session: Session, agent_id: str) -> None:
    """The agent signed out."""
    session.execute(update(Agent).where(Agent.id == agent_id).values(seen_at=None))


def present(session: Session) -> list[Agent]:
    """Agents whose console gave a sign of life within `PRESENT_FOR`."""
    return list(session.scalars(select(Agent).where(Agent.seen_at > datetime.now(UTC) - PRESENT_FOR)))


def ensure_demo_agent(session: Session, settings: Settings) -> str | None:
    """Make sure the demo account exists in development and return its password; outside, block it and return None.

    The password follows from `SECRET_KEY`, so that every start prints the same one.
    """
    if not settings.shows_demo:
        session.execute(update(Agent).where(Agent.email == DEMO_EMAIL).values(password_hash=BLOCKED, seen_at=None))
        return None
    digest = hmac.new(settings.secret_key.encode(), DEMO_EMAIL.encode(), hashlib.sha256).digest()
    password = base64.b32encode(digest)[:12].decode().lower()
    agent = _by_email(session, DEMO_EMAIL)
    if agent is None or agent.password_hash == BLOCKED:
        add(session, email=DEMO_EMAIL, name=DEMO_NAME, role=ADMIN, password=password)
    else:
        agent.role = ADMIN
        if not _matches(agent.password_hash, password):
            agent.password_hash = PasswordHasher().hash(password)
    return password


def _by_email(session: Session, email: str) -> Agent | None:
    return session.scalar(select(Agent).where(Agent.email == email))


def _matches(known: str, password: str) -> bool:
    """Whether `password` made `known`; one that nobody can match costs a hash all the same."""
    hasher = PasswordHasher()
    if known == BLOCKED:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(known, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _check(*, email: str, name: str, role: str, password: str | None) -> None:
    local, _, domain = email.partition("@")
    if not local or "." not in domain or any(letter.isspace() for letter in email) or len(email) > 200:
        raise BotError(f"{email!r} is not an e-mail address.")
    if not name or len(name) > 100:
        raise BotError("The name must have 1 to 100 characters: customers see it.")
    if role not in ROLES:
        raise BotError(f"The role must be one of {', '.join(ROLES)}.")
    if password is not None and len(password) < PASSWORD_MIN:
        raise BotError(f"The password must have at least {PASSWORD_MIN} characters.")

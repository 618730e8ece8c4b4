"""What an admin does with accounts in the console; each is in the audit trail.

`shopkeeper agent` asks nobody: who may run it has the database. An admin cannot close or demote the own account, so
there is always one left.
"""

from typing import Any

from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.errors import NotAllowed, NotFound
from bot.tables import Agent

SECRET = "password"


def add(session: Session, admin_id: str, *, email: str, name: str, role: str, password: str, **duties: Any) -> Agent:
    """A new account, or a closed one opened again; `duties` as in `agents.change`. Raises `BotError`."""
    _require(session, admin_id)
    agent = agents.add(session, email=email, name=name, role=role, password=password)
    agents.change(session, agent.email, **duties)
    conversations.did(session, admin_id, "added an account", account=agent.id, role=role)
    return agent


def change(session: Session, admin_id: str, account: str, **changed: Any) -> Agent:
    """`changed` as in `agents.change`; what is None stays. Raises `BotError`."""
    _require(session, admin_id)
    agent = _find(session, account)
    if agent.id == admin_id and changed.get("role") not in (None, agents.ADMIN):
        raise NotAllowed("Another admin has to take that role from you.")
    before = {name: getattr(agent, name) for name in changed if name != SECRET}
    agents.change(session, agent.email, **changed)
    told = {name: _plain(getattr(agent, name)) for name, value in before.items() if getattr(agent, name) != value}
    if changed.get(SECRET):
        told[SECRET] = "a new one"
    if told:
        conversations.did(session, admin_id, "changed an account", account=agent.id, **told)
    return agent


def close(session: Session, admin_id: str, account: str) -> None:
    """Nobody signs in with it any more; what they had goes back to the queue, what they wrote stays."""
    _require(session, admin_id)
    agent = _find(session, account)
    if agent.id == admin_id:
        raise NotAllowed("Another admin has to close your account.")
    agents.remove(session, agent.email)
    conversations.did(session, admin_id, "closed an account", account=agent.id)


def _require(session: Session, admin_id: str) -> None:
    admin = agents.find(session, admin_id)
    if admin is None or admin.role != agents.ADMIN:
        raise NotAllowed("Only admins can change accounts.")


def _find(session: Session, account: str) -> Agent:
    agent = agents.find(session, account)
    if agent is None:
        raise NotFound("There is no such account any more.")
    return agent


def _plain(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value

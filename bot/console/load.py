"""Who is at the desk, what everybody has, and what is late: plain values for the supervisor's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import agents, conversations
from bot.console import words
from bot.console.clocks import Clock, Promises
from bot.console.rows import Row, rows_of
from bot.conversations.overview import cases
from bot.database import Database
from bot.settings import Settings
from bot.shop.port import Shop

OTHERS = ("to_agent", "account")  # details of a deed that name another agent
UNTOLD = ("seq", "into", "group")  # details that mean nothing to people


@dataclass(frozen=True)
class Colleague:
    """An account: where they are and what they have."""

    id: str
    name: str
    role: str
    here: bool
    away: bool
    has: int  # without what they have put aside
    aside: int
    capacity: int
    team: str | None
    oldest: datetime | None  # since when the longest of theirs has been at the desk


@dataclass(frozen=True)
class Case:
    """An open conversation with its two clocks."""

    row: Row
    assignee_id: str | None
    asked_at: datetime
    first_response: Clock
    resolution: Clock

    def late(self, now: datetime) -> bool:
        return "late" in (self.first_response.state(now), self.resolution.state(now))


@dataclass(frozen=True)
class Load:
    colleagues: tuple[Colleague, ...]
    cases: tuple[Case, ...]  # the longest wait first

    @property
    def waiting(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.row.state == "queued")


def read(database: Database, shop: Shop, settings: Settings) -> Load:
    """Everything as it is now."""
    promises = Promises.of(settings)
    with database.reading() as session:
        found = cases(session)
        rows = rows_of(session, shop, [case.conversation for case in found])
        everyone, here = agents.everyone(session), {agent.id for agent in agents.present(session)}
    shown = tuple(
        Case(row, case.conversation.assignee_id, case.asked_at, *promises.clocks(case.asked_at, case.answered_at))
        for case, row in zip(found, rows, strict=True)
    )
    colleagues = []
    for agent in everyone:
        own = [case for case in shown if case.assignee_id == agent.id]
        active = [case for case in own if case.row.snoozed_until is None]
        colleagues.append(
            Colleague(
                id=agent.id,
                name=agent.name,
                role=agent.role,
                here=agent.id in here,
                away=agent.away,
                has=len(active),
                aside=len(own) - len(active),
                capacity=agent.capacity,
                team=agent.team,
                oldest=min((case.asked_at for case in active), default=None),
            )
        )
    return Load(tuple(sorted(colleagues, key=lambda one: (not one.here, one.name))), shown)


@dataclass(frozen=True)
class Entry:
    """A line of the audit trail."""

    at: datetime
    who: str
    action: str
    conversation_id: str | None
    seq: int | None  # of the message that it is about
    details: str


def trail(database: Database, zone: str, *, agent_id: str | None, before: datetime | None, limit: int) -> list[Entry]:
    """What was done, the latest first."""
    with database.reading() as session:
        deeds = conversations.deeds(session, agent_id=agent_id, before=before, limit=limit)
        others = {str(deed.details[name]) for deed in deeds for name in OTHERS if deed.details.get(name)}
        names = agents.names(session, others | {deed.agent_id for deed in deeds})
    return [
        Entry(
            at=deed.at,
            who=names.get(deed.agent_id, deed.agent_id),
            action=words.DEEDS.get(deed.action, words.plain(deed.action)),
            conversation_id=deed.conversation_id,
            seq=deed.details.get("seq"),
            details=", ".join(
                f"{name.replace('_', ' ')} {names.get(str(value)) or _said(name, value, zone)}"
                for name, value in deed.details.items()
                if name not in UNTOLD and value not in (None, "")
            ),
        )
        for deed in deeds
    ]


def _said(name: str, value: Any, zone: str) -> str:
    return words.clock(datetime.fromisoformat(value), zone) if name == "until" else str(value)

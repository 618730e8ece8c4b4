"""Tells the agent, on whatever page of the console, what they should hear of: on the page, and on the desktop when they
look elsewhere.

Being at the desk means to be given conversations, so every page that makes an agent present also listens.
"""

import asyncio
import json
import time

from nicegui import ui
from nicegui.client import Client
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.console import rows
from bot.console.news import Heard, News
from bot.database import Database
from bot.errors import NotFound
from bot.push import Push, Subscription
from bot.shop.port import Shop
from bot.tables import Conversation, Message

POLL_S = 5.0  # how long a lost push may stay unnoticed
GATHER_S = 1.0  # news that come together are told together
PATIENCE_S = 6.0  # in which whoever waits is given to an agent who is free
TITLES = {
    "assigned": "{} is yours now",
    "back": "{} is back",
    "written": "{} wrote",
    "waiting": "{} waits for a person",
}


class Telling:
    """`path` is where a conversation is opened; the desk itself shows who wrote and who waits."""

    def __init__(
        self, database: Database, shop: Shop, push: Push, *, agent_id: str, automatic: bool, at_desk: bool, path: str
    ) -> None:
        self._database, self._shop, self._push = database, shop, push
        self._agent_id, self._at_desk, self._path = agent_id, at_desk, path
        self._news = News(PATIENCE_S if automatic else 0.0)

    async def follow(self, client: Client) -> None:
        """Until the browser leaves the page."""
        await client.connected()
        async with self._push.subscribe() as pushes:
            while not client.is_deleted:
                mine, waiting = await asyncio.to_thread(self._look)
                for one in self._news.heard(mine, waiting, now=time.monotonic()):
                    await self._tell(one, client)
                await _something(pushes)

    def _look(self) -> tuple[dict[str, int], list[str]]:
        with self._database.reading() as session:
            return _mine(session, self._agent_id), _waiting(session, self._agent_id)

    async def _tell(self, heard: Heard, client: Client) -> None:
        try:
            told = await asyncio.to_thread(self._told, heard)
        except NotFound:  # erased
            return
        if told is None or client.is_deleted:
            return
        title, text = told
        toast = heard.what == "assigned" or not self._at_desk
        address = f"{self._path}?conversation={heard.conversation_id}"
        with client:
            ui.run_javascript(
                f"shopkeeperTell({json.dumps({'title': title, 'text': text, 'address': address, 'toast': toast})})"
            )

    def _told(self, heard: Heard) -> tuple[str, str] | None:
        """Title and text; None when it was the agent's own doing."""
        what: str | None = heard.what
        if what == "assigned":
            with self._database.reading() as session:
                what = _became_theirs(session, heard.conversation_id, self._agent_id)
        if what is None:
            return None
        row = rows.one(self._database, self._shop, heard.conversation_id)
        return TITLES[what].format(row.name), row.last_text


async def _something(pushes: Subscription) -> None:
    """Wait until something may have changed, which is nothing while people type."""
    while (pushed := await pushes.next(POLL_S)) is not None and pushed.typing:
        pass
    await asyncio.sleep(GATHER_S if pushed else 0)


def _mine(session: Session, agent_id: str) -> dict[str, int]:
    """What the agent has and has not put aside, with the `seq` of the customer's newest message."""
    said = and_(Message.conversation_id == Conversation.id, Message.author == "customer")
    wanted = (
        select(Conversation.id, func.coalesce(func.max(Message.seq), 0))
        .outerjoin(Message, said)
        .where(Conversation.state == "assigned", Conversation.assignee_id == agent_id)
        .where(Conversation.snoozed_until.is_(None))
        .group_by(Conversation.id)
    )
    return dict(session.execute(wanted).tuples().all())


def _waiting(session: Session, agent_id: str) -> list[str]:
    """Who waits for this agent or for anybody; nobody while the agent is away."""
    agent = agents.find(session, agent_id)
    if agent is None or agent.away:
        return []
    for_them = Conversation.team.is_(None) | (Conversation.team == agent.team)
    return list(session.scalars(select(Conversation.id).where(Conversation.state == "queued", for_them)))


def _became_theirs(session: Session, conversation_id: str, agent_id: str) -> str | None:
    """By others (assigned), by the end of a snooze (back), or by taking it: that is no news."""
    since = conversations.find(session, conversation_id).assigned_at
    own = conversations.deeds(session, agent_id=agent_id, conversation_id=conversation_id, limit=1)
    last = own[0].action if own and since and own[0].at >= since else ""
    return {"took": None, "snoozed": "back"}.get(last, "assigned")

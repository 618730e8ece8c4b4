"""The desk: one open console page. Three columns, kept true by pushes and by looking now and then.

Every action goes through `_act`; what it changed is on screen at once, what others change comes as news.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Literal

from nicegui import background_tasks, ui
from sqlalchemy.orm import Session

from bot import conversations, order_actions
from bot.canned_answers import CannedAnswers
from bot.console import detail, keys, readings, rows
from bot.console.clocks import Promises
from bot.console.composer import Composer, Offer
from bot.console.customer import CustomerColumn
from bot.console.drafts import Drafts
from bot.console.frame import Visit
from bot.console.header import Header
from bot.console.lists import ListColumn
from bot.console.readings import Open
from bot.console.suggesting import Suggesting
from bot.console.thread import Thread
from bot.console.words import plain
from bot.errors import NotFound
from bot.order_actions import Action
from bot.push import Pushed, Subscription
from bot.suggested_replies import SuggestedReplies

POLL_S = 5.0  # how long a lost push may stay unnoticed
GATHER_S = 0.1  # news that come together are read together
OTHERS_S = 1.0  # news of conversations that are not open may wait as long
TYPING_S = 5.0


class Desk:
    """State of one page: the chosen tab, the open conversation, what of it is on screen."""

    def __init__(self, visit: Visit, replies: SuggestedReplies, canned: CannedAnswers, drafts: Drafts) -> None:
        self._visit, self._console, self._agent = visit, visit.console, visit.agent
        self._replies, self._canned, self._drafts = replies, canned, drafts
        self._tab = "mine" if self._console.settings.assignment == "automatic" else "unassigned"
        self._words = ""  # that are searched for
        self._open: Open | None = None
        self._shown_to = 0
        self._typing_until = 0.0
        self._reading = asyncio.Lock()

    async def show(self, conversation_id: str | None, seq: int | None) -> None:
        """Draw the page, with this message of that conversation in view, and keep it live until the browser leaves."""
        self._draw()
        await self._refresh()
        if conversation_id:
            await self._choose(conversation_id)
            self._thread.point_to(seq)
        self._client = ui.context.client
        following = background_tasks.create(self._follow(), name="console desk")
        self._client.on_delete(lambda: following.cancel())

    # --- drawing ---

    def _draw(self) -> None:
        settings = self._console.settings
        with ui.element("div").classes("desk"):
            with ui.element("nav").classes("pane left").props('aria-label="Conversations"'):
                self._lists = ListColumn(
                    settings.time_zone,
                    Promises.of(settings),
                    choose_tab=self._choose_tab,
                    choose=self._choose,
                    search=self._search,
                )
                keys.draw()
            with ui.element("div").classes("pane middle"):
                with ui.element("div").classes("placeholder") as self._placeholder:
                    ui.label("Choose a conversation").classes("placeholder-title").props(
                        'role="heading" aria-level="1"'
                    )
                    ui.label("The ones that wait for a person come first. You can also take one from the bot.")
                with ui.element("div").classes("conversation") as self._conversation:
                    self._header = Header(self._console, self._agent, act=self._act)
                    self._thread = Thread(settings.time_zone, detail=self._show_detail)
                    self._composer = Composer(
                        self._drafts,
                        agent_id=self._agent.id,
                        send=self._send,
                        typing=self._tell_typing,
                        canned=self._find_answers,
                        draft=self._draft,
                    )
                    self._suggesting = Suggesting(self._replies, show=self._composer.suggest)
                self._conversation.set_visibility(False)
            aside = ui.element("aside").classes("pane right")
            with aside.props('aria-label="Customer" tabindex="-1" aria-keyshortcuts="c"'):
                self._side = CustomerColumn(
                    settings.time_zone,
                    role=self._agent.role,
                    carry_out=self._carry_out,
                    explain=self._show_detail,
                )

    # --- keeping it true ---

    async def _follow(self) -> None:
        await self._client.connected()
        async with self._console.push.subscribe() as news:
            while not self._client.is_deleted:
                changed = await self._hear(news)
                if changed:
                    with self._client:
                        await self._refresh(everything=changed == "open")

    async def _hear(self, news: Subscription) -> Literal["open", "lists", ""]:
        """Wait for news and take all that came with it: what may have changed, which is nothing while people type."""
        pushed = await news.next(POLL_S)
        if pushed is None:
            return "open"
        changed: Literal["open", "lists", ""] = ""
        until = time.monotonic() + OTHERS_S
        while pushed is not None:
            if pushed.typing:
                self._heard_typing(pushed)
            elif self._open is not None and pushed.conversation_id == self._open.id:
                changed, until = "open", min(until, time.monotonic() + GATHER_S)
            else:
                changed = changed or "lists"
            pushed = await news.next(max(0.001, until - time.monotonic()))
        return changed

    async def _refresh(self, *, everything: bool = True) -> None:
        """Read what is on screen and show what changed, one at a time, talk first; not `everything`: the lists only."""
        async with self._reading:
            if everything and self._open is not None:
                await self._refresh_open(self._open.id)
            database, shop = self._console.database, self._console.shop
            wanted = {"agent_id": self._agent.id, "tab": self._tab, "words": self._words}
            lists = await asyncio.to_thread(rows.lists, database, shop, **wanted)
            self._lists.update(lists, selected=self._open.id if self._open else None)

    async def _refresh_open(self, conversation_id: str) -> None:
        database, shop = self._console.database, self._console.shop
        try:
            now = await asyncio.to_thread(readings.opened, database, shop, conversation_id)
        except NotFound:  # erased
            self._leave()
            return
        self._open = now
        lines = await asyncio.to_thread(readings.lines, database, conversation_id)
        new = [line for line in lines if line.seq > self._shown_to]
        if any(line.author == "customer" for line in new):
            self._typing_until = 0.0
        self._thread.add(new, customer=now.name)
        self._header.update(now)
        self._composer.update(now, typing=time.monotonic() < self._typing_until)
        self._suggesting.look(now, lines, agent_id=self._agent.id)
        self._thread.understood({line.seq: line for line in lines if line.intent is not None})
        self._thread.rated({line.seq: line for line in lines})
        self._thread.read_to(now.read_seq)
        self._shown_to = max([self._shown_to, *(line.seq for line in lines)])
        await self._mark_seen(now, max((line.seq for line in lines if line.author == "customer"), default=0))
        person = await asyncio.to_thread(readings.person, database, shop, now)
        self._header.known(person)
        self._side.update(person, lines, name=now.name)

    async def _mark_seen(self, now: Open, seq: int) -> None:
        """The owner has the customer's messages up to `seq` on screen: the customer is told so."""
        if now.assignee_id != self._agent.id or now.seen_seq >= seq:
            return
        to = (now.id, self._agent.id, seq)
        if await self._visit.write(lambda session: conversations.mark_seen(session, *to)):
            await self._console.push.publish(now.id)

    def _heard_typing(self, pushed: Pushed) -> None:
        if self._open is None or pushed.conversation_id != self._open.id or pushed.typing != "customer":
            return
        self._typing_until = time.monotonic() + TYPING_S
        with self._client:
            self._composer.update(self._open, typing=True)

    # --- choosing ---

    async def _choose_tab(self, tab: str) -> None:
        self._tab = tab
        self._lists.words.set_value("")
        await self._refresh()

    async def _search(self, words: str) -> None:
        self._words = words
        self._lists.let_go()
        await self._refresh(everything=False)

    async def _choose(self, conversation_id: str) -> None:
        try:
            self._open = await asyncio.to_thread(
                readings.opened, self._console.database, self._console.shop, conversation_id
            )
        except NotFound as error:
            ui.notify(error.message, type="warning")
            return
        self._shown_to, self._typing_until = 0, 0.0
        self._side.clear()
        self._thread.clear()
        self._suggesting.forget()
        self._header.update(self._open)  # at once: what is pressed from here on is meant for this one
        self._composer.open(self._open)
        self._placeholder.set_visibility(False)
        self._conversation.set_visibility(True)
        await self._refresh()

    def _leave(self) -> None:
        self._open = None
        self._side.clear()
        self._conversation.set_visibility(False)
        self._placeholder.set_visibility(True)

    async def _show_detail(self, seq: int) -> None:
        if self._open is not None:
            await detail.show(self._visit, self._open.id, seq)

    # --- acting ---

    async def _send(self, text: str, note: bool) -> bool:
        return await self._act(conversations.note if note else conversations.say, text)

    async def _find_answers(self, words: str) -> list[Offer]:
        if self._open is None:
            return []
        found = await asyncio.to_thread(self._canned.find, self._open.id, words)
        return [(plain(one.template_id), one.text) for one in found]

    async def _draft(self) -> str | None:
        found = await asyncio.to_thread(self._canned.draft, self._open.id) if self._open else None
        if found is None:
            ui.notify("The bot has no answer to the customer's last message.", type="info", position="top")
        return found.text if found else None

    async def _tell_typing(self) -> None:
        if self._open is not None and self._open.assignee_id == self._agent.id:
            await self._console.push.publish(self._open.id, typing="agent")

    async def _carry_out(self, action: Action) -> None:
        """Do something with an order of the customer."""
        if self._open is None:
            return
        database, shop, to = self._console.database, self._console.shop, self._open.id
        receipt = await self._visit.attempt(
            lambda: order_actions.carry_out(database, shop, action, conversation_id=to, agent_id=self._agent.id)
        )
        if receipt is not None:
            ui.notify(receipt.message, type="positive" if receipt.changed else "info", position="top")
            await self._console.push.publish(to)
        await self._refresh()

    async def _act(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> bool:
        """Do something with the open conversation; False when it could not be done, and the agent is told why."""
        if self._open is None:
            return False
        id = self._open.id
        seq = await self._visit.write(
            lambda session: _called(session, function, id, self._agent.id, *arguments, **named)
        )
        if seq is None:
            await self._refresh()
            return False
        await self._console.push.publish(id, seq)
        self._lists.let_go()
        if function is conversations.take:
            self._tab = "mine"
            self._lists.words.set_value("")
        await self._refresh()
        return True


def _called(session: Session, function: Callable[..., Any], conversation_id: str, *arguments: Any, **named: Any) -> int:
    function(session, conversation_id, *arguments, **named)
    session.flush()
    return conversations.find(session, conversation_id).last_seq

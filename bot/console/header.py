"""Above the messages: whose conversation it is, why it was handed over, and what can be done with it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from bot import agents, conversations
from bot.console import sheets, snoozing, words
from bot.console.frame import Console
from bot.console.readings import Open, Person
from bot.console.tagging import Tagging
from bot.tables import Agent

OPEN_STATES = ("bot", "queued", "assigned")


class Header:
    """`act(function, *arguments)` carries out a function of `bot.conversations` on the open conversation."""

    def __init__(self, console: Console, agent: Agent, *, act: Callable[..., Awaitable[bool]]) -> None:
        self._console, self._agent, self._act = console, agent, act
        self._now: Open | None = None
        self._others: dict[str, str] = {}
        with ui.element("header").classes("top"):
            with ui.element("div").classes("top-text"):
                self._name = ui.label().classes("top-name").props('role="heading" aria-level="1"')
                self._state = ui.label().classes("quiet")
            self._take = sheets.button("Take", self._do(conversations.take), main=True, key="t")
            self._snooze = sheets.button("Snooze", lambda: None, key="s")
            with self._snooze:
                self._times = sheets.menu("Snooze")
            self._snooze.on("click", self._draw_times)
            self._resolve = sheets.button("Resolve", self._ask_resolve, key="e")
            self._more = sheets.button("More", lambda: None, key="m")
            with self._more, sheets.menu("More"):
                self._draw_more()
        self._tagging = Tagging(
            add=lambda name: self._act(conversations.tag, name),
            remove=lambda name: self._act(conversations.untag, name),
        )
        with ui.element("div").classes("summary") as self._summary:
            self._why = ui.label().classes("summary-title")
            self._what = ui.label().classes("summary-text")
            self._tried = ui.label().classes("quiet")

    def update(self, now: Open) -> None:
        if self._now is None or self._now.id != now.id:
            self._others = {}
            self._merge.set_visibility(False)
        self._now = now
        mine, goes_on = now.assignee_id == self._agent.id, now.state in OPEN_STATES
        self._name.set_text(now.name)
        self._state.set_text(_state(now, mine=mine, zone=self._console.settings.time_zone))
        self._take.set_visibility(now.state in ("queued", "bot"))
        self._take.set_text("Take" if now.state == "queued" else "Take over from the bot")
        for element in (self._snooze, self._transfer, self._release):
            element.set_visibility(mine)
        self._resolve.set_visibility(mine or now.state == "queued")
        self._more.set_visibility(goes_on)
        self._tagging.update(now.tags, priority=now.priority)
        self._summary.set_visibility(bool(now.reason or now.summary))
        self._why.set_text(f"Handed over: {words.REASONS.get(now.reason or '', words.plain(now.reason))}")
        self._what.set_text(now.summary or "")
        self._tried.set_text(f"The bot answered before: {', '.join(words.plain(name) for name in now.tried)}")
        self._tried.set_visibility(bool(now.tried))

    def known(self, person: Person) -> None:
        """The customer's other conversations: what this one may be merged into."""
        zone, free = self._console.settings.time_zone, (None, self._agent.name)
        self._others = {
            row.id: f"{words.STATES[row.state]}, {words.clock(row.since, zone)}: {row.last_text[:60]}"
            for row in person.earlier
            if row.state in OPEN_STATES and row.assignee in free
        }
        self._merge.set_visibility(bool(self._others))

    def _draw_more(self) -> None:
        self._transfer = sheets.item("Transfer…", self._ask_transfer)
        self._merge = sheets.item("Merge into another conversation…", self._ask_merge)
        self._release = sheets.item("Release to the bot…", self._ask_release)
        ui.separator()
        for priority, name in reversed(list(enumerate(words.PRIORITIES))):
            sheets.item(name, self._do(conversations.set_priority, priority))

    def _draw_times(self) -> None:
        self._times.clear()
        with self._times:
            for name, until in snoozing.choices(datetime.now(UTC), self._console.settings.time_zone):
                sheets.item(name, self._do(conversations.snooze, until))

    def _do(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Awaitable[bool]]:
        async def done() -> bool:
            return await self._act(function, *arguments)

        return done

    async def _ask_release(self) -> None:
        settled = await sheets.release()
        if settled is not None:
            await self._act(conversations.release, settled)

    async def _ask_resolve(self) -> None:
        reason = await sheets.resolve()
        if reason is not None:
            await self._act(conversations.resolve, reason)

    async def _ask_merge(self) -> None:
        explained = "This conversation ends; its transcript becomes a note in the other, where it goes on."
        into = await sheets.choose("Merge into", explained, self._others, action="Merge")
        if into is not None:
            await self._act(conversations.merge, into)

    async def _ask_transfer(self) -> None:
        places = await asyncio.to_thread(self._places)
        if not places:
            ui.notify("There is nobody else: `shopkeeper agent add` makes an account.", type="warning", position="top")
            return
        explained = "A person has it at once; a team's next free agent takes it from the queue."
        chosen = await sheets.choose("Transfer to", explained, places, action="Transfer")
        if chosen is not None:
            kind, _, name = chosen.partition(":")
            await self._act(conversations.transfer, **{f"to_{kind}": name})

    def _places(self) -> dict[str, str]:
        with self._console.database.reading() as session:
            here = {agent.id for agent in agents.present(session)}
            people = {
                f"agent:{agent.id}": f"{agent.name} ({_presence(away=agent.away, here=agent.id in here)})"
                for agent in agents.everyone(session)
                if agent.id != self._agent.id
            }
            return people | {f"team:{team}": f"Team {team}" for team in conversations.teams(session)}


def _presence(*, away: bool, here: bool) -> str:
    return "not here" if not here else "away" if away else "at the desk"


def _state(now: Open, *, mine: bool, zone: str) -> str:
    if now.state == "assigned":
        aside = f", put aside until {words.clock(now.snoozed_until, zone)}" if now.snoozed_until else ""
        return ("With you" if mine else f"With {now.assignee}") + aside
    if now.state == "queued" and now.waiting_since:
        return f"Waiting for {words.waited(now.waiting_since)}"
    return words.STATES.get(now.state, now.state)

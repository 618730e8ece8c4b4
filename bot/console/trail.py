"""The audit trail as a table: who did what with which conversation, when; by agent, older ones on demand."""

import asyncio
from datetime import datetime

from nicegui import events, ui

from bot import agents
from bot.console import load, sheets, table, words
from bot.console.frame import Console
from bot.console.load import Entry

SHOWN = 25
EVERYBODY = ""


class Trail:
    """Draws itself into the current container."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._agent_id = EVERYBODY
        self._oldest: datetime | None = None

    async def show(self) -> None:
        people = await asyncio.to_thread(self._people)
        with ui.element("div").classes("trail-head"):
            chosen = ui.select({EVERYBODY: "Everybody", **people}, value=EVERYBODY, label="Who")
            chosen.props("outlined dense options-dense").classes("trail-who").on_value_change(self._choose)
            sheets.button("Refresh", self._restart)
        self._table = ui.element("div").classes("table trail").props('role="table" aria-label="Audit trail"')
        self._more = sheets.button("Older", self._add)
        await self._restart()

    async def _choose(self, event: events.ValueChangeEventArguments[str]) -> None:
        self._agent_id = event.value
        await self._restart()

    async def _restart(self) -> None:
        self._table.clear()
        self._oldest = None
        await self._add()

    async def _add(self) -> None:
        console, by = self._console, self._agent_id or None
        found = await asyncio.to_thread(
            load.trail,
            console.database,
            console.settings.time_zone,
            agent_id=by,
            before=self._oldest,
            limit=SHOWN,
        )
        with self._table:
            if not found and self._oldest is None:
                ui.label("Nothing has been done yet.").classes("quiet pad")
            elif self._oldest is None:
                table.head("When", "Who", "What", "Details", "Where")
            for entry in found:
                self._draw(entry)
        self._oldest = found[-1].at if found else self._oldest
        self._more.set_visibility(len(found) == SHOWN)

    def _draw(self, entry: Entry) -> None:
        with table.line():
            for text in (words.clock(entry.at, self._console.settings.time_zone), entry.who, entry.action):
                table.cell(text)
            table.cell(entry.details).classes("quiet")
            with table.cell():
                if entry.conversation_id:
                    address = f"./?conversation={entry.conversation_id}"
                    if entry.seq is None:
                        ui.link("Conversation", address)
                    else:
                        ui.link("Message", f"{address}&message={entry.seq}")

    def _people(self) -> dict[str, str]:
        with self._console.database.reading() as session:
            return {agent.id: agent.name for agent in agents.everyone(session)}

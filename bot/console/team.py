"""The supervisor's page: who is there and how busy, what is open and how late, and the trail of what was done.

It looks every few seconds and draws only what has changed.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from nicegui import background_tasks, ui

from bot import conversations
from bot.console import load, sheets, table, words
from bot.console.clocks import Clock
from bot.console.frame import Visit
from bot.console.load import Case, Colleague, Load
from bot.console.trail import Trail

EVERY_S = 5.0


class Team:
    """State of one opened page."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._console = visit, visit.console
        self._zone = self._console.settings.time_zone
        self._shown: tuple[Load, str] | None = None

    async def show(self) -> None:
        """Draw the page and keep it live until the browser leaves it."""
        with ui.element("div").classes("team"):
            ui.label("Team").classes("unseen").props('role="heading" aria-level="1"')
            self._tiles = ui.element("div").classes("tiles")
            with _part("People"):
                self._people = ui.element("div").classes("table people").props('role="table" aria-label="People"')
            with _part("Open conversations"):
                self._cases = ui.element("div").classes("table cases").props('role="table" aria-label="Open"')
            with _part("Audit trail"):
                await Trail(self._console).show()
        await self._refresh()
        self._client = ui.context.client
        following = background_tasks.create(self._follow(), name="console team")
        self._client.on_delete(lambda: following.cancel())

    async def _follow(self) -> None:
        await self._client.connected()
        while not self._client.is_deleted:
            await asyncio.sleep(EVERY_S)
            with self._client:
                await self._refresh()

    async def _refresh(self) -> None:
        console = self._console
        now = await asyncio.to_thread(load.read, console.database, console.shop, console.settings)
        if self._shown == (now, minute := f"{datetime.now(UTC):%H:%M}"):
            return
        self._shown = now, minute
        self._draw(now)

    def _draw(self, now: Load) -> None:
        for part in (self._tiles, self._people, self._cases):
            part.clear()
        with self._tiles:
            _tiles(now)
        with self._people:
            table.head("Name", "Where", "Has", "Team", "Longest")
            for one in now.colleagues:
                self._colleague(one)
        with self._cases:
            if not now.cases:
                ui.label("Nobody is waiting and nobody is being helped.").classes("quiet pad")
                return
            table.head("Customer", "With", "At the desk for", "First answer", "Resolution", "")
            for case in now.cases:
                self._case(case, now.colleagues)

    def _colleague(self, one: Colleague) -> None:
        with table.line():
            with table.cell():
                ui.label(one.name).classes("strong")
                ui.label(one.role).classes("quiet")
            with table.cell():
                where = "Not here" if not one.here else "Away" if one.away else "At the desk"
                ui.label(where).classes(f"badge {'delivered' if where == 'At the desk' else ''}")
            with table.cell():
                ui.label(f"{one.has} of {one.capacity}" + (f", {one.aside} put aside" if one.aside else ""))
                share = 100 * min(1.0, one.has / one.capacity) if one.capacity else 100
                with ui.element("div").classes("meter"):
                    ui.element("i").style(f"width: {share:.0f}%")
            table.cell(one.team or "–")
            table.cell(words.waited(one.oldest) if one.oldest else "–")

    def _case(self, case: Case, colleagues: Sequence[Colleague]) -> None:
        now = datetime.now(UTC)
        with table.line():
            with table.cell():
                ui.link(case.row.name, f"./?conversation={case.row.id}").classes("strong")
                ui.label(case.row.last_text).classes("quiet row-text")
            with table.cell():
                ui.label(case.row.assignee or "Waiting").classes("" if case.row.assignee else "badge reason")
                if case.row.snoozed_until:
                    ui.label(f"until {words.clock(case.row.snoozed_until, self._zone)}").classes("quiet")
            with table.cell():
                ui.label(words.waited(case.asked_at))
                if case.row.priority:
                    ui.label(words.PRIORITIES[case.row.priority]).classes("chip urgent")
            for clock in (case.first_response, case.resolution):
                with table.cell():
                    state = clock.state(now)
                    ui.label(_clock(clock, state, now)).classes(f"chip clock-{state}")
            with table.cell():
                sheets.button("Reassign", partial(self._reassign, case, colleagues))

    async def _reassign(self, case: Case, colleagues: Sequence[Colleague]) -> None:
        others = {
            one.id: f"{one.name} ({one.has} of {one.capacity}{'' if one.here else ', not here'})"
            for one in colleagues
            if one.id != case.assignee_id
        }
        if not others:
            ui.notify("There is nobody else.", type="warning", position="top")
            return
        explained = f"{case.row.name} is told who goes on."
        to = await sheets.choose("Give this conversation to", explained, others, action="Reassign")
        if to is not None:
            supervisor, id = self._visit.agent.id, case.row.id
            await self._visit.write(lambda session: conversations.reassign(session, id, supervisor, to_agent=to))
            await self._console.push.publish(id)
            await self._refresh()


def _tiles(now: Load) -> None:
    at = datetime.now(UTC)
    there = [one for one in now.colleagues if one.here and not one.away]
    free = sum(max(0, one.capacity - one.has) for one in there)
    oldest = words.waited(now.waiting[0].asked_at) if now.waiting else "–"
    too_long = any(case.late(at) for case in now.waiting[:1])
    late = sum(case.late(at) for case in now.cases)
    figures = (
        (str(len(now.waiting)), "waiting", False),
        (oldest, "longest wait, late" if too_long else "longest wait", too_long),
        (str(len(now.cases) - len(now.waiting)), "with a person", False),
        (str(len(there)), "people at the desk", False),
        (str(free), "more they can take", False),
        (str(late), "late", late > 0),
    )
    for figure, name, bad in figures:
        with ui.element("div").classes("tile" + (" bad" if bad else "")):
            ui.label(figure).classes("figure")
            ui.label(name).classes("quiet")


def _clock(clock: Clock, state: str, now: datetime) -> str:
    if state == "kept":
        return "Kept"
    if state == "late":
        return words.late((clock.kept_at or now) - clock.due_at)
    return f"{words.span(clock.due_at - now)} left"


def _part(title: str) -> ui.element:
    part = ui.element("section").classes("part")
    with part:
        ui.label(title).classes("sheet-title").props('role="heading" aria-level="2"')
    return part

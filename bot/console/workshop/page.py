"""The page itself: the list on the left, the chosen group or published answer on the right."""

import asyncio
from functools import partial

from nicegui import background_tasks, ui
from sqlalchemy.orm import Session

from bot import published
from bot.console.frame import Visit
from bot.console.workshop.group import GroupPanel
from bot.console.workshop.list import GroupList
from bot.console.workshop.published import draw_usage
from bot.errors import Unavailable
from bot.published import Draft
from bot.workshop import groups
from bot.workshop.groups import Group
from bot.workshop.workshop import Workshop

FRESH_S = 30.0  # new questions are looked for this often


class WorkshopPage:
    """State of one opened page: the groups, and which one is open."""

    def __init__(self, visit: Visit, workshop: Workshop) -> None:
        self._visit, self._workshop = visit, workshop
        self._groups: list[Group] = []
        self._open: str | None = None  # the group's id

    async def show(self) -> None:
        """Draw at once; the groups follow when the log has been read."""
        with ui.element("div").classes("workshop"):
            with ui.element("nav").classes("pane left").props('aria-label="Groups of questions"'):
                self._list = GroupList(choose=self._choose, show=self._show_tab)
                self._progress = ui.linear_progress(show_value=False).props("indeterminate size=3px")
            with ui.element("div").classes("pane middle scrolls"):
                self._main = ui.element("div").classes("sheetless")
        self._hint("Choose a group", "Questions that got no good answer, those that mean the same together.")
        self._client = ui.context.client
        following = background_tasks.create(self._follow(), name="console workshop")
        self._client.on_delete(lambda: following.cancel())

    async def _follow(self) -> None:
        await self._client.connected()
        while not self._client.is_deleted:
            with self._client:
                await self._refresh()
            await asyncio.sleep(FRESH_S)

    async def _refresh(self) -> None:
        try:
            self._groups = await self._workshop.groups()
        except Unavailable as error:
            self._list.fail(error.message)
            return
        finally:
            self._progress.set_visibility(False)
        usages = await asyncio.to_thread(self._workshop.usage)
        self._list.update(self._groups, published=len(usages), selected=self._open)

    async def _show_tab(self, tab: str) -> None:
        if tab == "published":
            await self._show_published()
        await self._refresh()

    async def _show_published(self) -> None:
        self._open = None
        usages = await asyncio.to_thread(self._workshop.usage)
        if self._open is not None:
            return  # the agent has chosen a group meanwhile
        wordings = {one.answer.template_id: self._workshop.wording(one.answer.template_id) for one in usages}
        self._main.clear()
        with self._main:
            draw_usage(
                usages,
                wordings=wordings,
                still={group.template_id: group.still_asked for group in self._groups},
                zone=self._visit.console.settings.time_zone,
                withdraw=self._withdraw,
            )

    async def _choose(self, group_id: str) -> None:
        group = next((group for group in self._groups if group.id == group_id), None)
        if group is None:
            return
        self._open = group.id
        self._list.update(self._groups, selected=group.id)
        self._main.clear()
        with self._main:
            panel = GroupPanel(
                group,
                self._workshop,
                zone=self._visit.console.settings.time_zone,
                publish=self._publish,
                set_aside=self._set_aside,
                withdraw=self._withdraw,
            )
            await panel.show()

    async def _publish(self, draft: Draft, group: Group) -> None:
        agent_id = self._visit.agent.id
        publish = partial(published.publish, draft=draft, by=agent_id, origin=group.id)
        if await self._visit.write(publish, deed="published an answer", answer=draft.template.id):
            ui.notify("Published. Customers get this answer from now on.", type="positive", position="top")
            await self._after(group.id)

    async def _withdraw(self, template_id: str) -> None:
        agent_id, place = self._visit.agent.id, self._open

        def withdraw(session: Session) -> bool:
            published.withdraw(session, template_id, by=agent_id)
            return True

        if await self._visit.write(withdraw, deed="took an answer back", answer=template_id):
            ui.notify("Taken back. Nobody gets this answer any more.", position="top")
            await self._after(place)

    async def _set_aside(self, group: Group) -> None:
        """No answer is wanted; once more, and one is."""
        agent_id = self._visit.agent.id
        again = group.state == "dismissed"

        def set_aside(session: Session) -> bool:
            groups.reopen(session, group.id) if again else groups.dismiss(session, group.id, by=agent_id)
            return True

        deed = "put a question back" if again else "set a question aside"
        if await self._visit.write(set_aside, deed=deed, group=group.id):
            await self._after(group.id)

    async def _after(self, place: str | None) -> None:
        """Draw anew where something was done, a group or the published answers, unless the agent has gone elsewhere."""
        await self._refresh()
        if self._open != place:
            return
        if place is not None:
            await self._choose(place)
        else:
            await self._show_published()

    def _hint(self, title: str, text: str) -> None:
        with self._main, ui.element("div").classes("placeholder"):
            ui.label(title).classes("placeholder-title")
            ui.label(text)

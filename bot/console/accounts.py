"""The admin's page: who may sign in, as what, and what each is assigned."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from bot import accounts, agents, review
from bot.console import sheets, table, words
from bot.console.frame import Visit
from bot.models import training
from bot.tables import Agent

KEEP = "Leave empty to keep the one there is"
COLUMNS = ("Name", "Role", "Team", "At a time", "First for", "Where", "")


class Accounts:
    """State of one opened page."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def show(self) -> None:
        with ui.element("div").classes("team"), ui.element("section").classes("part"):
            with ui.element("div").classes("part-head"):
                ui.label("Accounts").classes("sheet-title").props('role="heading" aria-level="1"')
                sheets.button("Add an account", self._add, main=True)
            self._table = ui.element("div").classes("table accounts").props('role="table" aria-label="Accounts"')
        await self._refresh()

    async def _refresh(self) -> None:
        everyone, here = await asyncio.to_thread(self._read)
        self._table.clear()
        with self._table:
            table.head(*COLUMNS)
            for agent in everyone:
                self._draw(agent, here=agent.id in here)

    def _read(self) -> tuple[Sequence[Agent], set[str]]:
        with self._visit.console.database.reading() as session:
            return agents.everyone(session), {agent.id for agent in agents.present(session)}

    def _draw(self, agent: Agent, *, here: bool) -> None:
        own = agent.id == self._visit.agent.id
        with table.line():
            with table.cell():
                ui.label(f"{agent.name} (you)" if own else agent.name).classes("strong")
                ui.label(agent.email).classes("quiet")
            table.cell(words.plain(agent.role))
            table.cell(agent.team or "–")
            table.cell(str(agent.capacity))
            table.cell(", ".join(words.plain(skill) for skill in agent.skills) or "Any topic")
            table.cell("Not here" if not here else "Away" if agent.away else "At the desk")
            with table.cell().classes("row-buttons"):
                sheets.button("Change", partial(self._change, agent)).props["aria-label"] = f"Change {agent.name}"
                if not own:
                    sheets.button("Close", partial(self._close, agent)).props["aria-label"] = f"Close {agent.name}"

    async def _add(self) -> None:
        admin = self._visit.agent.id
        await self._ask("Add an account", "Add", None, lambda session, told: accounts.add(session, admin, **told))

    async def _change(self, agent: Agent) -> None:
        admin, account = self._visit.agent.id, agent.id

        def change(session: Any, told: dict[str, Any]) -> Agent:
            return accounts.change(session, admin, account, **told)

        await self._ask(f"Change {agent.name}", "Save", agent, change)

    async def _close(self, agent: Agent) -> None:
        explained = "They cannot sign in any more. What they have goes back to the queue; what they wrote stays."
        if await sheets.confirm(f"Close {agent.name}'s account?", explained, action="Close the account"):
            admin, account = self._visit.agent.id, agent.id
            await self._visit.write(lambda session: accounts.close(session, admin, account))
            await self._refresh()

    async def _ask(
        self, title: str, action: str, agent: Agent | None, do: Callable[[Any, dict[str, Any]], Agent]
    ) -> None:
        """The sheet stays open until what is written in it can be done."""
        labels = await asyncio.to_thread(review.labels, training.intents_file(self._visit.console.settings))

        async def submit() -> None:
            told = form.told()
            if await self._visit.write(lambda session: do(session, told)) is not None:
                dialog.submit(None)

        with sheets.sheet(title) as dialog:
            form = Form(agent, skills={label.name: words.plain(label.name) for label in labels})
            sheets.buttons(dialog, action, submit)
        await dialog
        if not dialog.is_deleted:  # it goes with the page
            dialog.delete()
            await self._refresh()


class Form:
    """The fields of an account, filled in from `agent`."""

    def __init__(self, agent: Agent | None, *, skills: dict[str, str]) -> None:
        self._new = agent is None
        self._name = _field("Name, which customers see", agent.name if agent else "")
        if agent is None:
            self._email = _field("E-mail address", "")
        password = f"Password, at least {agents.PASSWORD_MIN} characters"
        self._password = _field(password, "").props('type="password" autocomplete="new-password"')
        if agent is not None:
            self._password.props["hint"] = KEEP
        roles = {role: words.plain(role) for role in agents.ROLES}
        self._role = ui.select(roles, value=agent.role if agent else "agent", label="Role")
        self._capacity = ui.number("Conversations at a time", value=agent.capacity if agent else 5, min=0, format="%d")
        self._team = _field("Team, may be empty", (agent.team if agent else None) or "")
        chosen = [skill for skill in agent.skills if skill in skills] if agent else []
        self._skills = ui.select(skills, value=chosen, label="First for these topics", multiple=True)
        for field in (self._role, self._capacity, self._skills):
            field.props("outlined dense options-dense").classes("wide")
        self._skills.props("use-chips")

    def told(self) -> dict[str, Any]:
        """What `accounts.add` or `accounts.change` wants."""
        told = {
            "name": self._name.value or "",
            "role": self._role.value,
            "password": self._password.value or ("" if self._new else None),
            "capacity": int(self._capacity.value or 0),
            "team": self._team.value or "",
            "skills": list(self._skills.value or ()),
        }
        return {**told, "email": self._email.value or ""} if self._new else told


def _field(label: str, value: str) -> ui.input:
    field = ui.input(label, value=value).props("outlined dense")
    return field.classes("wide")

"""What every page of the console shares: who has it open, what it works with, and the bar on top.

A page left open is no permission: whatever writes goes through `Visit.write`, which asks again whose session it is.
A new page is an entry in `PAGES` and a function in `pages.py`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from nicegui import background_tasks, ui
from nicegui.client import Client
from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.console.signin import SignIn
from bot.console.telling import Telling
from bot.database import Database
from bot.errors import BotError, NotSignedIn
from bot.models.port import Understanding
from bot.push import Push
from bot.settings import Settings
from bot.shop.port import Shop
from bot.tables import Agent
from nlu.explain import Explanation

PATH = "/console"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"  # under `PATH`
PAGES = (("Desk", "/"), ("Review", "/review"), ("Answers", "/answers"))  # title, path under `PATH`
SUPERVISOR_PAGES = (("Team", "/team"), ("Reports", "/reports"))
ADMIN_PAGES = (("Accounts", "/accounts"),)
HEARTBEAT_S = 20.0
DESK = PAGES[0][0]
SCRIPTS = tuple(Path(__file__).with_name(f"{name}.js") for name in ("keys", "news"))

T = TypeVar("T")


@dataclass(frozen=True)
class Console:
    """What the console works with; the composition root makes it."""

    settings: Settings
    database: Database
    shop: Shop
    push: Push
    understanding: Understanding
    explain: Callable[[str], Explanation]  # blocking; raises `nlu.errors.NluError`


@dataclass(frozen=True)
class Visit:
    """One opened page: by whom, and with which session."""

    console: Console
    sign_in: SignIn
    cookie: str
    agent: Agent

    async def write(self, do: Callable[[Session], T], *, deed: str = "", **details: Any) -> T | None:
        """`do` in a transaction of its own; None when it could not be done, and the agent has been told why.

        `deed`: what it is called in the audit trail, with its details as in `conversations.did`; functions of
        `bot.conversations` write their own.
        """
        return await self.attempt(lambda: self._write(do, deed, details))

    async def attempt(self, do: Callable[[], T]) -> T | None:
        """The same for what takes its own transactions."""
        try:
            return await asyncio.to_thread(self._signed_in, do)
        except NotSignedIn:
            ui.navigate.to(SIGN_IN)
        except BotError as error:
            ui.notify(error.message, type="negative", position="top")
        return None

    def _signed_in(self, do: Callable[[], T]) -> T:
        self.sign_in.who(self.cookie)
        return do()

    def _write(self, do: Callable[[Session], T], deed: str, details: dict[str, Any]) -> T:
        with self.console.database.writing() as session:
            done = do(session)
            if deed:
                conversations.did(session, self.agent.id, deed, **details)
            return done


@contextmanager
def page(visit: Visit, *, here: str) -> Iterator[None]:
    """Draw the bar with `here` marked; what is drawn inside comes below it.

    While it is open the agent is present, and told what they should hear of.
    """
    for script in SCRIPTS:
        add_script(script)
    with ui.element("div").classes("page"):
        away = _bar(visit, here)
        yield
    console, client = visit.console, ui.context.client
    telling = Telling(
        console.database,
        console.shop,
        console.push,
        agent_id=visit.agent.id,
        automatic=console.settings.assignment == "automatic",
        at_desk=here == DESK,
        path=f"{PATH}/",
    )
    _while_open(client, _stay(visit, client, away), name="console presence")
    _while_open(client, telling.follow(client), name="console news")


def add_script(file: Path) -> None:
    """Let this page's browser run it."""
    ui.add_body_html(f"<script>{file.read_text()}</script>")


def _while_open(client: Client, doing: Coroutine[Any, Any, None], *, name: str) -> None:
    task = background_tasks.create(doing, name=name)
    client.on_delete(lambda: task.cancel())


def _bar(visit: Visit, here: str) -> ui.switch:
    with ui.element("header").classes("bar"):
        ui.label("S").classes("brand-mark").props('aria-hidden="true"')
        ui.label(visit.console.settings.shop_name).classes("bar-shop")
        with ui.element("nav").classes("bar-pages").props('aria-label="Console"'):
            for title, path in _pages(visit.agent.role):
                current = "page" if title == here else "false"
                ui.link(title, path).classes("bar-page").props(f'aria-current="{current}"')
        with ui.element("button").classes("plain notify-me").props('type="button"') as notify:
            ui.label("Notify me")
        notify.on("click", js_handler="() => shopkeeperAskToNotify()")
        ui.label(f"{visit.agent.name}, {visit.agent.role}").classes("quiet")
        away = ui.switch("Away", value=visit.agent.away).props(
            'dense aria-keyshortcuts="a" title="While you are away you get nothing new (a)"'
        )
        away.classes("away").on_value_change(lambda event: visit.write(partial(_set_away, visit.agent.id, event.value)))
        with (
            ui.element("form").props(f'method="post" action="{PATH}{SIGN_OUT}"'),
            ui.element("button").classes("plain").props('type="submit"'),
        ):
            ui.label("Sign out")
    return away


def _pages(role: str) -> Sequence[tuple[str, str]]:
    supervising = SUPERVISOR_PAGES if role in agents.SUPERVISORS else ()
    return (*PAGES, *supervising, *(ADMIN_PAGES if role == agents.ADMIN else ()))


def _set_away(agent_id: str, away: bool, session: Session) -> None:
    if agents.set_away(session, agent_id, away=away):
        conversations.did(session, agent_id, "went away" if away else "came back")


async def _stay(visit: Visit, client: Client, away: ui.switch) -> None:
    """Presence: while a browser is connected and the session is good. Who was set away meanwhile sees it at once."""

    def seen(session: Session) -> Agent | None:
        agents.seen(session, visit.agent.id)
        return agents.find(session, visit.agent.id)

    await client.connected()
    while not client.is_deleted:
        if client.has_socket_connection:
            with client:
                agent = await visit.write(seen)
                if agent is not None and agent.away and not away.value:
                    ui.navigate.reload()
        await asyncio.sleep(HEARTBEAT_S)

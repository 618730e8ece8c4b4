"""Above the messages: whose conversation it is, why it was handed over, and what can be done with it."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from bot import conversations
from bot.console import words
from bot.console.readings import Open

RESOLVED = ("Solved", "Customer does not answer", "Not possible", "Not a question for us")


class Header:
    """`act(function, *arguments)` carries out a function of `bot.conversations` on the open conversation."""

    def __init__(self, *, act: Callable[..., Awaitable[bool]]) -> None:
        self._act = act
        with ui.element("header").classes("top"):
            with ui.element("div").classes("top-text"):
                self._name = ui.label().classes("top-name").props('role="heading" aria-level="1"')
                self._state = ui.label().classes("quiet")
            self._take = _button("Take", self._do(conversations.take), main=True)
            self._release = _button("Release to the bot", self._ask_release)
            self._resolve = _button("Resolve", self._ask_resolve)
        with ui.element("div").classes("summary") as self._summary:
            self._why = ui.label().classes("summary-title")
            self._what = ui.label().classes("summary-text")

    def update(self, now: Open, *, agent_id: str) -> None:
        mine = now.assignee_id == agent_id
        self._name.set_text(now.name)
        self._state.set_text(_state(now, mine=mine))
        self._take.set_visibility(now.state in ("queued", "bot"))
        self._take.set_text("Take" if now.state == "queued" else "Take over from the bot")
        self._release.set_visibility(mine)
        self._resolve.set_visibility(mine or now.state == "queued")
        self._summary.set_visibility(bool(now.reason or now.summary))
        self._why.set_text(f"Handed over: {words.REASONS.get(now.reason or '', words.plain(now.reason))}")
        self._what.set_text(now.summary or "")

    def _do(self, function: Callable[..., Any], *arguments: str) -> Callable[[], Awaitable[bool]]:
        async def done() -> bool:
            return await self._act(function, *arguments)

        return done

    async def _ask_release(self) -> None:
        with ui.dialog() as dialog, ui.element("div").classes("sheet"):
            ui.label("Release to the bot").classes("sheet-title")
            ui.label("The bot answers from here on. Say in a sentence what was settled; customers do not see it.")
            said = ui.textarea("What was settled").props("outlined autofocus").classes("wide")
            _dialog_buttons(dialog, "Release", lambda: dialog.submit(said.value or ""))
        settled = await dialog
        if settled is not None:
            await self._act(conversations.release, settled.strip())

    async def _ask_resolve(self) -> None:
        with ui.dialog() as dialog, ui.element("div").classes("sheet"):
            ui.label("Resolve the conversation").classes("sheet-title")
            ui.label("The customer is told that it is closed; writing again opens it.")
            reason = ui.radio(list(RESOLVED), value=RESOLVED[0]).props("dense").classes("reasons")
            _dialog_buttons(dialog, "Resolve", lambda: dialog.submit(reason.value))
        chosen = await dialog
        if chosen is not None:
            await self._act(conversations.resolve, chosen)


def _state(now: Open, *, mine: bool) -> str:
    if now.state == "assigned":
        return "With you" if mine else f"With {now.assignee}"
    if now.state == "queued" and now.waiting_since:
        return f"Waiting for {words.waited(now.waiting_since)}"
    return words.STATES.get(now.state, now.state)


def _button(title: str, action: Callable[[], Any], *, main: bool = False) -> ui.button:
    style = "unelevated color=primary" if main else "outline color=primary"
    return ui.button(title, on_click=action).props(f"{style} no-caps dense").classes("action")


def _dialog_buttons(dialog: ui.dialog, title: str, action: Callable[[], Any]) -> None:
    with ui.element("div").classes("sheet-buttons"):
        _button("Cancel", dialog.close)
        _button(title, action, main=True)

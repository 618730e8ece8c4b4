"""Below the messages: the answer to the customer, or a note for colleagues; never the one taken for the other."""

import time
from collections.abc import Awaitable, Callable

from nicegui import events, ui

from bot.console.readings import Open

ENTER = """(event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  emit(event.target.value);
}"""
TYPING_EVERY_S = 3.0


class Composer:
    """`send(text, note)` returns whether it went out; only then the box is emptied."""

    def __init__(self, *, send: Callable[[str, bool], Awaitable[bool]], typing: Callable[[], Awaitable[None]]) -> None:
        self._send, self._typing = send, typing
        self._note = False
        self._told_at = 0.0
        with ui.element("footer").classes("composer") as self._box:
            with ui.element("div").classes("modes").props('role="group" aria-label="What to write"'):
                self._answer_mode = self._mode("Answer", note=False)
                self._note_mode = self._mode("Note", note=True)
                self._hint = ui.label().classes("hint").props('role="status"')
            with ui.element("div").classes("write"):
                self._text = ui.textarea().props("outlined autogrow dense").classes("wide")
                self._text.on("keydown", self._entered, js_handler=ENTER)
                self._text.on_value_change(self._changed)
                self._button = ui.button("Send", on_click=self._clicked).props("unelevated no-caps color=primary")

    def update(self, now: Open, *, agent_id: str, typing: bool) -> None:
        mine = now.assignee_id == agent_id
        if not mine and not self._note:
            blocked = (
                "This conversation is resolved." if now.state == "resolved" else "Take the conversation to answer."
            )
            self._hint.set_text(blocked)
        else:
            self._hint.set_text(f"{now.name} is typing…" if typing else "")
        may_write = mine or self._note
        self._text.set_enabled(may_write)
        self._button.set_enabled(may_write)
        self._now, self._agent_id = now, agent_id
        label = "Note for colleagues, not shown to the customer" if self._note else f"Answer {now.name}"
        self._text.props(f'placeholder="{_attribute(label)}…" aria-label="{_attribute(label)}"')

    def clear(self) -> None:
        self._text.set_value("")
        self._choose(note=False)

    def _mode(self, title: str, *, note: bool) -> ui.element:
        with ui.element("button").classes("mode").props('type="button"') as button:
            ui.label(title)
        button.on("click", lambda: self._chosen(note=note))
        return button

    def _chosen(self, *, note: bool) -> None:
        self._choose(note=note)
        self.update(self._now, agent_id=self._agent_id, typing=False)
        self._text.run_method("focus")

    def _choose(self, *, note: bool) -> None:
        self._note = note
        self._answer_mode.props(f'aria-pressed="{str(not note).lower()}"')
        self._note_mode.props(f'aria-pressed="{str(note).lower()}"')
        self._box.classes(remove="noting").classes(add="noting" if note else "")
        self._button.set_text("Add note" if note else "Send")

    async def _entered(self, event: events.GenericEventArguments) -> None:
        await self._submit(str(event.args))

    async def _clicked(self) -> None:
        await self._submit(self._text.value or "")

    async def _submit(self, written: str) -> None:
        text = written.strip()
        if text and self._text.enabled and await self._send(text, self._note):
            self._text.set_value("")

    async def _changed(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        if not event.value or self._note or time.monotonic() - self._told_at < TYPING_EVERY_S:
            return
        self._told_at = time.monotonic()
        await self._typing()


def _attribute(text: str) -> str:
    """A name within NiceGUI's props, which are quoted."""
    return text.replace("\\", "").replace('"', "")

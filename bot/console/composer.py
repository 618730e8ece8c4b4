"""Below the messages: the answer to the customer, or a note for colleagues; never the one taken for the other.

Suggested replies stand above the box; nothing is sent that the agent has not seen in it.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

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
        self._texts: list[str] = []
        with ui.element("footer").classes("composer") as self._box:
            self._offers = ui.element("div").classes("offers").props('role="group" aria-label="Suggested replies"')
            ui.keyboard(on_key=self._pressed, ignore=[])
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

    def suggest(self, texts: Sequence[str]) -> None:
        """Offer these, the best first; Alt and the number puts one into the box."""
        self._texts = list(texts)
        self._offers.clear()
        with self._offers:
            for number, text in enumerate(self._texts, 1):
                with ui.element("button").classes("offer").props('type="button"') as button:
                    ui.label(f"Alt+{number}").classes("key").props('aria-hidden="true"')
                    ui.label(text).classes("offer-text")
                button.props["aria-keyshortcuts"] = f"Alt+{number}"
                button.on("click", lambda number=number: self._insert(number))
        self._show_offers()

    def clear(self) -> None:
        self._text.set_value("")
        self.suggest([])
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
        self._show_offers()
        self._answer_mode.props(f'aria-pressed="{str(not note).lower()}"')
        self._note_mode.props(f'aria-pressed="{str(note).lower()}"')
        self._box.classes(remove="noting").classes(add="noting" if note else "")
        self._button.set_text("Add note" if note else "Send")

    def _show_offers(self) -> None:
        self._offers.set_visibility(bool(self._texts) and not self._note)

    def _pressed(self, event: events.KeyEventArguments) -> None:
        number = event.key.code.removeprefix("Digit")
        if event.action.keydown and event.modifiers.alt and number.isdigit():
            self._insert(int(number))

    def _insert(self, number: int) -> None:
        """The suggestion, after what the agent has written already."""
        if self._offers.visible and 1 <= number <= len(self._texts) and self._text.enabled:
            written = (self._text.value or "").rstrip()
            self._text.set_value(f"{written}\n{self._texts[number - 1]}".lstrip())
            self._text.run_method("focus")

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

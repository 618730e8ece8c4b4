"""Below the messages: the answer to the customer, or a note for colleagues; never the one taken for the other.

Each has a box of its own, so that the browser goes from one to the other by itself and no letter waits for the server.
Suggested replies stand above the answer's, and after a "/" the shop's answers; nothing is sent that the agent has not
seen in it. What was begun and not sent waits for the agent to come back.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

from nicegui import events, ui

from bot.console.drafts import Drafts, Place
from bot.console.readings import Open

ENTER = """(event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  emit(event.target.value);
}"""
SWITCH = "(event) => {{ shopkeeperWrite(event.currentTarget, {note}); emit(); }}"
TYPING_EVERY_S = 3.0
SLASH = "/"
NOTE = "Note for colleagues, not shown to the customer"

Offer = tuple[str, str]  # what it is called, may be empty, and the text


class Composer:
    """`send(text, note)` returns whether it went out; only then the box is emptied."""

    def __init__(
        self,
        drafts: Drafts,
        *,
        agent_id: str,
        send: Callable[[str, bool], Awaitable[bool]],
        typing: Callable[[], Awaitable[None]],
        canned: Callable[[str], Awaitable[list[Offer]]],
        draft: Callable[[], Awaitable[str | None]],
    ) -> None:
        """`canned(words)` finds answers of the shop, `draft()` is what the bot would say."""
        self._drafts, self._agent_id = drafts, agent_id
        self._send, self._typing, self._canned, self._draft = send, typing, canned, draft
        self._note = False
        self._told_at = 0.0
        self._suggested: list[Offer] = []
        self._offered: list[Offer] = []
        with ui.element("footer").classes("composer") as self._box:
            self._offers = ui.element("div").classes("offers").props('role="group" aria-label="Suggested replies"')
            with ui.element("div").classes("modes").props('role="group" aria-label="What to write"'):
                self._answer_mode = self._mode("Answer", key="r", note=False)
                self._note_mode = self._mode("Note", key="n", note=True)
                with ui.element("button").classes("mode").props('type="button"') as self._drafting:
                    ui.label("As the bot would")
                self._drafting.props('aria-keyshortcuts="b" title="Put what the bot would answer into the box (b)"')
                self._drafting.on("click", self._put_draft)
                self._hint = ui.label().classes("hint").props('role="status"')
            self._text, self._button = self._field("Send", note=False)
            self._text.on_value_change(self._changed)
            self._note_text, _ = self._field("Add note", note=True)
            self._note_text.props(f'placeholder="{NOTE}…" aria-label="{NOTE}"')

    def open(self, now: Open) -> None:
        """Another conversation, or the same anew: with what the agent had begun to write there."""
        self._now = now
        self.suggest([])
        self._told_at = time.monotonic()  # to find one's draft again is not to type
        answer, note = (self._drafts.find(self._place(note=note)) for note in (False, True))
        self._text.set_value(answer)
        self._note_text.set_value(note)
        self._choose(note=bool(note and not answer))
        self.update(now, typing=False)

    def update(self, now: Open, *, typing: bool) -> None:
        mine = now.assignee_id == self._agent_id
        if not mine and not self._note:
            blocked = (
                "This conversation is resolved." if now.state == "resolved" else "Take the conversation to answer."
            )
            self._hint.set_text(blocked)
        else:
            self._hint.set_text(f"{now.name} is typing…" if typing else "")
        self._text.set_enabled(mine)
        self._button.set_enabled(mine)
        self._drafting.set_visibility(mine and not self._note)
        self._now = now
        label = _attribute(f"Answer {now.name}")
        self._text.props(f'placeholder="{label}, or / for the shop\'s answers…" aria-label="{label}"')

    def suggest(self, texts: Sequence[str]) -> None:
        """Offer these, the best first; Alt and the number puts one into the box."""
        self._suggested = [("", text) for text in texts]
        if not self._searches(self._text.value):
            self._offer(self._suggested)

    def _offer(self, offered: Sequence[Offer]) -> None:
        self._offered = list(offered)
        self._offers.clear()
        with self._offers:
            for number, (name, text) in enumerate(self._offered, 1):
                with ui.element("button").classes("offer").props('type="button"') as button:
                    ui.label(f"Alt+{number}").classes("key").props('aria-hidden="true"')
                    with ui.element("div").classes("offer-text"):
                        if name:
                            ui.label(name).classes("strong")
                        ui.label(text)
                button.props["aria-keyshortcuts"] = f"Alt+{number}"
                button.on("click", lambda number=number: self._insert(number))
        self._show_offers()

    def _mode(self, title: str, *, key: str, note: bool) -> ui.element:
        with ui.element("button").classes("mode").props('type="button"') as button:
            ui.label(title)
        button.props(f'aria-keyshortcuts="{key}" title="{title} ({key})"')
        button.on("click", lambda: self._chosen(note=note), js_handler=SWITCH.format(note=str(note).lower()))
        return button

    def _field(self, action: str, *, note: bool) -> tuple[ui.textarea, ui.button]:
        with ui.element("div").classes(f"write {'for-note' if note else 'for-answer'}"):
            text = ui.textarea().props("outlined autogrow dense").classes("wide")
            text.on("keydown", lambda event: self._submit(str(event.args), note=note), js_handler=ENTER)
            text.on_value_change(lambda event: self._drafts.keep(self._place(note=note), event.value or ""))
            button = ui.button(action, on_click=lambda: self._submit(text.value or "", note=note))
            return text, button.props("unelevated no-caps color=primary")

    def _chosen(self, *, note: bool) -> None:
        self._choose(note=note)
        self.update(self._now, typing=False)
        if not note:
            self._text.run_method("focus")  # it may have been closed when the browser tried

    def _choose(self, *, note: bool) -> None:
        self._note = note
        self._show_offers()
        self._answer_mode.props(f'aria-pressed="{str(not note).lower()}"')
        self._note_mode.props(f'aria-pressed="{str(note).lower()}"')
        self._box.classes(remove="noting").classes(add="noting" if note else "")

    def _place(self, *, note: bool) -> Place:
        return Place(self._agent_id, self._now.id, note)

    def _show_offers(self) -> None:
        self._offers.set_visibility(bool(self._offered) and not self._note)

    def _insert(self, number: int) -> None:
        """The offer, after what the agent has written already."""
        if self._offers.visible and 1 <= number <= len(self._offered) and self._text.enabled:
            self._put(self._offered[number - 1][1])

    def _put(self, text: str) -> None:
        written = "" if self._searches(self._text.value) else (self._text.value or "").rstrip()
        self._text.set_value(f"{written}\n{text}".lstrip())
        self._text.run_method("focus")

    async def _put_draft(self) -> None:
        text = await self._draft()
        if text is not None and self._text.enabled and not self._note:
            self._put(text)

    def _searches(self, written: str | None) -> bool:
        """Whether the box holds a search for an answer and not one."""
        return (written or "").startswith(SLASH)

    async def _submit(self, written: str, *, note: bool) -> None:
        text = written.strip()
        if not note and self._searches(text):
            found = await self._canned(text.removeprefix(SLASH))
            if found:
                self._text.set_value("")
                self._put(found[0][1])
            else:
                ui.notify("No answer of the shop has these words.", type="warning", position="top")
        elif text and (note or self._text.enabled):
            place = self._place(note=note)
            if await self._send(text, note):
                self._sent(place)

    def _sent(self, place: Place) -> None:
        """The agent may have gone on to another conversation meanwhile."""
        self._drafts.keep(place, "")
        if place == self._place(note=place.note):
            (self._note_text if place.note else self._text).set_value("")

    async def _changed(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        if self._searches(event.value):
            found = await self._canned(str(event.value).removeprefix(SLASH))
            if self._text.value == event.value:
                self._offer(found)
            return
        if self._offered != self._suggested:
            self._offer(self._suggested)
        if not event.value or time.monotonic() - self._told_at < TYPING_EVERY_S:
            return
        self._told_at = time.monotonic()
        await self._typing()


def _attribute(text: str) -> str:
    """A name within NiceGUI's props, which are quoted."""
    return text.replace("\\", "").replace('"', "")

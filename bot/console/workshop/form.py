"""The form: questions, one answer, and what it would have done before anybody publishes it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui

from bot.console import words
from bot.errors import Unavailable
from bot.published import Draft
from bot.workshop.drafting import FieldRefused, Fields
from bot.workshop.groups import Group
from bot.workshop.rehearsal import Caught, Rehearsal
from bot.workshop.workshop import Workshop

SHOWN = 8  # messages of each list


class AnswerForm:
    """Filled in as far as possible; the agent's one edit is what is left."""

    def __init__(
        self,
        group: Group,
        workshop: Workshop,
        *,
        fields: Fields,
        slots: Mapping[str, str],
        vocabulary: frozenset[str],
        publish: Callable[[Draft, Group], Awaitable[None]],
    ) -> None:
        self._group, self._workshop, self._vocabulary, self._publish = group, workshop, vocabulary, publish
        ui.label("Make an answer").classes("fact-title").props('role="heading" aria-level="2"')
        self._questions = _area("Questions, one a line", "\n".join(fields.questions))
        self._wording = _area("Answer", fields.wording)
        self._suspects = ui.label().classes("hint-line").props('role="status"')
        shown = {name: f"{{{name}}} · {said}" for name, said in slots.items()}
        self._slot = ui.select(shown, label="Put in a fact of the shop", with_input=True, on_change=self._insert)
        self._slot.props("outlined dense options-dense").classes("wide")
        self._intents = _intents(fields.intents) if fields.intents else None
        with ui.element("div").classes("sheet-buttons"):
            self._ask = ui.button("What would it have answered?", on_click=self._rehearse)
            self._ask.props("outline no-caps dense color=primary").classes("action")
            ui.button("Publish", on_click=self._go).props("unelevated no-caps dense color=primary").classes("action")
        self._progress = ui.linear_progress(value=0, show_value=False).props("size=3px")
        self._progress.set_visibility(False)
        self._result = ui.element("div").classes("rehearsal").props('aria-live="polite"')
        self._questions.on_value_change(self._edited)
        self._wording.on_value_change(self._edited)
        self._point_out()

    async def use(self, text: str) -> None:
        """An agent's answer, without what belongs to one customer."""
        self._wording.set_value(await asyncio.to_thread(self._workshop.for_anybody, text, self._group))

    def _fields(self) -> Fields:
        questions = tuple((self._questions.value or "").splitlines())
        return Fields(questions, self._wording.value or "", tuple(self._intents.value or ()) if self._intents else ())

    async def _checked(self) -> Draft | None:
        """What can be published; None when a field is wrong, which then says so."""
        for area in (self._questions, self._wording):
            _mark(area, None)
        try:
            return await asyncio.to_thread(self._workshop.check, self._fields(), self._group)
        except FieldRefused as error:
            _mark(self._questions if error.field == "questions" else self._wording, error.message)
            return None

    async def _go(self) -> None:
        draft = await self._checked()
        if draft is not None:
            await self._publish(draft, self._group)

    async def _rehearse(self) -> None:
        draft = await self._checked()
        if draft is None:
            return
        self._ask.disable()
        self._progress.set_value(0)
        self._progress.set_visibility(True)
        self._result.clear()
        try:
            would = await self._workshop.rehearse(draft, self._group, self._progress.set_value)
        except Unavailable as error:
            ui.notify(error.message, type="negative", position="top")
            return
        finally:
            self._ask.enable()
            self._progress.set_visibility(False)
        with self._result:
            draw_rehearsal(would)

    def _insert(self) -> None:
        """The chosen slot goes to the answer's end, where the agent moves it from."""
        if self._slot.value:
            self._wording.set_value(f"{(self._wording.value or '').rstrip()} {{{self._slot.value}}}".lstrip())
            self._slot.set_value(None)

    def _edited(self) -> None:
        self._result.clear()
        self._point_out()

    def _point_out(self) -> None:
        found = self._workshop.suspects(self._fields(), self._vocabulary)
        said = ", ".join(f"“{word}”" for word in found)
        self._suspects.set_text(f"Everybody will read this. Right for all of them? {said}" if found else "")


def draw_rehearsal(would: Rehearsal) -> None:
    """Lists with counts into the current container."""
    ui.label(f"Against the latest {would.looked_at:,} questions of customers").classes("quiet")
    _list(f"Answers {len(would.answered)} of this group", [(text, "") for text in would.answered], "good")
    _list(f"Misses {len(would.missed)} of this group", [(one.text, one.why) for one in would.missed], "middling")
    wrong = [(one.text, _had(one)) for one in would.wrong]
    _list(f"Wrongly catches {len(wrong)} that had a good answer", wrong, "bad")
    _list(f"Also answers {len(would.also)} others without one", [(text, "") for text in would.also], "middling")


def _had(caught: Caught) -> str:
    had = f"had: {words.plain(caught.instead)}" if caught.instead else "had an answer"
    return f"{had}, which the customer gave a thumb up" if caught.helped else had


def _list(title: str, rows: Sequence[tuple[str, str]], tone: str) -> None:
    with ui.element("section").classes(f"outcome {tone if rows else ''}"):
        ui.label(title).classes("strong").props('role="heading" aria-level="3"')
        for text, why in list(dict.fromkeys(rows))[:SHOWN]:
            with ui.element("div").classes("outcome-row"):
                ui.label(text)
                if why:
                    ui.label(why).classes("quiet")
        if len(rows) > SHOWN:
            ui.label(f"and {len(rows) - SHOWN} more").classes("quiet")


def _area(label: str, value: str) -> ui.textarea:
    return ui.textarea(label, value=value).props("outlined autogrow dense debounce=400").classes("wide")


def _intents(intents: Sequence[str]) -> ui.select:
    shown = {intent: words.plain(intent) for intent in intents}
    chosen = ui.select(shown, label="Also for messages understood as", multiple=True, value=list(intents))
    return chosen.props("outlined dense options-dense use-chips").classes("wide")


def _mark(area: ui.textarea, message: str | None) -> None:
    """Show what is wrong at the field, or take it away."""
    area.props(remove="error error-message")
    if message is not None:
        area.props["error"], area.props["error-message"] = True, message
    area.update()

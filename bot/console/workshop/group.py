"""One group: what customers asked, what the bot came nearest to, what agents answered, and the form."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import ui

from bot.console import words
from bot.console.workshop.form import AnswerForm
from bot.errors import Unavailable
from bot.published import Draft
from bot.workshop.groups import Group
from bot.workshop.questions import Question
from bot.workshop.workshop import Workshop

WHY = {"unanswered": "No answer", "handed_over": "Handed over", "not_helpful": "Did not help"}
SHOWN = 12  # questions; the rest is counted


class GroupPanel:
    """Draws itself into the current container with `show`."""

    def __init__(
        self,
        group: Group,
        workshop: Workshop,
        *,
        zone: str,
        publish: Callable[[Draft, Group], Awaitable[None]],
        set_aside: Callable[[Group], Awaitable[None]],
        withdraw: Callable[[str], Awaitable[None]],
    ) -> None:
        self._group, self._workshop, self._zone = group, workshop, zone
        self._publish, self._set_aside, self._withdraw = publish, set_aside, withdraw
        self._form: AnswerForm | None = None

    async def show(self) -> None:
        group = self._group
        with ui.element("header").classes("group-top"):
            with ui.element("div").classes("top-text"):
                ui.label(group.name).classes("top-name").props('role="heading" aria-level="1"')
                ui.label(_numbers(group)).classes("quiet")
            self._draw_action()
        self._nearest = ui.element("section").classes("nearest").props('aria-label="Nearest answer"')
        with ui.element("div").classes("group-columns"):
            with ui.element("section").classes("asked").props('aria-label="What customers asked"'):
                ui.label("What customers asked").classes("fact-title").props('role="heading" aria-level="2"')
                for question in group.questions[:SHOWN]:
                    self._question(question)
                if group.asked > SHOWN:
                    ui.label(f"and {group.asked - SHOWN} more").classes("quiet")
            with ui.element("section").classes("making").props('aria-label="Make an answer"'):
                if group.state == "published":
                    self._draw_published()
                else:
                    await self._draw_form()
        await self._draw_nearest()

    def _draw_action(self) -> None:
        if self._group.state != "published":
            title = "Put back to open" if self._group.state == "dismissed" else "No answer needed"
            button = ui.button(title, on_click=lambda: self._set_aside(self._group))
            button.props("outline no-caps dense color=primary").classes("action")

    async def _draw_form(self) -> None:
        fields = await asyncio.to_thread(self._workshop.begin, self._group)
        slots = await asyncio.to_thread(self._workshop.slots)
        vocabulary = await asyncio.to_thread(self._workshop.words)
        self._form = AnswerForm(
            self._group, self._workshop, fields=fields, slots=slots, vocabulary=vocabulary, publish=self._publish
        )

    def _draw_published(self) -> None:
        name = self._group.template_id or ""
        ui.label("Published").classes("fact-title").props('role="heading" aria-level="2"')
        ui.label(self._workshop.wording(name)).classes("answer-text")
        again = self._group.still_asked
        if again:
            ui.label(f"Asked {again} times since without getting this answer.").classes("quiet")
        button = ui.button("Take back", on_click=lambda: self._withdraw(name))
        button.props("outline no-caps dense color=primary").classes("action")

    async def _draw_nearest(self) -> None:
        """By the index that is live now; without models the page does without."""
        try:
            hit = await self._workshop.nearest(self._group.example.text)
        except Unavailable as error:
            with self._nearest:
                ui.label(error.message).classes("quiet")
            return
        with self._nearest:
            if hit is None:
                ui.label("There is no answer that could be near.").classes("quiet")
                return
            fits = "which is near enough to be given" if hit.fits else "too far to be given"
            ui.label(f"Nearest answer now: {words.plain(hit.template_id)}, {hit.score:.2f}, {fits}").classes("strong")
            ui.label(await asyncio.to_thread(self._workshop.wording, hit.template_id)).classes("quiet")

    def _question(self, question: Question) -> None:
        with ui.element("div").classes("asked-one"):
            ui.label(question.text).classes("bubble")
            with ui.element("div").classes("chips"):
                for why in question.why:
                    ui.label(WHY[why]).classes(f"chip {'negative' if why == 'not_helpful' else 'reason'}")
                link = ui.link(words.clock(question.at, self._zone), f"/?conversation={question.conversation_id}")
                link.classes("quiet").props('title="Open the conversation"')
            for text in question.said:
                self._said(text)

    def _said(self, text: str) -> None:
        with ui.element("div").classes("said"):
            ui.label(f"Agent: {text}").classes("said-text")
            if self._group.state != "published":
                button = ui.button("Use", on_click=lambda: self._use(text))
                button.props('flat no-caps dense color=primary aria-label="Use this answer"')

    async def _use(self, text: str) -> None:
        if self._form is not None:
            await self._form.use(text)


def _numbers(group: Group) -> str:
    counts = [(group.count(why), title.lower()) for why, title in WHY.items()]
    times = "once" if group.asked == 1 else f"{group.asked} times"
    return " · ".join([f"Asked {times}", *(f"{count} {title}" for count, title in counts if count)])

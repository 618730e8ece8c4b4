"""The page Reports: the form, the report when it has been made, and the conversations behind any of its numbers."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import background_tasks, events, ui
from sqlalchemy import select

from bot.console import sheets, words
from bot.console.frame import Visit
from bot.console.reports import filters, making
from bot.console.reports.archive import Archive, Made
from bot.console.reports.question import Question
from bot.console.reports.routes import address
from bot.console.rows import Row, rows_of
from bot.errors import BotError
from bot.tables import Conversation

PARTS = {
    "findings": "First",
    "topics": "Topics",
    "people": "People",
    "mood": "Mood",
    "suggestions": "Suggestions",
    "gaps": "Unanswered",
    "others": "More",
    "by-channel": "Channels",
    "by-intent": "Intents",
    "by-segment": "Segments",
    "by-agent": "Agents",
    "by-day": "Days",
    "skills": "The bot",
    "predictions": "Foreseen",
}
FILES = {making.PAGE: "Page", making.PAPER: "PDF", making.TABLES: "Tables (CSV)"}
PRESSED = (
    "(event) => { const number = event.target.closest('[data-number]'); if (number) emit(number.dataset.number); }"
)


class ReportsPage:
    """State of one opened page."""

    def __init__(self, visit: Visit, archive: Archive, question: Question) -> None:
        self._console, self._archive = visit.console, archive
        self._zone = ZoneInfo(self._console.settings.time_zone)
        self._question = question
        self._made: Made | None = None

    async def show(self) -> None:
        """Draw the form at once, and the report when it is there."""
        self._question = await asyncio.to_thread(self._dated)
        choices = await asyncio.to_thread(filters.read, self._console)
        with ui.element("div").classes("reports"):
            ui.html(filters.draw(self._question, choices, zone=self._zone), sanitize=False).classes("part asking")
            with ui.element("div").classes("part waiting") as self._waiting:
                self._step = ui.label("The report is being made…").props('role="status"')
                with ui.element("div").classes("meter"):
                    self._bar = ui.element("i").style("width: 4%")
            self._report = ui.element("div").classes("report")
        client = ui.context.client
        task = background_tasks.create(self._make(), name="console report")
        client.on_delete(lambda: task.cancel())

    def _dated(self) -> Question:
        with self._console.database.reading() as session:
            return self._question.dated(session, self._zone, datetime.now(UTC))

    async def _make(self) -> None:
        try:
            made = await self._archive.report(self._question, self._tell)
        except BotError as error:
            self._waiting.set_visibility(False)
            with self._report:
                ui.label(error.message).classes("part problem").props('role="alert"')
            return
        self._made = made
        self._waiting.set_visibility(False)
        with self._report:
            self._head(made)
            body = ui.html(made.body, sanitize=False).classes("report-body")
            body.on("click", self._pressed, js_handler=PRESSED)

    def _tell(self, step: int) -> None:
        self._step.set_text(f"{making.STEPS[step]}…")
        self._bar.style(f"width: {100 * (step + 1) / (len(making.STEPS) + 1):.0f}%")

    def _head(self, made: Made) -> None:
        with ui.element("div").classes("report-head"):
            with ui.element("div"):
                ui.label(made.title).classes("report-title").props('role="heading" aria-level="1"')
                clock = words.clock(made.at, self._zone.key)
                ui.label(f"{made.against} Made at {clock}, {self._zone.key}.").classes("quiet")
            with ui.element("div").classes("downloads"):
                for file, name in FILES.items():
                    link = ui.link(name, address(self._question, file)).classes("plain")
                    link.props(f'download="{file}" aria-label="Download: {name}"')
                sheets.button("Make it again", self._again)
        parts = "".join(f'<a href="#{id}">{name}</a>' for id, name in PARTS.items() if f'id="{id}"' in made.body)
        ui.html(parts, sanitize=False, tag="nav").classes("parts").props('aria-label="Parts of the report"')

    def _again(self) -> None:
        self._archive.forget(self._question)
        ui.navigate.reload()

    async def _pressed(self, event: events.GenericEventArguments) -> None:
        """Open the conversations behind the number that was pressed."""
        number = self._made.behind.get(str(event.args)) if self._made else None
        if number is None:
            return
        rows = await asyncio.to_thread(self._rows, number["conversations"])
        with sheets.sheet(number["title"], kind="wider") as dialog:
            ui.label(_counted(number, rows)).classes("quiet")
            with ui.element("ul").classes("found"):
                for row in rows:
                    with ui.element("li"):
                        self._row(row)
            with ui.element("div").classes("sheet-buttons"):
                sheets.button("Close", dialog.close)
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _row(self, row: Row) -> None:
        with ui.link(target=f"./?conversation={row.id}").classes("earlier"):
            with ui.element("div").classes("row-top"):
                ui.label(row.name).classes("row-name")
                ui.label(words.clock(row.since, self._zone.key)).classes("row-since")
            ui.label(row.last_text).classes("row-text")
            where = words.STATES.get(row.state, row.state)
            ui.label(f"{where}, {row.assignee}" if row.assignee else where).classes("quiet")

    def _rows(self, ids: list[str]) -> tuple[Row, ...]:
        """In the report's order."""
        with self._console.database.reading() as session:
            found = {one.id: one for one in session.scalars(select(Conversation).where(Conversation.id.in_(ids)))}
            return rows_of(session, self._console.shop, [found[id] for id in ids if id in found])


def _counted(number: Mapping[str, Any], rows: tuple[Row, ...]) -> str:
    total, shown = number["total"], len(rows)
    counted = "1 conversation" if total == 1 else f"{total:,} conversations"
    return counted if shown == total else f"{counted}, the first {shown} here; the tables name them all."

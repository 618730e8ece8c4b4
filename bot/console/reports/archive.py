"""Reports that were made, kept in memory for a while; one process answers whoever asks the same at once.

They are kept by the period's days, so a report that ends today is as old as `FRESH_S` at most. Nobody's words outlive
an erasure: what was made before one is not shown after it.
"""

import asyncio
import json
import logging
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import report_names
from bot.console.reports import making
from bot.console.reports.maker import Maker, Tell
from bot.console.reports.making import Order
from bot.console.reports.question import Question
from bot.database import Database
from bot.models import skills
from bot.settings import Settings
from insight.tables import EventRow

FRESH_S = 600.0
KEPT = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """A report: the console's page, the conversations behind each of its numbers, and the files to take along."""

    title: str  # its period
    against: str  # what its changes are against, in a sentence
    body: str
    behind: dict[str, Any]
    files: dict[str, bytes]
    at: datetime
    erasures: int


class Archive:
    """One a process; all of its calls are made on the event loop."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._zone = ZoneInfo(settings.time_zone)
        self._kept: dict[Question, Made] = {}
        self._running: dict[Question, asyncio.Task[Made]] = {}
        self._told: dict[Question, list[Tell]] = {}
        self._maker = Maker()

    async def report(self, question: Question, tell: Tell = lambda step: None) -> Made:
        """The one that is kept, or a new one; raises `BotError` when the question makes no sense."""
        question.period(self._zone, datetime.now(UTC))
        erasures = await asyncio.to_thread(self._erasures)
        kept = self._kept.get(question)
        if kept and kept.erasures == erasures and (datetime.now(UTC) - kept.at).total_seconds() < FRESH_S:
            return kept
        if question not in self._running:
            self._running[question] = asyncio.create_task(self._make(question, erasures), name="report")
        self._told.setdefault(question, []).append(tell)
        return await asyncio.shield(self._running[question])

    def forget(self, question: Question) -> None:
        """Make it anew the next time."""
        self._kept.pop(question, None)

    async def close(self) -> None:
        """What runs ends, unfinished."""
        await self._maker.close()

    async def _make(self, question: Question, erasures: int) -> Made:
        try:
            made = await self._run(question, await asyncio.to_thread(self._order, question), erasures)
        finally:
            self._running.pop(question, None)
            self._told.pop(question, None)
        self._kept.pop(question, None)
        self._kept[question] = made
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))
        return made

    async def _run(self, question: Question, order: Order, erasures: int) -> Made:
        started = time.monotonic()

        def tell(step: int) -> None:
            for each in self._told.get(question, ()):
                each(step)

        with tempfile.TemporaryDirectory(prefix="shopkeeper-report-") as folder:
            await self._maker.make(order, Path(folder), tell)
            made = await asyncio.to_thread(_read, Path(folder), erasures)
        log.info("a report took %.1f s", time.monotonic() - started)
        return made

    def _order(self, question: Question) -> Order:
        since, until = question.period(self._zone, datetime.now(UTC))
        with self._database.reading() as session:
            names = report_names.read(session)
        return Order(
            database_url=self._database.url.render_as_string(hide_password=False),
            since=since.isoformat(),
            until=until.isoformat(),
            zone=self._settings.time_zone,
            shop=self._settings.shop_name,
            filters=question.filters,
            names=names,
            skills=skills.read(self._settings),
            console="/console",
        )

    def _erasures(self) -> int:
        with self._database.reading() as session:
            return erasures(session)


def erasures(session: Session) -> int:
    """How many people have been erased so far."""
    return session.scalar(select(func.count()).select_from(EventRow).where(EventRow.name == "Customer Erased")) or 0


def _read(folder: Path, erasures: int) -> Made:
    drawn = json.loads((folder / making.DRAWN).read_text(encoding="utf-8"))
    return Made(
        title=drawn["title"],
        against=drawn["against"],
        body=(folder / making.BODY).read_text(encoding="utf-8"),
        behind=drawn["behind"],
        files={name: (folder / name).read_bytes() for name in (making.PAGE, making.PAPER, making.TABLES)},
        at=datetime.now(UTC),
        erasures=erasures,
    )

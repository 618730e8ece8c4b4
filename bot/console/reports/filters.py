"""The form over a report: its period and what it is filtered by. Plain HTML, whose answer is the page's address."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import jinja2
from sqlalchemy import select

from bot import agents, review
from bot.console import words
from bot.console.frame import Console
from bot.console.reports.question import Question
from bot.errors import BotError
from bot.models import training
from bot.tables import Conversation
from insight import segments

PRESETS = (7, 30, 90)  # days
Choices = Mapping[str, Mapping[str, Mapping[str, str]]]  # filter -> group, may be empty -> key -> what it is called


def read(console: Console) -> Choices:
    """What the filters offer."""
    with console.database.reading() as session:
        people = {agent.id: agent.name for agent in agents.everyone(session)}
        named = {one.id: one.name for one in segments.segments(session)}
        channels = sorted(session.scalars(select(Conversation.channel).distinct()))
    intents = sorted(one.name for one in review.labels(training.intents_file(console.settings)))
    return {
        "channel": {"": {name: words.plain(name) for name in channels}},
        "intent": {"": {name: words.plain(name) for name in intents}},
        "segment": {"Value tier": words.TIERS, "Segments": named},
        "agent": {"": people},
    }


def draw(question: Question, choices: Choices, *, zone: ZoneInfo) -> str:
    """The HTML of the form."""
    try:
        first, last = question.days(zone, datetime.now(UTC))
    except BotError:  # said where the report would be
        first, last = question.first, question.last
    environment = jinja2.Environment(loader=jinja2.PackageLoader("bot.console.reports", "."), autoescape=True)
    return environment.get_template("filters.html.j2").render(
        presets=[_preset(question, days, (first, last), datetime.now(zone).date()) for days in PRESETS],
        first=first,
        last=last,
        choices=choices,
        chosen=question.filters,
        cleared=Question(question.first, question.last).query,
    )


def _preset(question: Question, days: int, shown: tuple[str, str], today: date) -> tuple[int, str, bool]:
    """Its length, its address, and whether it is what is shown."""
    first, last = str(today - timedelta(days=days - 1)), str(today)
    return days, replace(question, first=first, last=last).query, (first, last) == shown

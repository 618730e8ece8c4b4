"""A report as the console shows it: one piece of HTML, in which every number is a button, and what each button opens.

It runs where the report is made (`making`): the console itself never loads the libraries for it.
"""

from typing import Any

import jinja2

from insight.report import charts
from insight.report.contents import Number, Report
from insight.report.dimensions import DIMENSIONS
from insight.report.findings.finding import HOURLY
from insight.report.metrics import METRICS
from insight.report.page import COLUMNS, GAPS, most_talked, period
from insight.report.wording import label, write

GLANCE = ("conversations", "containment_rate", "handoff_rate", "csat_score", "fallback_rate", "suggestion_ctr")
BOT = (
    "conversations",
    "containment_rate",
    "bot_resolution_rate",
    "fallback_rate",
    "answers_abstained",
    "answers_helpful",
    "bot_response_time",
)
PEOPLE = ("handoff_rate", "queue_wait", "first_response_time", "resolution_time", "reopen_rate")
MOOD = ("csat_score", "sentiment", "sentiment_shift")
SUGGESTIONS = ("suggestion_ctr", "suggestion_conversion")
SECTIONS = (
    ("topics", "What customers wrote about", ("volume", "intents"), BOT),
    ("people", "When a person was needed", ("handoffs",), PEOPLE),
    ("mood", "How customers felt", ("mood",), MOOD),
    ("suggestions", "What suggestions did", ("suggestions",), SUGGESTIONS),
)
NAMED = {"day": "Day", "channel": "Channel", "intent": "Intent", "segment": "Segment and tier", "agent": "Agent"}


class Behind:
    """The conversations behind each number, under the name of its button."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def __call__(self, title: str, total: int, conversations: tuple[str, ...]) -> str:
        name = f"n{len(self.found)}"
        self.found[name] = {"title": title, "total": total, "conversations": list(conversations)}
        return name


def draw(report: Report) -> tuple[str, dict[str, Any]]:
    """The HTML, and button -> title, how many conversations, the first of them."""
    behind = Behind()
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.console.reports", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def said(dimension: str, key: str) -> str:
        return _capital(report.said(dimension, key))

    environment.globals.update(write=write, label=label, opens=behind, said=said, named=_named)
    html = environment.get_template("body.html.j2").render(
        report=report,
        charts=charts.draw(report.facts, report.zone),
        metrics={metric.slug: metric for metric in METRICS},
        sections=SECTIONS,
        others=[metric.slug for metric in METRICS if not any(metric.slug in slugs for *_, slugs in SECTIONS)],
        glance=GLANCE,
        columns=COLUMNS,
        gaps=[(gap, report.facts.ids(gap.talks)) for gap in report.gaps[:GAPS]],
        dimensions={name: NAMED.get(name, _capital(name)) for name in sorted(DIMENSIONS, key="day".__eq__)},
        by={dimension: most_talked(report, dimension) for dimension in DIMENSIONS},
        hourly=report.money(HOURLY),
    )
    return html, behind.found


def title(report: Report) -> str:
    """The period in words."""
    return period(report.since, report.until, report.zone)


def _named(metric: str, number: Number, of: str = "") -> str:
    """Of the list behind a number: "Handed to a person, requested: asked"."""
    return ", ".join(part for part in (metric, label(number.part), of) if part)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

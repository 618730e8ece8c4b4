"""The report as one HTML file that needs no network, and as plain JSON."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from importlib import resources
from typing import Any
from urllib.parse import quote

import jinja2

from insight.report.charts import draw
from insight.report.contents import SHOWN, Number, Report
from insight.report.dimensions import AGENT, CHANNEL, DAY, DIMENSIONS, INTENT, SEGMENT
from insight.report.figures import Count, Durations, Figure, Mean, Share
from insight.report.findings.finding import HOURLY
from insight.report.metrics import METRICS
from insight.report.wording import label, write

BOT = ("conversations", "containment_rate", "bot_resolution_rate", "handoff_rate", "fallback_rate")
PEOPLE = ("conversations", "first_response_time", "queue_wait", "resolution_time", "reopen_rate", "csat_score")
COLUMNS: Mapping[str, Sequence[str]] = {  # of each dimension: what its keys differ by
    DAY: (*BOT, "csat_score", "sentiment"),
    CHANNEL: (*BOT, "first_response_time", "csat_score", "sentiment"),
    INTENT: (*BOT, "csat_score", "sentiment"),
    SEGMENT: (*BOT, "csat_score", "sentiment", "suggestion_ctr"),
    AGENT: (*PEOPLE, "sentiment_shift"),
}
FEW = 10  # conversations listed behind a number of a split
GAPS = 10  # the largest; the tables have them all
ROWS = 15  # of an intent or agent, the ones with the most conversations; the tables have them all


def as_html(report: Report, *, console: str = "") -> str:
    """`console`: address of the console; conversations are links to it when it is given."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.globals.update(write=write, label=label, said=report.said, link=_link(console))
    template = environment.from_string(resources.files("insight.report").joinpath("page.html.j2").read_text("utf-8"))
    return template.render(
        shop=report.shop,
        period=period(report.since, report.until, report.zone),
        against=against(report),
        zone=str(report.zone),
        filters=report.filters,
        empty=report.facts.talks.empty,
        charts=draw(report.facts, report.zone),
        metrics={metric.slug: metric for metric in METRICS},
        numbers=report.numbers,
        findings=report.findings,
        gaps=report.gaps[:GAPS],
        behind_gap=lambda gap: report.facts.ids(gap.talks),
        skills=report.skills,
        predictions=report.predictions,
        dimensions=DIMENSIONS,
        by={dimension: most_talked(report, dimension) for dimension in DIMENSIONS},
        columns=COLUMNS,
        shown=SHOWN,
        few=FEW,
        money=report.money,
        hourly=report.money(HOURLY),
    )


def most_talked(report: Report, dimension: str) -> Mapping[str, Mapping[str, Number]]:
    """The keys of a dimension worth a row: the latest days, else those with the most conversations."""
    keys = report.by[dimension]
    if dimension == "day":
        return dict(list(keys.items())[-31:])
    ranked = sorted(keys, key=lambda key: (-_talks(keys[key]), key))
    return {key: keys[key] for key in ranked[:ROWS]}


def against(report: Report) -> str:
    """What the changes are against, in a sentence."""
    if report.before is None:
        return "There are no changes yet: customers had not written for as long before."
    return f"Changes are against {period(*report.before, report.zone)}."


def as_json(report: Report) -> dict[str, Any]:
    """The same numbers as plain JSON: slug -> value, denominator, interval, change, parts, ids of conversations."""
    return {
        "metrics": {
            slug: _plain(first) | ({"parts": {one.part: _plain(one) for one in parts}} if parts else {})
            for slug, (first, *parts) in report.numbers.items()
        },
        "by": {
            dimension: {key: {slug: _plain(one) for slug, one in numbers.items()} for key, numbers in keys.items()}
            for dimension, keys in report.by.items()
        },
        "currency": report.facts.log.currency,
        "findings": [
            {
                "kind": one.kind,
                "title": one.title,
                "detail": one.detail,
                "cost": round(one.cost, 2),
                "conversations": list(one.conversations[:SHOWN]),
            }
            for one in report.findings
        ],
        "knowledge_gaps": [
            {
                "size": gap.size,
                "example": gap.example,
                "nearest_template": gap.template_id,
                "score": gap.score,
                "conversations": report.facts.ids(gap.talks)[:SHOWN],
            }
            for gap in report.gaps
        ],
        "skills": {one.slug: {"value": one.value, "of": one.of} for one in report.skills},
        "predictions": list(report.predictions),
    }


def figure_values(figure: Figure) -> dict[str, Any]:
    match figure:
        case Count(number, of_what):
            return {"value": number, "of": of_what}
        case Share(part, whole, of_what):
            return {"value": figure.rate, "part": part, "n": whole, "of": of_what, "interval": figure.interval}
        case Durations(seconds, of_what):
            times = {"median_s": figure.median, "p90_s": figure.p90}
            return times | {"n": len(seconds), "of": of_what, "interval": figure.interval}
        case Mean(values, of_what):
            return {"value": figure.mean, "n": len(values), "of": of_what, "interval": figure.interval}


def period(since: datetime, until: datetime, zone: tzinfo) -> str:
    first = since.astimezone(zone)
    last = (until - timedelta(microseconds=1)).astimezone(zone)
    if first.date() == last.date():
        return f"{last:%-d %B %Y}"
    shared = first.year == last.year
    return f"{first:%-d %B}{'' if shared else f' {first:%Y}'} to {last:%-d %B %Y}"


def _plain(number: Number) -> dict[str, Any]:
    change = number.change
    moved = {"change": change.says, "before": change.before, "p_value": change.p_value} if change else {}
    return figure_values(number.figure) | moved | {"behind": number.behind, "conversations": list(number.conversations)}


def _talks(numbers: Mapping[str, Number]) -> int:
    return numbers["conversations"].behind if "conversations" in numbers else 0


def _link(console: str) -> Callable[[str], str]:
    """The address of a conversation in the console; empty without a console."""
    if not console:
        return lambda id: ""
    return lambda id: f"{console.rstrip('/')}/?conversation={quote(id, safe='')}"

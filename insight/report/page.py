"""The page: metrics, charts and definitions put into one HTML file that needs no network."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import resources
from typing import Any

import jinja2
from sqlalchemy.orm import Session

from insight.report.charts import draw
from insight.report.facts import Facts, read_facts
from insight.report.figures import Count, Durations, Figure, Mean, Share
from insight.report.metrics import METRICS, Measured
from insight.report.wording import label, write


def build(session: Session, since: datetime, until: datetime, *, zone: tzinfo = UTC, shop: str = "") -> str:
    """The report of the conversations that started from `since` to before `until`, as HTML in the viewer's `zone`."""
    facts = read_facts(session, since, until)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.globals.update(write=write, label=label)
    template = environment.from_string(resources.files("insight.report").joinpath("page.html.j2").read_text("utf-8"))
    return template.render(
        shop=shop,
        period=_period(since, until, zone),
        zone=str(zone),
        empty=not facts.conversations,
        charts=draw(facts, zone),
        metrics={metric.slug: metric for metric in METRICS},
        measured={metric.slug: metric.measure(facts) for metric in METRICS},
    )


def figures(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    """The same numbers as plain JSON: slug -> value, denominator, interval and parts."""
    facts: Facts = read_facts(session, since, until)
    return {metric.slug: _measured(metric.measure(facts)) for metric in METRICS}


def _measured(measured: Measured) -> dict[str, Any]:
    parts: Mapping[str, Figure] = measured.parts
    split = {name: _figure(figure) for name, figure in parts.items()}
    return _figure(measured.figure) | ({"parts": split} if split else {})


def _figure(figure: Figure) -> dict[str, Any]:
    match figure:
        case Count(number, of_what):
            return {"value": number, "of": of_what}
        case Share(part, whole, of_what):
            return {"value": figure.rate, "part": part, "n": whole, "of": of_what, "interval": figure.interval}
        case Durations(seconds, of_what):
            return {"median_s": figure.median, "p90_s": figure.p90, "n": len(seconds), "of": of_what}
        case Mean(values, of_what):
            return {"value": figure.mean, "n": len(values), "of": of_what, "interval": figure.interval}


def _period(since: datetime, until: datetime, zone: tzinfo) -> str:
    first = since.astimezone(zone)
    last = (until - timedelta(microseconds=1)).astimezone(zone)
    if first.date() == last.date():
        return f"{last:%-d %B %Y}"
    shared = first.year == last.year
    return f"{first:%-d %B}{'' if shared else f' {first:%Y}'} to {last:%-d %B %Y}"

"""The report's charts, drawn by Vega-Altair and rendered to inline SVG; each title says what the chart shows."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Any

import altair
import pandas as pd
import vl_convert

from insight.profile.properties import text
from insight.profile.talk import sentiment_score
from insight.report.facts import RECEIVED, SENT, Facts, day_of
from insight.report.metrics import METRICS
from insight.report.wording import label, percent, signed

INK, SOFT, LINE = "#1d2b2a", "#5d6b69", "#e3e7e4"
TEAL, SAND, RUST, SLATE = "#1f7a6d", "#d9a441", "#b9502f", "#7d8fa3"
WIDE, HALF = 960, 420  # about the width a chart has on the page, so that its letters keep their size
TOP = 12
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """`title` is the finding, `says` what is drawn."""

    title: str
    says: str
    svg: str


def draw(facts: Facts, zone: tzinfo) -> dict[str, Chart]:
    """The charts there is something to draw for, by name."""
    drawn = {
        "volume": volume(facts, zone),
        "intents": intents(facts),
        "handoffs": handoffs(facts),
        "mood": mood(facts, zone),
        "suggestions": suggestions(facts),
    }
    return {name: replace(chart, svg=_own_ids(chart.svg, name)) for name, chart in drawn.items() if chart is not None}


def volume(facts: Facts, zone: tzinfo) -> Chart | None:
    authors = {"customer": "Customers", "bot": "Bot", "agent": "People"}
    counted: Counter[tuple[Any, str]] = Counter()
    for one in facts.conversations:
        for event in one.events:
            author = "customer" if event.name == SENT else text(event.properties, "author")
            if event.name in (SENT, RECEIVED) and author in authors:
                counted[day_of(event.occurred_at, zone), authors[author]] += 1
    if not counted:
        return None
    table = pd.DataFrame(
        [(day, who, number) for (day, who), number in counted.items()], columns=["day", "by", "messages"]
    )
    busiest = table.groupby("day")["messages"].sum().sort_index(ascending=False).idxmax()
    bars = (
        altair.Chart(table)
        .mark_bar(size=_bar_size(facts, zone))
        .encode(
            x=_days(facts, zone),
            y=altair.Y("messages:Q", title=None, axis=altair.Axis(tickCount=4, format="d")),
            color=_colours("by", {"Customers": TEAL, "Bot": SAND, "People": RUST}),
            order=altair.Order("by:N", sort="descending"),
        )
    )
    return Chart(
        f"{busiest:%A %-d %B} was the busiest day", "Messages a day, by who wrote them", _svg(bars, 210, width=WIDE)
    )


def intents(facts: Facts) -> Chart | None:
    counted = Counter(text(parse.properties, "intent") for one in facts.conversations for parse in one.parses)
    total = sum(counted.values())
    counted.pop(None, None)
    if not counted:
        return None
    ranked = sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
    rows = [(label(str(name)), number, percent(number / total)) for name, number in ranked[:TOP]]
    first, second = rows[0], rows[1] if len(rows) > 1 else None
    title = f"“{first[0]}” is asked most" + (f", then “{second[0]}”" if second else "")
    says = f"Intents of {total:,} customer messages" + (
        f", the first {TOP} of {len(ranked)}" if len(ranked) > TOP else ""
    )
    return Chart(title, says, _ranking(rows, TEAL))


def handoffs(facts: Facts) -> Chart | None:
    [measured] = [metric.measure(facts) for metric in METRICS if metric.slug == "handoff_rate"]
    prefix = "requested: "
    reasons = {name.removeprefix(prefix): share for name, share in measured.parts.items() if name.startswith(prefix)}
    if not reasons:
        return None
    ranked = sorted(reasons.items(), key=lambda one: (-getattr(one[1], "part", 0), one[0]))
    rows = [
        (REASONS.get(name, label(name)), getattr(share, "part", 0), str(getattr(share, "part", 0)))
        for name, share in ranked
    ]
    return Chart(
        f"Most often because {rows[0][0]}", "Conversations in which a person was requested", _ranking(rows, RUST)
    )


REASONS = {
    "asked": "the customer asked",
    "fallback": "the bot did not understand",
    "sentiment": "the customer was unhappy",
    "policy": "the shop's rules want a person",
    "error": "something failed",
}


def mood(facts: Facts, zone: tzinfo) -> Chart | None:
    rows = [
        (day_of(parse.occurred_at, zone), score)
        for one in facts.conversations
        for parse in one.parses
        if (score := sentiment_score(parse.properties)) is not None
    ]
    if not rows:
        return None
    daily = pd.DataFrame(rows, columns=["day", "score"]).groupby("day")["score"].agg(["mean", "count"]).reset_index()
    overall = sum(score for _, score in rows) / len(rows)
    tone = "friendly" if overall > 0.1 else "unhappy" if overall < -0.1 else "neutral"
    axis = altair.Axis(values=[-1, 0, 1], labelExpr="{'-1': 'negative', '0': 'neutral', '1': 'positive'}[datum.value]")
    y = altair.Y("mean:Q", title=None, scale=altair.Scale(domain=[-1, 1]), axis=axis)
    line = altair.Chart(daily).mark_line(color=TEAL, strokeWidth=2).encode(x=_days(facts, zone), y=y)
    points = (
        altair.Chart(daily)
        .mark_circle(color=TEAL, opacity=0.9)
        .encode(
            x=_days(facts, zone), y=y, size=altair.Size("count:Q", legend=None, scale=altair.Scale(range=[20, 140]))
        )
    )
    zero = altair.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=SLATE, strokeDash=[3, 3]).encode(y="y:Q")
    title = f"The mood is {tone}, {signed(overall)} on average"
    return Chart(
        title,
        "Mean sentiment of the customers' messages a day; larger dots, more messages",
        _svg(zero + line + points, 160),
    )


def suggestions(facts: Facts) -> Chart | None:
    shown = len(facts.showings)
    if not shown:
        return None
    steps = {
        "shown": shown,
        "clicked": sum(one.clicked for one in facts.showings),
        "bought": sum(one.bought for one in facts.showings),
        "declined": sum(one.declined for one in facts.showings),
    }
    rows = [(name, number, f"{number} ({percent(number / shown)})") for name, number in steps.items()]
    title = f"{steps['clicked']} of {shown} suggestions were clicked, {steps['bought']} bought"
    return Chart(title, "Suggestions shown, and what became of them", _ranking(rows, SAND))


def _ranking(rows: list[tuple[str, int, str]], colour: str) -> str:
    table = pd.DataFrame(rows, columns=["name", "number", "label"])
    names = altair.Y(
        "name:N",
        sort=None,
        title=None,
        axis=altair.Axis(labelLimit=220, labelPadding=10, ticks=False, domain=False, labelFontSize=13),
    )
    base = altair.Chart(table).encode(y=names, x=altair.X("number:Q", title=None, axis=None))
    bars = base.mark_bar(color=colour, height={"band": 0.68}, cornerRadiusEnd=3)
    labels = base.mark_text(align="left", dx=6, color=SOFT, fontSize=12).encode(text="label:N")
    return _svg(bars + labels, 26 * len(rows))


def _days(facts: Facts, zone: tzinfo) -> altair.X:
    first, last = _span(facts, zone)
    scale = altair.Scale(domain=[_stamp(first - timedelta(hours=14)), _stamp(last + timedelta(hours=14))])
    axis = altair.Axis(format="%-d %b", grid=False, tickCount=min(6, (last - first).days + 1), labelOverlap=True)
    return altair.X("day:T", title=None, scale=scale, axis=axis)


def _span(facts: Facts, zone: tzinfo) -> tuple[Any, Any]:
    """First and last day on which something was said."""
    days = [day_of(event.occurred_at, zone) for one in facts.conversations for event in one.events]
    return min(days), max(days)


def _bar_size(facts: Facts, zone: tzinfo) -> float:
    first, last = _span(facts, zone)
    return max(1.0, min(36.0, 0.7 * WIDE / ((last - first).days + 2)))


def _stamp(day: Any) -> Any:
    return altair.DateTime(year=day.year, month=day.month, date=day.day, hours=day.hour)


def _colours(column: str, colours: Mapping[str, str]) -> altair.Color:
    scale = altair.Scale(domain=list(colours), range=list(colours.values()))
    return altair.Color(f"{column}:N", scale=scale, legend=altair.Legend(title=None, orient="top", symbolType="circle"))


def _svg(chart: Any, height: int, *, width: int = HALF) -> str:
    styled = (
        chart.properties(width=width, height=height, background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(labelColor=SOFT, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelFontSize=12)
        .configure_legend(labelColor=INK, labelFontSize=12)
    )
    return _scalable(vl_convert.vegalite_to_svg(styled.to_dict(), vl_version=None))


def _scalable(svg: str) -> str:
    """Takes the page's width instead of its own."""
    return re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", svg, count=1)


def _own_ids(svg: str, name: str) -> str:
    """Ids that no other chart of the page has, and the same ones every time: the renderer counts on and on."""
    found = dict.fromkeys(re.findall(r'id="(\w+)"', svg))
    numbers = {id: f"{name}-{place}" for place, id in enumerate(found)}
    return re.sub(r'(id="|url\(#)(\w+)', lambda match: match[1] + numbers.get(match[2], match[2]), svg)

"""The report's charts, drawn by Vega-Altair; each title says what it shows, each series has its name beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

import altair
import pandas as pd
import vl_convert

from insight.report.facts import Facts
from insight.report.wording import label, percent, signed

INK, SOFT, LINE = "#1d2b2a", "#5d6b69", "#e3e7e4"
TEAL, SAND, RUST, SLATE = "#1f7a6d", "#b07c14", "#b9502f", "#7d8fa3"
WIDE = 960  # about the width a chart has on the page, so that its letters keep their size
TOP = 12
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """`title` is the finding, `says` what is drawn; `spec` is Vega-Lite."""

    name: str
    title: str
    says: str
    spec: Mapping[str, Any]

    @property
    def svg(self) -> str:
        return _own_ids(_scalable(vl_convert.vegalite_to_svg(dict(self.spec), vl_version=None)), self.name)

    @property
    def png(self) -> bytes:
        """Twice as fine as a screen, for paper."""
        return vl_convert.vegalite_to_png(dict(self.spec), vl_version=None, scale=2)


def draw(facts: Facts, zone: tzinfo) -> dict[str, Chart]:
    """The charts there is something to draw for, by name."""
    drawn = (volume(facts, zone), intents(facts), handoffs(facts), mood(facts, zone), suggestions(facts))
    return {chart.name: chart for chart in drawn if chart is not None}


def volume(facts: Facts, zone: tzinfo) -> Chart | None:
    said = {"Customers": facts.messages, "Bot": facts.bot_replies, "People": facts.human_replies}
    days = pd.concat([_daily(rows, zone).assign(by=who) for who, rows in said.items()])
    if days.empty:
        return None
    table = days.groupby(["day", "by"], as_index=False).size().rename(columns={"size": "messages"})
    every = pd.MultiIndex.from_product([pd.date_range(*_span(days)), sorted(set(table["by"]))], names=["day", "by"])
    table = table.set_index(["day", "by"]).reindex(every, fill_value=0).reset_index()
    total = table.groupby("day")["messages"].sum().sort_index(ascending=False)
    colour = altair.Color(
        "by:N",
        scale=altair.Scale(domain=["Customers", "Bot", "People"], range=[TEAL, SAND, RUST]),
        legend=None,
    )
    x, y = _days(days), altair.Y("messages:Q", title=None, axis=altair.Axis(tickCount=4, format="d"))
    base = altair.Chart(table).encode(x=x, color=colour)
    lines = base.mark_line(strokeWidth=2.5, point=altair.OverlayMarkDef(size=34)).encode(y=y)
    names = altair.Chart(_names(table)).mark_text(align="left", dx=12, fontSize=13, fontWeight=600)
    labels = names.encode(x=x, y=altair.Y("place:Q"), text="by:N", color=colour)
    title = f"{total.idxmax():%A %-d %B} was the busiest day"
    return Chart("volume", title, "Messages a day, by who wrote them", _spec(lines + labels, 210, width=WIDE - 80))


def intents(facts: Facts) -> Chart | None:
    counted = facts.parses["intent"].value_counts()
    total = len(facts.parses)
    if counted.empty:
        return None
    ranked = sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
    rows = [(label(str(name)), int(number), f"{number:,} ({percent(number / total)})") for name, number in ranked[:TOP]]
    first, second = rows[0], rows[1] if len(rows) > 1 else None
    title = f"“{first[0]}” is said most" + (f", then “{second[0]}”" if second else "")
    says = f"What {total:,} messages of customers were about"
    says += f", the first {TOP} of {len(ranked)}" if len(ranked) > TOP else ""
    return Chart("intents", title, says, _ranking(rows, TEAL))


def handoffs(facts: Facts) -> Chart | None:
    asked = facts.handoffs.assign(reason=facts.handoffs["reason"].fillna("unknown"))
    counted = asked.groupby("reason")["talk"].nunique()
    if counted.empty:
        return None
    ranked = sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
    rows = [(REASONS.get(str(name), label(str(name))), int(number), f"{number:,}") for name, number in ranked]
    says = "Conversations in which a person was requested"
    return Chart("handoffs", f"Most often because {rows[0][0]}", says, _ranking(rows, RUST))


REASONS = {
    "asked": "the customer asked",
    "fallback": "the bot did not understand",
    "sentiment": "the customer was unhappy",
    "policy": "the shop's rules want a person",
    "error": "something failed",
}


def mood(facts: Facts, zone: tzinfo) -> Chart | None:
    scored = facts.parses[facts.parses["score"].notna()]
    if scored.empty:
        return None
    days = _daily(scored, zone)
    daily = days.groupby("day")["score"].agg(["mean", "count"]).reset_index()
    overall = float(scored["score"].mean())
    tone = "friendly" if overall > 0.1 else "unhappy" if overall < -0.1 else "neutral"
    axis = altair.Axis(values=[-1, 0, 1], labelExpr="{'-1': 'negative', '0': 'neutral', '1': 'positive'}[datum.value]")
    y = altair.Y("mean:Q", title=None, scale=altair.Scale(domain=[-1, 1]), axis=axis)
    size = altair.Size("count:Q", legend=None, scale=altair.Scale(range=[20, 140]))
    base = altair.Chart(daily).encode(x=_days(days), y=y)
    zero = altair.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=SLATE, strokeDash=[3, 3]).encode(y="y:Q")
    drawn = (
        zero + base.mark_line(color=TEAL, strokeWidth=2) + base.mark_circle(color=TEAL, opacity=0.9).encode(size=size)
    )
    says = "Mean sentiment of the customers' messages a day; larger dots, more messages"
    return Chart("mood", f"The mood is {tone}, {signed(overall)} on average", says, _spec(drawn, 160))


def suggestions(facts: Facts) -> Chart | None:
    shown = len(facts.showings)
    if not shown:
        return None
    steps = {name: int(facts.showings[name].sum()) for name in ("clicked", "bought", "declined")}
    rows = [
        (name, number, f"{number:,} ({percent(number / shown)})") for name, number in ({"shown": shown} | steps).items()
    ]
    title = f"{steps['clicked']:,} of {shown:,} suggestions were clicked, {steps['bought']:,} bought"
    return Chart("suggestions", title, "Suggestions shown, and what became of them", _ranking(rows, SAND))


def _ranking(rows: list[tuple[str, int, str]], colour: str) -> Mapping[str, Any]:
    table = pd.DataFrame(rows, columns=["name", "number", "label"])
    axis = altair.Axis(labelLimit=220, labelPadding=10, ticks=False, domain=False, labelFontSize=13)
    names = altair.Y("name:N", sort=None, title=None, axis=axis)
    base = altair.Chart(table).encode(y=names, x=altair.X("number:Q", title=None, axis=None))
    bars = base.mark_bar(color=colour, height={"band": 0.68}, cornerRadiusEnd=3)
    labels = base.mark_text(align="left", dx=6, color=SOFT, fontSize=12).encode(text="label:N")
    return _spec(bars + labels, 26 * len(rows), width=WIDE - 260)


def _daily(rows: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """With the day as the viewer's clock shows it, as a midnight without a zone."""
    return rows.assign(day=rows["at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize())


def _span(days: pd.DataFrame) -> tuple[Any, Any]:
    return days["day"].min(), days["day"].max()


def _days(days: pd.DataFrame) -> altair.X:
    first, last = _span(days)
    scale = altair.Scale(domain=[_stamp(first - timedelta(hours=10)), _stamp(last + timedelta(hours=10))])
    axis = altair.Axis(format="%-d %b", grid=False, tickCount=min(6, (last - first).days + 1), labelOverlap=True)
    return altair.X("day:T", title=None, scale=scale, axis=axis)


def _names(table: pd.DataFrame) -> pd.DataFrame:
    """Each series' name at its last point, moved up where two would overlap."""
    last = table[table["day"] == table["day"].max()].sort_values("messages")
    gap = 0.1 * max(1, int(table["messages"].max()))
    places: list[float] = []
    for number in last["messages"]:
        places.append(max(number, places[-1] + gap) if places else float(number))
    return last.assign(place=places)


def _stamp(day: Any) -> altair.DateTime:
    return altair.DateTime(year=day.year, month=day.month, date=day.day, hours=day.hour)


def _spec(chart: Any, height: int, *, width: int = WIDE) -> Mapping[str, Any]:
    styled = (
        chart.properties(width=width, height=height, background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(labelColor=SOFT, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelFontSize=12)
    )
    return styled.to_dict()


def _scalable(svg: str) -> str:
    """Takes the page's width instead of its own."""
    return re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", svg, count=1)


def _own_ids(svg: str, name: str) -> str:
    """Ids that no other chart of the page has, and the same ones every time: the renderer counts on and on."""
    found = dict.fromkeys(re.findall(r'id="(\w+)"', svg))
    numbers = {id: f"{name}-{place}" for place, id in enumerate(found)}
    return re.sub(r'(id="|url\(#)(\w+)', lambda match: match[1] + numbers.get(match[2], match[2]), svg)

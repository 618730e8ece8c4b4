"""The showings of suggestions in the log, with what became of them a week later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import select

from insight.batch.context import Context
from insight.profile.properties import listed, number, text
from insight.suggestions.policy import Moment
from insight.tables import EventRow

SHOWN, CLICKED = "Suggestion Shown", "Suggestion Clicked"
BUYING_TIME = timedelta(days=7)
BOUGHT_WORTH, CLICKED_WORTH = 1.0, 0.1
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Showing:
    """What was chosen from, which `place` of it was shown with which probability, and what it earned."""

    at: datetime
    moment: Moment
    place: int
    propensity: float
    reward: float


def read(context: Context) -> list[Showing]:
    """Those a week old or older, in the order they happened; any without a propensity are left out.

    A purchase of the product within a week is worth 1, else a click a tenth of it.
    """
    told = {id: properties for id, properties in _properties(context, SHOWN) if _complete(properties)}
    if not told:
        return []
    clicked = {text(properties, "suggestion_id") for _, properties in _properties(context, CLICKED)}
    events = context.table("events")
    shown = context.frame(events.filter(events.name == SHOWN).select("id", "at", "person_id", "product_id"))
    over = shown["at"] <= pd.Timestamp(context.now.replace(tzinfo=None) - BUYING_TIME)
    shown = shown[over & shown["id"].isin(list(told))].sort_values(["at", "id"])
    bought = _bought(context, shown)
    return [
        Showing(
            at=row.at,
            moment=_moment(told[row.id]),
            place=int(told[row.id]["place"]),
            propensity=float(told[row.id]["propensity"]),
            reward=BOUGHT_WORTH
            if row.id in bought
            else CLICKED_WORTH
            if text(told[row.id], "suggestion_id") in clicked
            else 0.0,
        )
        for row in shown.itertuples()
    ]


def _properties(context: Context, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    after = 0
    while True:
        wanted = select(EventRow.id, EventRow.properties).where(EventRow.name == name, EventRow.id > after)
        with context.reading() as session:
            rows = session.execute(wanted.order_by(EventRow.id).limit(ROWS_AT_ONCE)).tuples().all()
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def _complete(properties: Mapping[str, Any]) -> bool:
    """Whether it says how it was chosen; a showing before that was logged, or blanked since, does not."""
    place, slate = number(properties, "place", -1.0), listed(properties, "slate")
    return 0.0 < number(properties, "propensity") <= 1.0 and 0 <= place < len(slate)


def _moment(properties: Mapping[str, Any]) -> Moment:
    slate = listed(properties, "slate")
    sources, scores = [text(one, "source") or "" for one in slate], [number(one, "score") for one in slate]
    return Moment(sources, scores, asked=bool(properties.get("asked")))


def _bought(context: Context, shown: pd.DataFrame) -> set[int]:
    """Ids of the showings whose person bought the product within a week."""
    if shown.empty:
        return set()
    rows = context.put("suggestions_shown", shown)
    lines = context.table("lines").select("person_id", "product_id", bought_at="at")
    both = rows.join(lines, ["person_id", "product_id"])
    in_time = (both.bought_at >= both["at"]) & (both.bought_at <= both["at"] + ibis.interval(days=BUYING_TIME.days))
    return set(context.frame(both.filter(in_time).select("id").distinct())["id"])

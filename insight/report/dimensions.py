"""By what a report is split and filtered: day, channel, intent, segment, agent; a new one is an entry in `MEMBERS`.

A conversation counts for every intent its customer expressed, every segment the customer was in when it started (the
value tier is one) and every agent who took it or wrote in it; so the parts may add up to more than the whole.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo

import numpy as np
import pandas as pd

from insight.report import log as events
from insight.report.cases import Cases
from insight.report.facts import Facts
from insight.report.nearest import looked_up, nearest

DAY, CHANNEL, INTENT, SEGMENT, AGENT = "day", "channel", "intent", "segment", "agent"
TIERS = ("high", "mid", "low")
DIMENSIONS = (DAY, CHANNEL, INTENT, SEGMENT, AGENT)


def channels(facts: Facts) -> pd.DataFrame:
    desk = facts.inside(facts.log.desk)
    started = desk[(desk["name"] == events.STARTED) & desk["channel"].notna()].drop_duplicates("talk")
    return started[["talk", "channel"]].rename(columns={"channel": "key"})


def intents(facts: Facts) -> pd.DataFrame:
    said = facts.parses.loc[facts.parses["intent"].notna(), ["talk", "intent"]]
    return said.drop_duplicates().rename(columns={"intent": "key"})


def agents(facts: Facts) -> pd.DataFrame:
    both = pd.concat([facts.assignments[["talk", "agent_id"]], facts.human_replies[["talk", "agent_id"]]])
    return both.dropna().drop_duplicates().rename(columns={"agent_id": "key"})


def segments(facts: Facts) -> pd.DataFrame:
    """Value tiers and the segments by a rule, of each conversation's customer at its start."""
    return pd.concat([_tiers(facts), *_stays(facts)], ignore_index=True)


MEMBERS: Mapping[str, Callable[[Facts], pd.DataFrame]] = {
    CHANNEL: channels,
    INTENT: intents,
    SEGMENT: segments,
    AGENT: agents,
}


def chosen(facts: Facts, filters: Mapping[str, str]) -> Facts:
    """The facts of the conversations that belong to every given key (`{"channel": "web"}`); `high` is a value tier."""
    for dimension, key in filters.items():
        members = MEMBERS[dimension](facts)
        wanted = f"tier {key}" if dimension == SEGMENT and key in TIERS else key
        facts = facts.only(pd.Index(members.loc[members["key"] == wanted, "talk"]))
    return facts


def split(cases: Cases, dimension: str, members: pd.DataFrame | None, zone: tzinfo) -> Iterator[tuple[str, Cases]]:
    """The cases of each key, in the keys' order; `members` of the dimension, None for days."""
    rows = cases.rows[["talk", "at", "value"]]
    if dimension == DAY or members is None:
        keys, days = pd.factorize(rows["at"].dt.tz_convert(zone).dt.normalize(), sort=True)
        names = days.strftime("%Y-%m-%d")
    elif dimension in cases.rows.columns:
        keys, names = pd.factorize(cases.rows[dimension], sort=True)
    else:
        rows = rows.merge(members, on="talk")
        keys, names = pd.factorize(rows["key"], sort=True)
    for number, places in sorted(rows.groupby(keys).indices.items()):
        if number >= 0:  # a case without a key belongs to none
            yield str(names[number]), cases.where(rows.iloc[places])


def _tiers(facts: Facts) -> pd.DataFrame:
    """The tier that each customer's orders before the conversation add up to, by the newest tree."""
    starts = facts.talks.rename(columns={"start": "at"})
    orders = _running(facts)
    before = nearest(starts[starts["person"] >= 0], orders, by="person", direction="backward")
    days = (starts["at"] - before["last"]).dt.total_seconds() / 86_400
    known = before.assign(days=days.round(2))[before["last"].notna()]
    named = [
        facts.log.tiers.tier(recency_days=days, orders=int(orders), spent=round(spent, 2))
        for days, orders, spent in zip(known["days"], known["orders"], known["spent"], strict=True)
    ]
    tiers = pd.Series("low", index=before.index, dtype="str")
    tiers[known.index] = named
    return pd.DataFrame({"talk": tiers.index, "key": ("tier " + tiers).to_numpy()})


def _running(facts: Facts) -> pd.DataFrame:
    """After each order, cancellation or refund: how many orders the person has, what they cost, when the last was."""
    shop = facts.log.shop[(facts.log.shop["at"] < facts.until) & (facts.log.shop["person"] >= 0)]
    done = shop[shop["name"] == events.ORDERED].drop_duplicates("order_id")
    paid = done["total"].fillna(done["revenue"]).fillna(0.0)
    totals = pd.Series(paid.to_numpy(), index=done["order_id"])
    ended = shop[shop["name"] == events.CANCELLED].drop_duplicates("order_id")
    back = shop[(shop["name"] == events.REFUNDED) & ~shop["order_id"].isin(ended["order_id"])]
    priced = [sum(_price(one) for one in events.products(cell)) for cell in back["products"]]
    refund = back["total"].fillna(pd.Series(priced, index=back.index, dtype="float64"))
    changes = pd.concat(
        [
            done[["at", "person"]].assign(orders=1, spent=paid, last=done["at"]),
            ended[["at", "person"]].assign(orders=-1, spent=-looked_up(ended["order_id"], totals).fillna(0.0)),
            back[["at", "person"]].assign(orders=0, spent=-refund),
        ]
    ).sort_values("at", kind="stable")
    people = changes.groupby("person")
    changes = changes.assign(orders=people["orders"].cumsum(), spent=people["spent"].cumsum())
    return changes.assign(last=people["last"].ffill())[["at", "person", "orders", "spent", "last"]]


def _price(product: Mapping[str, object]) -> float:
    price = product.get("price")
    return float(price) if isinstance(price, int | float) else 0.0


def _stays(facts: Facts) -> Iterator[pd.DataFrame]:
    starts = facts.talks.rename(columns={"start": "at"})
    stays = facts.log.stays[(facts.log.stays["at"] < facts.until) & (facts.log.stays["person"] >= 0)]
    for segment, moves in stays.groupby("segment_id"):
        moved = moves[["at", "person"]].assign(inside=(moves["name"] == events.ENTERED).to_numpy())
        inside = nearest(starts[starts["person"] >= 0], moved, by="person", direction="backward")["inside"]
        yield pd.DataFrame({"talk": np.asarray(inside.index[inside.eq(True)]), "key": str(segment)})

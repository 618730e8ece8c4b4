"""What the metrics count: the period's conversations, and what happened in them before the period's end.

A conversation belongs to the period in which it started. Filters choose conversations, so that every number of a
filtered report speaks of the same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import pandas as pd

from insight.report import log as events
from insight.report.gaps import Gap, find_gaps
from insight.report.log import Log
from insight.report.nearest import looked_up, nearest
from insight.report.wording import label

BUYING_TIME = timedelta(days=7)
TALK_TIME = timedelta(days=1)  # what a customer does so long after starting a conversation came of it


@dataclass(frozen=True)
class Facts:
    """Everything a report of one period is computed from; `talks` has a row a conversation, by its number."""

    log: Log
    since: datetime
    until: datetime
    talks: pd.DataFrame  # start, person
    everybody: pd.DataFrame  # the same before any filter: who comes back may do so in a conversation left out
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # dimension -> key -> what it is called

    def said(self, dimension: str, key: str) -> str:
        """What a key is called; those that are words need no name."""
        return self.names.get(dimension, {}).get(key) or label(key)

    def inside(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table of the log that happened in these conversations, up to now."""
        return table[(table["at"] < self.until) & table["talk"].isin(self.talks.index)]

    @property
    def shop_known(self) -> bool:
        """Whether the log of orders and returns goes back to the first day."""
        return not self.log.shop.empty and self.log.shop["at"].min() < self.since + events.DAY

    def only(self, talks: pd.Index) -> "Facts":
        """The same facts of these conversations alone."""
        return replace(self, talks=self.talks[self.talks.index.isin(talks)])

    def ids(self, talks: pd.Series) -> list[str]:
        """Conversation ids by number, each once, in the order given."""
        return [self.log.ids[talk] for talk in dict.fromkeys(talks)]

    @cached_property
    def messages(self) -> pd.DataFrame:
        """The customers'."""
        return self._named(self.log.messages, events.SENT)

    @cached_property
    def bot_replies(self) -> pd.DataFrame:
        received = self._named(self.log.messages, events.RECEIVED)
        return received[received["author"] == "bot"]

    @cached_property
    def human_replies(self) -> pd.DataFrame:
        received = self._named(self.log.messages, events.RECEIVED)
        return received[received["author"] == "agent"]

    @cached_property
    def parses(self) -> pd.DataFrame:
        return self.inside(self.log.parses)

    @cached_property
    def handoffs(self) -> pd.DataFrame:
        return self._named(self.log.desk, events.HANDED_OFF)

    @cached_property
    def assignments(self) -> pd.DataFrame:
        return self._named(self.log.desk, events.ASSIGNED)

    @cached_property
    def resolutions(self) -> pd.DataFrame:
        return self._named(self.log.desk, events.RESOLVED)

    @cached_property
    def resolved(self) -> pd.DataFrame:
        """The first time that each was resolved."""
        return self.resolutions.drop_duplicates("talk")

    @cached_property
    def taken(self) -> pd.DataFrame:
        """The handoffs with the assignment that ended each (`taken_at`, `taken_by`): the first one after it, where no
        other handoff and no resolution came between; missing where nobody took it."""
        asked = self.handoffs
        found = nearest(asked, self.assignments[["at", "talk", "agent_id"]], by="talk", direction="forward")
        ends = pd.concat([asked[["at", "talk"]], self.resolutions[["at", "talk"]]])
        over = nearest(asked, ends, by="talk", direction="forward", exact=False)["at"]
        found = found.where(~(over < found["at"]))
        return asked.assign(taken_at=found["at"], taken_by=found["agent_id"])

    @cached_property
    def ratings(self) -> pd.DataFrame:
        return self._named(self.log.ratings, events.RATED)

    @cached_property
    def thumbs(self) -> pd.DataFrame:
        """The last thumb on each answer."""
        rated = self._named(self.log.ratings, events.ANSWER_RATED)
        return rated[rated["helpful"].notna()].drop_duplicates(["talk", "seq"], keep="last")

    @cached_property
    def with_bot(self) -> pd.DataFrame:
        """The conversations the bot took part in: it answered, or it handed over at once."""
        return self.talks[self.has(self.bot_replies) | self.has(self.handoffs)]

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What customers asked and nobody answered, what was asked most first."""
        return find_gaps(self.parses, self.log.texts)

    def has(self, table: pd.DataFrame) -> pd.Series:
        """Of each conversation: does it occur in `table`?"""
        return pd.Series(self.talks.index.isin(table["talk"]), index=self.talks.index)

    @cached_property
    def showings(self) -> pd.DataFrame:
        """A row a suggestion shown: product, whether it was clicked, declined, bought, and the price when bought.

        Not what was listed because the customer asked: it has no button, and who is held back gets it, too.
        """
        told = self.inside(self.log.suggestions)
        shown = self._followed(events.SHOWN)
        shown = shown[~shown["requested"].isin(["1", "true"])].reset_index(drop=True)
        answered = told.set_index(["talk", "suggestion_id"])["name"]
        own = pd.MultiIndex.from_frame(shown[["talk", "suggestion_id"]])
        for column, name in (("clicked", events.CLICKED), ("declined", events.DECLINED)):
            shown[column] = own.isin(answered[answered == name].index) & shown["suggestion_id"].notna().to_numpy()
        return shown

    @cached_property
    def withheld(self) -> pd.DataFrame:
        """The same of those that customers who are held back would have been shown: the first time of each product."""
        return self._followed(events.WITHHELD).drop_duplicates(["person", "product_id"])

    def spenders(self, suggested: pd.DataFrame) -> pd.DataFrame:
        """A row a known person in `suggested`, at the first time: did they `order` anything within seven days?"""
        first = suggested[suggested["person"] >= 0].drop_duplicates("person")[["talk", "at", "person"]]
        met = nearest(first, self.bought[["at", "person"]], by="person", direction="forward")
        return first.assign(ordered=(met["at"] - first["at"]) <= BUYING_TIME)

    def _followed(self, name: str) -> pd.DataFrame:
        """What was suggested under that name; whether the product was `bought` within seven days, and its `price`."""
        rows = self._named(self.log.suggestions, name).assign(
            person=lambda rows: looked_up(rows["talk"], self.talks["person"])
        )
        lines = self.bought.assign(key=_key(self.bought))
        first = nearest(rows.assign(key=_key(rows)), lines[["at", "key", "price"]], by="key", direction="forward")
        rows["bought"] = ((first["at"] - rows["at"]) <= BUYING_TIME) & (rows["person"] >= 0)
        rows["price"] = first["price"].where(rows["bought"])
        return rows

    @cached_property
    def bought(self) -> pd.DataFrame:
        """A row an ordered product since the period's start: at, person, product_id, price of all of it."""
        shop = self.log.shop
        orders = shop[(shop["name"] == events.ORDERED) & (shop["at"] >= self.since) & (shop["at"] < self.until)]
        return product_rows(orders)

    @cached_property
    def returns(self) -> pd.DataFrame:
        """A row a returned product in the period: at, person, product_id, name, price, reason; whoever asked for it."""
        shop = self.log.shop
        asked = shop[(shop["name"] == events.RETURNED) & (shop["at"] >= self.since) & (shop["at"] < self.until)]
        return product_rows(asked)

    @cached_property
    def handling_s(self) -> float | None:
        """Median seconds from an agent taking a conversation to its being resolved; None until one was."""
        first = self.assignments.drop_duplicates("talk")
        done = nearest(first, self.resolved[["at", "talk"]], by="talk", direction="forward")
        seconds = (done["at"] - first["at"]).dt.total_seconds().dropna()
        return float(seconds.median()) if len(seconds) else None

    @cached_property
    def cancellations(self) -> pd.DataFrame:
        """A row an order cancelled within a day of its customer starting a conversation: that `talk`, its `total`."""
        shop = self.log.shop
        totals = shop[shop["name"] == events.ORDERED].drop_duplicates("order_id").set_index("order_id")["total"]
        gone = shop[(shop["name"] == events.CANCELLED) & (shop["at"] >= self.since) & (shop["at"] < self.until)]
        starts = self.talks.rename(columns={"start": "at"}).rename_axis("talk").reset_index()
        met = nearest(gone[gone["person"] >= 0], starts, by="person", direction="backward")
        asked = met[(gone["at"].reindex(met.index) - met["at"]) <= TALK_TIME]
        lost = looked_up(gone.loc[asked.index, "order_id"], totals).fillna(0.0)
        return pd.DataFrame({"talk": asked["talk"], "total": lost})

    def _named(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        return self.inside(table[table["name"] == name])


def make_facts(
    log: Log, since: datetime, until: datetime, names: Mapping[str, Mapping[str, str]] | None = None
) -> Facts:
    """The facts of a period inside the log's."""
    talks = log.talks[(log.talks["start"] >= since) & (log.talks["start"] < until)]
    return Facts(log, since, until, talks, talks, names or {})


def product_rows(orders: pd.DataFrame) -> pd.DataFrame:
    """Orders or returns by their products; quantity is in the price."""
    rows = [
        (place, str(one.get("product_id")), str(one.get("name") or one.get("product_id")), _price(one))
        for place, cell in zip(orders.index, orders["products"], strict=True)
        for one in events.products(cell)
    ]
    columns = {"place": "int64", "product_id": "str", "product": "str", "price": "float64"}
    lines = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    kept = orders[["at", "person", "order_id", "reason"]]
    return lines.merge(kept, left_on="place", right_index=True).sort_values(["at", "place"], ignore_index=True)


def _price(product: Mapping[str, object]) -> float:
    price, quantity = product.get("price"), product.get("quantity", 1)
    return float(price) * float(quantity) if isinstance(price, int | float) and isinstance(quantity, int | float) else 0


def _key(rows: pd.DataFrame) -> pd.Series:
    return rows["person"].astype("str") + " " + rows["product_id"].fillna("")

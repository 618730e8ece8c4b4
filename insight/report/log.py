"""The event log as columns: each kind of event one table, with only the properties that a report counts.

The database takes the properties out of the JSON and pandas gets whole columns, so that a million events take seconds.
Every table has `at`, `talk` (which conversation) and `person`, the two as numbers, -1 unknown; sorted by time.
"""

import gc
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, String, Text, and_, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from insight.tables import AliasRow, EventRow
from insight.tiers import EVENT as TIERS_REFRESHED
from insight.tiers import Tiers

ROWS_AT_ONCE = 30_000
CELLS_KEPT = 10_000  # of products: messages about one thing name it alike
DAY = timedelta(days=1)
UNANSWERED_READ = 2_000  # the newest ones; whose texts are read, too
SENT, RECEIVED, PARSED = "Live Chat Message Sent", "Live Chat Message Received", "Message Parsed"
STARTED, HANDED_OFF = "Live Chat Conversation Started", "Conversation Handed Off"
ASSIGNED, RESOLVED = "Conversation Assigned", "Conversation Resolved"
RATED, ANSWER_RATED = "Rating Given", "Answer Rated"
SHOWN, CLICKED, DECLINED = "Suggestion Shown", "Suggestion Clicked", "Suggestion Declined"
WITHHELD = "Suggestion Withheld"  # from a customer who is held back, for comparison
ORDERED, CANCELLED, REFUNDED = "Order Completed", "Order Cancelled", "Order Refunded"
RETURNED = "Return Requested"
ENTERED, LEFT = "Segment Entered", "Segment Left"
CHANGED = "Change Found"
CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Kind:
    """Events that make one table: their names, and which properties become columns of text or numbers."""

    names: tuple[str, ...]
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()  # with a dot: a property inside another


TALK = {
    "messages": Kind((SENT, RECEIVED), ("author", "agent_id"), ("seq", "answers_seq", "latency_ms")),
    "parses": Kind(
        (PARSED,),
        ("intent", "sentiment", "template_id", "abstained", "products"),
        ("seq", "template_score", "sentiment_scores.positive", "sentiment_scores.negative"),
    ),
    "desk": Kind((STARTED, HANDED_OFF, ASSIGNED, RESOLVED), ("reason", "by", "agent_id", "channel")),
    "ratings": Kind((RATED, ANSWER_RATED), ("helpful",), ("score", "seq")),
    "suggestions": Kind((SHOWN, CLICKED, DECLINED, WITHHELD), ("suggestion_id", "product_id", "requested")),
}
HISTORY = {  # whatever happened before, too: a tier or a segment is older than a conversation
    "shop": Kind(
        (ORDERED, CANCELLED, REFUNDED, RETURNED), ("order_id", "product_id", "products", "reason"), ("total", "revenue")
    ),
    "stays": Kind((ENTERED, LEFT), ("segment_id",)),
    "changes": Kind(
        (CHANGED,),
        ("what", "by", "key", "called", "topic", "conversations"),
        ("now", "before", "statements", "earlier", "reviews"),
    ),
}


@dataclass(frozen=True)
class Log:
    """What was read; `ids` are the conversations' by their number, `texts` those of the newest unanswered messages."""

    since: datetime
    until: datetime
    ids: tuple[str, ...]
    people: tuple[str, ...]
    older: frozenset[int]  # conversations that had begun before `since`
    begun: bool  # customers had written by the end of the first day
    tiers: Tiers
    texts: Mapping[tuple[int, int], str]  # (talk, seq)
    currency: str  # of the newest order that names one; empty: none does
    messages: pd.DataFrame
    parses: pd.DataFrame
    desk: pd.DataFrame
    ratings: pd.DataFrame
    suggestions: pd.DataFrame
    shop: pd.DataFrame
    stays: pd.DataFrame
    changes: pd.DataFrame  # of moods and topics, as the refresh found them

    @cached_property
    def talks(self) -> pd.DataFrame:
        """A row a conversation: when it started, and whose it is (the last customer named, else the first visitor)."""
        columns = ["talk", "at", "id", "person", "customer_id"]
        tables = (self.messages, self.parses, self.desk, self.ratings, self.suggestions)
        events = _in_order(pd.concat([table[columns] for table in tables], ignore_index=True))
        named = events[events["customer_id"].notna()].groupby("talk")["person"].last()
        first = events.groupby("talk").agg(start=("at", "first"), person=("person", "first"))
        first["person"] = named.reindex(first.index).fillna(first["person"]).astype("int64")
        return first[~first.index.isin(self.older)]


def read_log(session: Session, since: datetime, until: datetime) -> Log:
    """The events from `since` to before `until`; of orders and segments all before `until`."""
    inside = and_(EventRow.occurred_at >= since, EventRow.occurred_at < until)
    tables = {
        name: _read(session, kind, and_(inside, EventRow.conversation_id.is_not(None))) for name, kind in TALK.items()
    }
    tables |= {name: _read(session, kind, EventRow.occurred_at < until) for name, kind in HISTORY.items()}
    ids, people = _number(tables, "conversation_id", "talk"), _name_people(session, tables)
    parses = tables["parses"]
    parses["score"] = _sentiment(parses)
    parses["abstained"] = parses["abstained"].isin(["1", "true"])
    tables["ratings"]["helpful"] = tables["ratings"]["helpful"].map({"1": 1.0, "true": 1.0, "0": 0.0, "false": 0.0})
    return Log(
        since=since,
        until=until,
        ids=ids,
        people=people,
        older=_older(session, since, until, ids),
        begun=_begun(session, since + DAY),
        tiers=_tiers(session, until),
        texts=_texts(session, parses, ids),
        currency=_currency(session, until),
        **{name: _in_order(table) for name, table in tables.items()},
    )


@dataclass(frozen=True)
class Talks:
    """What was understood and what the desk did, in conversations alone; `people` by their number."""

    people: tuple[str, ...]
    parses: pd.DataFrame
    desk: pd.DataFrame


def read_talks(session: Session, since: datetime, until: datetime) -> Talks:
    """The events of conversations from `since` to before `until`, for whoever wants no orders."""
    inside = and_(EventRow.occurred_at >= since, EventRow.occurred_at < until, EventRow.conversation_id.is_not(None))
    tables = {name: _read(session, TALK[name], inside) for name in ("parses", "desk")}
    _number(tables, "conversation_id", "talk")
    people = _name_people(session, tables)
    parses = tables["parses"]
    parses["abstained"] = parses["abstained"].isin(["1", "true"])
    return Talks(people, _in_order(parses), _in_order(tables["desk"]))


@lru_cache(maxsize=CELLS_KEPT)
def products(cell: Any) -> tuple[Mapping[str, Any], ...]:
    """The objects of a `products` column's cell, which is JSON; whatever else it is reads as none."""
    try:
        found = json.loads(cell)
    except (TypeError, ValueError):
        return ()
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def conversations(cell: Any) -> list[str]:
    """The ids in a `conversations` column's cell, which is JSON; whatever else it is reads as none."""
    try:
        found = json.loads(cell)
    except (TypeError, ValueError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _read(session: Session, kind: Kind, condition: ColumnElement[bool]) -> pd.DataFrame:
    fixed = (EventRow.id, EventRow.name, EventRow.customer_id, EventRow.anonymous_id, EventRow.conversation_id)
    found = [EventRow.properties[tuple(path.split("."))].as_string() for path in (*kind.texts, *kind.numbers)]
    wanted = [func.nullif(cast(one, Text), "") for one in found]
    at = type_coerce(EventRow.occurred_at, String)  # parsed as a column, not value by value
    names = ["id", "name", "customer_id", "anonymous_id", "conversation_id", "at", *kind.texts]
    names += [path.replace(".", "_") for path in kind.numbers]
    rows = session.connection().execute(  # plain rows: a session's cost half as much again
        select(*fixed, at, *wanted).where(EventRow.name.in_(kind.names), condition),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    with _uncollected():
        parts = [_columns(chunk, names, len(kind.numbers)) for chunk in rows.partitions()]
    return pd.concat(parts or [_columns([], names, len(kind.numbers))], ignore_index=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: millions of plain values make Python search everything it holds, again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _columns(rows: Iterable[Any], names: list[str], numbers: int) -> pd.DataFrame:
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    table = pd.DataFrame(index=range(len(values[0])))
    for place, (name, column) in enumerate(zip(names, values, strict=True)):
        if name == "id":
            table[name] = pd.array(column, dtype="int64")
        elif name == "at":
            table[name] = pd.to_datetime(list(column), utc=True, format="ISO8601").as_unit("us")
        elif place >= len(names) - numbers:
            read = pd.to_numeric(pd.Series(column, dtype="object"), errors="coerce").astype("float64")
            table[name] = read.where(read.abs() != float("inf"))
        else:
            table[name] = pd.array(column, dtype="str")
    return table


def _number(tables: Mapping[str, pd.DataFrame], column: str, into: str) -> tuple[str, ...]:
    """Gives every table the number of its `column`'s value as `into`; returns the values by number."""
    everything = pd.concat([table[column] for table in tables.values()], ignore_index=True)
    numbers, values = pd.factorize(everything, sort=True)
    start = 0
    for table in tables.values():
        table[into] = numbers[start : start + len(table)]
        start += len(table)
        del table[column]
    return tuple(values)


def _name_people(session: Session, tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """A visitor who turned out to be a customer is that customer."""
    aliases = {row.anonymous_id: row.customer_id for row in session.execute(select(AliasRow)).scalars()}
    for table in tables.values():
        visitor = table.pop("anonymous_id")
        merged = visitor.map(aliases).astype("str").fillna(visitor) if aliases else visitor
        table["who"] = table["customer_id"].fillna(merged)
    return _number(tables, "who", "person")


def _sentiment(parses: pd.DataFrame) -> pd.Series:
    """P(positive) - P(negative), else by the label; missing where a message carries no sentiment."""
    positive, negative = parses.pop("sentiment_scores_positive"), parses.pop("sentiment_scores_negative")
    scored = positive.fillna(0) - negative.fillna(0)
    by_label = parses["sentiment"].map({"negative": -1.0, "neutral": 0.0, "positive": 1.0}).astype("float64")
    return scored.where(positive.notna() | negative.notna(), by_label)


def _older(session: Session, since: datetime, until: datetime, ids: tuple[str, ...]) -> frozenset[int]:
    there = EventRow.conversation_id.is_not(None)
    now = select(EventRow.conversation_id).where(there, EventRow.occurred_at >= since, EventRow.occurred_at < until)
    before = select(EventRow.conversation_id).where(there, EventRow.occurred_at < since).distinct()
    numbers = {id: number for number, id in enumerate(ids)}
    found = session.execute(before.where(EventRow.conversation_id.in_(now))).scalars()
    return frozenset(numbers[id] for id in found if id in numbers)


def _begun(session: Session, by: datetime) -> bool:
    written = select(EventRow.id).where(EventRow.name == SENT, EventRow.occurred_at < by)
    return session.scalar(written.limit(1)) is not None


def _tiers(session: Session, until: datetime) -> Tiers:
    fitted = select(EventRow.properties).where(EventRow.name == TIERS_REFRESHED, EventRow.occurred_at < until)
    newest = session.execute(fitted.order_by(EventRow.occurred_at.desc(), EventRow.id.desc()).limit(1)).scalar()
    return Tiers.known(newest)


def _currency(session: Session, until: datetime) -> str:
    named = EventRow.properties["currency"].as_string()
    bought = select(named).where(EventRow.name == ORDERED, EventRow.occurred_at < until, named.is_not(None))
    newest = session.scalar(bought.order_by(EventRow.occurred_at.desc(), EventRow.id.desc()).limit(1))
    return newest if newest and CURRENCY.fullmatch(newest) else ""


def _texts(session: Session, parses: pd.DataFrame, ids: tuple[str, ...]) -> dict[tuple[int, int], str]:
    unanswered = parses[(parses["abstained"] | (parses["intent"] == "nlu_fallback")) & parses["seq"].notna()]
    newest = unanswered.sort_values(["at", "id"]).tail(UNANSWERED_READ)
    wanted = {(ids[talk], int(seq)): talk for talk, seq in zip(newest["talk"], newest["seq"], strict=True)}
    talks = sorted({id for id, _ in wanted})
    texts: dict[tuple[int, int], str] = {}
    for start in range(0, len(talks), 500):
        some = EventRow.conversation_id.in_(talks[start : start + 500])
        said = select(EventRow.conversation_id, EventRow.properties).where(EventRow.name == SENT, some)
        for id, properties in session.execute(said):
            seq, text = properties.get("seq"), properties.get("text")
            if isinstance(text, str) and text.strip() and (id, seq) in wanted:
                texts[wanted[id, seq], seq] = text.strip()
    return texts


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["at", "id"], ignore_index=True)

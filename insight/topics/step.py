"""The step that finds topics, rolls up what was said by week, and records in the log what changed sharply."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch import texts
from insight.batch.context import Context
from insight.events import Event, append
from insight.tables import ResultRow, WeekRow
from insight.topics import changes, finding, rollups, speech
from insight.topics.changes import MOOD, Change
from insight.topics.finding import Topic

RESULT = "topics"
EVENT = "Change Found"
WEEKS = 26
CONVERSATIONS = 50  # named with a change
UNHAPPY = 2  # levels up to it
TOPICS = pa.schema([("event_id", pa.int64()), ("topic", pa.string())])


@dataclass(frozen=True)
class Topics:
    """What one refresh found, the most frequent topic and the sharpest change first."""

    as_of: datetime
    topics: tuple[Topic, ...]
    changes: tuple[Change, ...]


def find(context: Context) -> dict[str, Any]:
    """Find topics in what customers wrote, and what changed in the last whole week (Monday to Sunday, UTC)."""
    today = context.now.astimezone(UTC).date()
    week = today - timedelta(days=today.weekday() + 7)
    statements = speech.copy(context, _noon(week - timedelta(weeks=WEEKS)) - timedelta(hours=12))
    topics = _topics(context)
    tables = (context.table(name) for name in ("said", "about", "stays", "topics"))
    mentioned = context.keep("mentions", rollups.mentions(*tables))
    weeks = context.frame(context.keep("weeks", rollups.weeks(mentioned)))
    found = changes.find(weeks, week)
    told = [_event(context, mentioned, change) for change in found]
    kept = Topics(context.now, tuple(sorted(topics, key=lambda one: (-one.texts, one.name))), tuple(found))
    with context.writing() as session:
        session.execute(delete(WeekRow))
        if not weeks.empty:
            session.execute(insert(WeekRow), _rows(weeks))
        session.merge(ResultRow(name=RESULT, as_of=context.now, document=_plain(kept)))
        append(session, told)
    return {"statements": statements, "topics": len(topics), "changes": len(found)}


def read(session: Session) -> Topics | None:
    """What the last refresh found; None before the first one."""
    row = session.get(ResultRow, RESULT)
    if row is None:
        return None
    topics = tuple(Topic(**one | {"words": tuple(one["words"])}) for one in row.document["topics"])
    return Topics(row.as_of, topics, tuple(map(Change.from_document, row.document["changes"])))


def _topics(context: Context) -> list[Topic]:
    """The topics; and the table `topics`, which says those of the statements."""
    written = context.frame(context.table("texts").order_by("event_id"))
    said = context.frame(context.table("said").select("event_id", "conversation_id", "seq", "kind", "intent"))
    messages = said[said["kind"] == "message"].dropna(subset=["conversation_id", "seq"])
    messages = messages.drop_duplicates(["conversation_id", "seq"], keep="last").rename(columns={"event_id": "said_id"})
    written = written.merge(
        messages[["conversation_id", "seq", "said_id", "intent"]], on=["conversation_id", "seq"], how="left"
    )
    written["said_id"] = written["said_id"].where(written["kind"] == "message", written["event_id"])
    topics, names = finding.find(written, texts.vectors(context))
    rows = pd.DataFrame({"event_id": written["said_id"], "topic": names}).dropna()
    rows = rows[rows["topic"] != ""].astype({"event_id": "int64"}).drop_duplicates("event_id")
    context.put("topics", pa.Table.from_pandas(rows, schema=TOPICS, preserve_index=False))
    return topics


def _event(context: Context, mentioned: Any, change: Change) -> Event:
    """The fact of the log, of nobody; dated at noon of the week's last day, whatever the zone of a report."""
    inside = mentioned.filter(
        (mentioned.by == change.by) & (mentioned.key == change.key) & (mentioned.week == change.week)
    )
    if change.topic:
        inside = inside.filter(inside.topic == change.topic)
    elif change.what == MOOD and change.now < change.before:
        inside = inside.filter(inside.level <= UNHAPPY)
    ids = context.frame(inside.select("conversation_id").filter(inside.conversation_id.notnull()).distinct())
    names = {item.product_id: item.name for item in context.items}
    told = {
        **change.as_document(),
        "called": names.get(change.key, change.key),
        "conversations": sorted(ids["conversation_id"])[:CONVERSATIONS],
    }
    id = ":".join(("change", change.what, change.by, change.key, change.topic, change.week.isoformat()))
    return Event(EVENT, id[-200:], _noon(change.week + timedelta(days=6)), told)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _rows(weeks: pd.DataFrame) -> list[Mapping[str, Any]]:
    plain = weeks.assign(week=pd.to_datetime(weeks["week"]).dt.date)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _plain(found: Topics) -> dict[str, Any]:
    return {
        "topics": [asdict(one) | {"words": list(one.words)} for one in found.topics],
        "changes": [one.as_document() for one in found.changes],
    }

"""Rasa's tracker store: SQL is the truth, the live trackers of the last conversations wait in memory.

Rasa's own store replays a conversation's every event from JSON on each turn. Here a tracker is kept after it is saved
and used again if its last row is still the newest one, so another process, a restart or an erasure is never overlooked.
In memory it forgets what was before the last turn, unless a form was open there: rules and actions look no further
back, and all that Rasa does in a turn costs time by the tracker's length.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool
from turn import TurnFailed, turn_failure

CACHED_TRACKERS = 500
TURNS_KEPT = 1  # with no form open; the actions read what the bot said last
EVENTS_OF_A_MESSAGE = 4  # two requests, each of which may be gone on with as another one
EVENTS = SQLTrackerStore.SQLEvent.__table__


@dataclass(frozen=True)
class Answered:
    """The bot's stored events in answer to a message; `both`: to its second request too."""

    said: list[dict[str, Any]]
    both: bool


class CachedTrackerStore(TrackerStore):
    """Write-through: `save` appends the new events to the table `events`, in Rasa's own columns."""

    def __init__(
        self, domain: Domain | None, host: str, event_broker: EventBroker | None = None, **options: Any
    ) -> None:
        super().__init__(domain, event_broker)
        self.engine = make_engine(host)
        EVENTS.create(self.engine, checkfirst=True)
        self._live: OrderedDict[str, tuple[int, DialogueStateTracker]] = OrderedDict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The caller owns the tracker until it saves it: what fails in between leaves no trace in memory."""
        kept = self._live.pop(sender_id, None)
        with self.engine.connect() as connection:
            if kept is not None and kept[0] == self._last_id(connection, sender_id):
                return kept[1]
            rows = connection.execute(
                sa.select(EVENTS.c.data).where(EVENTS.c.sender_id == sender_id).order_by(EVENTS.c.id)
            ).all()
        if not rows:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(row.data) for row in rows], self.domain.slots)
        tracker.stored_events = len(rows)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        if turn_failure.get():
            raise TurnFailed(turn_failure.get())
        events = list(tracker.events)
        stored = getattr(tracker, "stored_events", 0)
        with self.engine.begin() as connection:
            if len(events) > stored:
                connection.execute(EVENTS.insert(), [row_of(tracker.sender_id, event) for event in events[stored:]])
            last = self._last_id(connection, tracker.sender_id)
        self._keep(self._shortened(tracker, events), last)

    def _shortened(self, tracker: DialogueStateTracker, events: list[Any]) -> DialogueStateTracker:
        """The tracker from a rest on: a place where a turn ended, ready to listen, with no form open."""
        rests = getattr(tracker, "rests", [])
        if tracker.active_loop_name is None and tracker.latest_action_name == ACTION_LISTEN_NAME:
            rests = [*(rest for rest in rests if rest < len(events)), len(events)]
        if len(rests) > TURNS_KEPT:
            cut = rests[-TURNS_KEPT - 1] - 1  # begin with the listening itself
            events, rests = events[cut:], [rest - cut for rest in rests[-TURNS_KEPT:]]
            tracker = DialogueStateTracker.from_events(tracker.sender_id, events, self.domain.slots)
        tracker.stored_events, tracker.rests = len(events), rests
        return tracker

    async def look(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker as it is stored, not to be changed: it stays in memory for the next turn."""
        kept = self._live.get(sender_id)
        return kept[1] if kept is not None else await self.retrieve(sender_id)

    def _keep(self, tracker: DialogueStateTracker, last: int) -> None:
        self._live[tracker.sender_id] = (last, tracker)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > CACHED_TRACKERS:
            self._live.popitem(last=False)

    def _last_id(self, connection: Any, sender_id: str) -> int:
        return connection.execute(sa.select(sa.func.max(EVENTS.c.id)).where(EVENTS.c.sender_id == sender_id)).scalar()

    async def keys(self) -> Iterable[str]:
        with self.engine.connect() as connection:
            return [row.sender_id for row in connection.execute(sa.select(EVENTS.c.sender_id).distinct())]

    def answer_to(self, sender_id: str, message_id: str) -> Answered | None:
        """What was said in answer to the sender's latest message if that is `message_id`; None if it is another."""
        mine = EVENTS.c.sender_id == sender_id
        with self.engine.connect() as connection:
            users = connection.execute(
                sa.select(EVENTS.c.id, EVENTS.c.data)
                .where(mine, EVENTS.c.type_name == "user")
                .order_by(EVENTS.c.id.desc())
                .limit(EVENTS_OF_A_MESSAGE)
            ).all()
            events = {row.id: json.loads(row.data) for row in users}
            ids = [id for id, event in events.items() if event.get("message_id") == message_id]
            if not ids:
                return None
            said = connection.execute(
                sa.select(EVENTS.c.data)
                .where(mine, EVENTS.c.type_name == "bot", EVENTS.c.id > min(ids))
                .order_by(EVENTS.c.id)
            ).all()
        both = any((events[id].get("metadata") or {}).get("request") for id in ids)
        return Answered([json.loads(row.data) for row in said], both)


def row_of(sender_id: str, event: Any) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def make_engine(url: str) -> sa.engine.Engine:
    """One connection is enough: Rasa calls its store from the event loop only."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, poolclass=QueuePool, pool_size=2, pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 15},
    )
    sa.event.listen(engine, "connect", configure_sqlite)
    return engine


def configure_sqlite(connection: Any, record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")

"""Where profiles are kept: reading one, folding new events into many, rebuilding all of them from the log."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from insight.events import IDENTIFIED, SEPARATED, Event, Recorded, read_person
from insight.profile import visit
from insight.profile.document import Document, empty, fold_all
from insight.profile.view import Profile, view
from insight.tables import (
    AliasRow,
    EventRow,
    OwedRow,
    PopulationRow,
    PositionRow,
    ProfileRow,
    SetAsideRow,
    StayRow,
    WritingRow,
)
from insight.tiers import EVENT as TIERS_REFRESHED
from insight.tiers import Tiers

CONSUMER = "profiles"
HALF_LIFE_DAYS = 30.0
AT_ONCE = 500
MOST_AHEAD = 1_000
MOST_ANEW = 4_000  # events that are folded again at once; whoever has more is owed it (`profile.remaking`)
POPULATION: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {  # the event -> its document, checked
    TIERS_REFRESHED: lambda told: Tiers.from_document(told).as_document(),
    visit.EVENT: visit.checked,
}


def get(session: Session, person_id: str, *, now: datetime | None = None) -> Profile | None:
    """The profile of a customer or visitor (a visitor who became a customer gives the customer's), None if unknown."""
    known_as = session.execute(select(AliasRow.customer_id).where(AliasRow.anonymous_id == person_id)).scalar()
    person_id = known_as or person_id
    found = select(ProfileRow.document).where(ProfileRow.person_id == person_id)
    document = session.execute(found).scalar_one_or_none()
    if document is None:
        return None
    intent = read_intent(session) if document.get("visit") else None
    return view(person_id, document, tiers=read_tiers(session), now=now or datetime.now(UTC), intent=intent)


def of_customers(session: Session, customer_ids: Sequence[str], *, now: datetime | None = None) -> dict[str, Profile]:
    """The profiles of these customers that are known, by id, in one query for all."""
    rows = select(ProfileRow.person_id, ProfileRow.document).where(ProfileRow.person_id.in_(customer_ids))
    tiers, intent, now = read_tiers(session), read_intent(session), now or datetime.now(UTC)
    found = session.execute(rows).tuples().all()
    return {person_id: view(person_id, document, tiers=tiers, now=now, intent=intent) for person_id, document in found}


def read_tiers(session: Session) -> Tiers:
    """The value tiers in force."""
    return Tiers.known(_of_everybody(session, TIERS_REFRESHED))


def read_intent(session: Session) -> visit.Forest | None:
    """The trees of purchase intent in force, if there are any."""
    document = _of_everybody(session, visit.EVENT)
    return visit.Forest.from_document(document) if document else None


def _of_everybody(session: Session, name: str) -> dict[str, Any] | None:
    return session.execute(select(PopulationRow.document).where(PopulationRow.name == name)).scalar_one_or_none()


def documents(session: Session) -> Iterator[tuple[str, Document]]:
    """Everybody's document with their id, by id, a few in memory at a time."""
    rows = select(ProfileRow.person_id, ProfileRow.document).order_by(ProfileRow.person_id)
    yield from session.execute(rows.execution_options(yield_per=AT_ONCE)).tuples()


def forget(session: Session, person_id: str) -> None:
    """Delete a profile now; record `Customer Erased` as well, or a replay brings it back."""
    for table in (ProfileRow, StayRow, WritingRow, OwedRow):
        session.execute(delete(table).where(table.person_id == person_id))


def fold_new(
    session: Session, recorded: Sequence[Recorded], *, half_life_days: float = HALF_LIFE_DAYS
) -> dict[str, Document]:
    """Bring the profiles up to date with these events, the next ones in log order; returns those that changed."""
    changed = merge(session, recorded)
    keep_population(session, recorded)
    by_person: dict[str, list[Recorded]] = {person_id: [] for person_id in sorted(changed)}
    by_person |= _by_person(session, recorded)
    return _fold(session, by_person, changed, up_to=recorded[-1].id, half_life_days=half_life_days)


def fold_ahead(
    session: Session, people: Iterable[str], *, after: int, up_to: int, half_life_days: float = HALF_LIFE_DAYS
) -> dict[str, Document]:
    """Fold these people's events before it is their turn: those behind `after`, to which all others are folded.

    Left to their turn: who is merged with somebody or separated meanwhile, and who has more than `MOST_AHEAD` waiting.
    """
    by_person: dict[str, list[Recorded]] = {}
    for person_id in people:
        waiting = read_person(session, person_id, after=after, up_to=up_to, limit=MOST_AHEAD + 1)
        names = {one.event.name for one in waiting}
        if waiting and len(waiting) <= MOST_AHEAD and not names & {IDENTIFIED, SEPARATED}:
            by_person[person_id] = waiting
    return _fold(session, by_person, set(), up_to=up_to, half_life_days=half_life_days)


def talking(session: Session, *, after: int, limit: int) -> tuple[list[str], int]:
    """Who has events of a conversation behind `after`, and the id up to which the first `limit` of these were read."""
    columns = (EventRow.id, EventRow.customer_id, EventRow.anonymous_id)
    theirs = select(*columns).where(EventRow.id > after, EventRow.conversation_id.is_not(None))
    rows = session.execute(theirs.order_by(EventRow.id).limit(limit)).all()
    aliases = aliases_of(session, {row.anonymous_id for row in rows if row.anonymous_id and not row.customer_id})
    people = (row.customer_id or aliases.get(row.anonymous_id, row.anonymous_id) for row in rows)
    return [one for one in dict.fromkeys(people) if one], rows[-1].id if rows else after


def _fold(
    session: Session,
    by_person: Mapping[str, list[Recorded]],
    changed: set[str],
    *,
    up_to: int,
    half_life_days: float,
) -> dict[str, Document]:
    """Fold what each document does not hold yet; whose past has `changed`, or got a late event, is made anew."""
    stored = _stored(session, list(by_person))
    folded: dict[str, Document] = {}
    for person_id, events in by_person.items():
        document, end = stored.get(person_id), up_to
        if document is not None and person_id not in changed:
            events = [one for one in events if one.id > document["last_id"]]
            if not events:
                continue  # folded ahead
            end = max(up_to, document["last_id"])
        if person_id in changed or (document and not _comes_after(events[0], document)):
            anew = read_person(session, person_id, up_to=end, limit=MOST_ANEW + 1)
            if len(anew) > MOST_ANEW:
                upsert(session, OwedRow, [{"person_id": person_id, "event_id": end}])
                events = [one for one in events if document and _comes_after(one, document)]
            else:
                document, events = None, anew
        if not events:
            continue
        folded[person_id], failed = fold_all(document or empty(half_life_days), events)
        set_aside(session, failed)
    store(session, folded)
    return folded


def _comes_after(one: Recorded, document: Document) -> bool:
    """Whether it is new and did not happen before what the document holds."""
    return bool(one.id > document["last_id"] and one.event.occurred_at.timestamp() >= document["last_at"])


def position(session: Session) -> PositionRow:
    """How far the profiles have followed the log; the row is locked until the transaction ends."""
    mine: Any = select(PositionRow).where(PositionRow.consumer == CONSUMER).with_for_update()
    found = session.execute(mine).scalar_one_or_none()
    if found is None:
        found = PositionRow(consumer=CONSUMER, event_id=0)
        session.add(found)
        session.flush()  # of two first workers one fails here and finds the row at its next step
    return found


def folded_to(session: Session) -> int:
    """The id of the newest event that the profiles hold."""
    return session.scalar(select(PositionRow.event_id).where(PositionRow.consumer == CONSUMER)) or 0


def merge(session: Session, recorded: Iterable[Recorded]) -> set[str]:
    """Note which visitors became which customers, or are not them after all; returns the people that this changes.

    The first customer a visitor is identified as keeps the anonymous past: on a shared computer a second one must not
    inherit it, unless the first one was a mistake.
    """
    changed: set[str] = set()
    for one in recorded:
        visitor, customer = one.event.anonymous_id, one.event.customer_id
        if one.event.name not in (IDENTIFIED, SEPARATED) or not visitor or not customer or visitor == customer:
            continue
        known = session.get(AliasRow, visitor)
        if one.event.name == IDENTIFIED and known is None:
            session.add(AliasRow(anonymous_id=visitor, customer_id=customer, event_id=one.id))
            forget(session, visitor)
            changed = (changed - {visitor}) | {customer}
        elif one.event.name == SEPARATED and known is not None and known.customer_id == customer:
            session.delete(known)
            session.flush()
            changed |= {visitor, customer}
            heir = _next_identified(session, visitor, up_to=one.id)
            if heir is not None:
                session.add(AliasRow(anonymous_id=visitor, customer_id=heir.customer_id, event_id=heir.id))
                forget(session, visitor)
                changed = (changed - {visitor}) | {heir.customer_id}
        session.flush()
    return changed


def _next_identified(session: Session, visitor: str, *, up_to: int) -> Any:
    """Of the times a visitor was identified that were not taken back, the first: `id` and `customer_id`, or None."""
    told = select(EventRow.id, EventRow.name, EventRow.customer_id).where(
        EventRow.anonymous_id == visitor,
        EventRow.name.in_((IDENTIFIED, SEPARATED)),
        EventRow.customer_id.is_not(None),
        EventRow.customer_id != visitor,
        EventRow.id <= up_to,
    )
    standing: dict[str, Any] = {}
    for row in session.execute(told.order_by(EventRow.id)):
        if row.name == IDENTIFIED:
            standing.setdefault(row.customer_id, row)
        else:
            standing.pop(row.customer_id, None)
    return next(iter(standing.values()), None)


def keep_population(session: Session, recorded: Iterable[Recorded]) -> None:
    """Keep what these events say of everybody together; `POPULATION` names them."""
    for one in recorded:
        if one.event.name not in POPULATION:
            continue
        try:
            document = POPULATION[one.event.name](one.event.properties)
        except (LookupError, TypeError, ValueError) as error:
            set_aside(session, {one.id: error})
            continue
        upsert(session, PopulationRow, [{"name": one.event.name, "document": document, "event_id": one.id}])


def _by_person(session: Session, recorded: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """The events of each person in the order they happened."""
    recorded = list(recorded)
    visitors = {one.event.anonymous_id for one in recorded if one.event.anonymous_id and not one.event.customer_id}
    aliases = aliases_of(session, visitors)
    by_person: dict[str, list[Recorded]] = {}
    for one in sorted(recorded, key=lambda one: (one.event.occurred_at, one.id)):
        person_id = _person(one.event, aliases)
        if person_id:
            by_person.setdefault(person_id, []).append(one)
    return by_person


def aliases_of(session: Session, visitors: Iterable[str]) -> dict[str, str]:
    """The customers that some of these visitors turned out to be."""
    known = select(AliasRow.anonymous_id, AliasRow.customer_id).where(AliasRow.anonymous_id.in_(sorted(visitors)))
    return {visitor: customer for visitor, customer in session.execute(known)}


def _person(event: Event, aliases: Mapping[str, str]) -> str | None:
    if event.customer_id or not event.anonymous_id:
        return event.customer_id
    return aliases.get(event.anonymous_id, event.anonymous_id)


def _stored(session: Session, people: list[str]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for some in chunks(people):
        rows = select(ProfileRow.person_id, ProfileRow.document).where(ProfileRow.person_id.in_(some))
        found |= {person_id: document for person_id, document in session.execute(rows)}
    return found


def store(session: Session, folded: Mapping[str, Document]) -> None:
    rows = [
        {
            "person_id": person_id,
            "document": document,
            "folded_to": document["last_id"],
            "updated_at": datetime.fromtimestamp(document["last_at"], UTC),
        }
        for person_id, document in folded.items()
        if document["last_at"] is not None
    ]
    upsert(session, ProfileRow, rows)
    _store_stays(session, folded)


def _store_stays(session: Session, folded: Mapping[str, Document]) -> None:
    """The stays of these people as rows; one that a late event moved does not stay where it was."""
    for some in chunks(list(folded)):
        session.execute(delete(StayRow).where(StayRow.person_id.in_(some)))
    rows = [
        {
            "person_id": person_id,
            "segment_id": segment_id,
            "entered_at": datetime.fromtimestamp(stay["entered_at"], UTC),
            "left_at": stay["left_at"] and datetime.fromtimestamp(stay["left_at"], UTC),
        }
        for person_id, document in folded.items()
        for segment_id, stays in document.get("segments", {}).items()
        for stay in stays
    ]
    upsert(session, StayRow, rows)


def set_aside(session: Session, failed: Mapping[int, Exception]) -> None:
    rows = [{"event_id": event_id, "error": _where(error)} for event_id, error in failed.items()]
    upsert(session, SetAsideRow, rows)


def _where(error: Exception) -> str:
    """The kind of error and the line it came from, without its text: that may hold what a customer wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}, line {frame.lineno}"


def upsert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table.__table__)
    keys = [column.name for column in table.__table__.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def chunks(items: list[str], size: int = AT_ONCE) -> Iterator[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))

"""Making profiles anew from the log: all in one transaction, or some people at a time beside a running shop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from insight.events import IDENTIFIED, SEPARATED, Recorded, newest, read, read_person
from insight.profile.document import Document, empty, fold_all
from insight.profile.store import (
    AT_ONCE,
    HALF_LIFE_DAYS,
    POPULATION,
    aliases_of,
    chunks,
    folded_to,
    keep_population,
    merge,
    position,
    set_aside,
    store,
    upsert,
)
from insight.tables import AliasRow, EventRow, OwedRow, PopulationRow, PositionRow, ProfileRow, SetAsideRow, StayRow

REPLAY = "replay"  # stands among the consumers while a replay is at work
PEOPLE_A_TRANSACTION = 100


def rebuild(session: Session, *, half_life_days: float = HALF_LIFE_DAYS) -> int:
    """Make every profile anew from the log, in this transaction; returns how many there are now."""
    people, end = _begin_replay(session)
    for some in chunks(people):
        _refold(session, some, half_life_days=half_life_days)
    _end_replay(session, people, end)
    return len(people)


def replay(writing: Callable[[], AbstractContextManager[Session]], *, half_life_days: float = HALF_LIFE_DAYS) -> int:
    """`rebuild` in many short transactions, beside a running shop: readers see old profiles until theirs is new.

    What happens meanwhile is folded by the worker, into old profiles and new ones; an old one is then made anew from
    all of it. A replay that was cut off is begun again by the next refresh (`is_replaying`).
    """
    with writing() as session:
        people, end = _begin_replay(session)
    for some in chunks(people, PEOPLE_A_TRANSACTION):
        with writing() as session:
            position(session)
            _refold(session, some, half_life_days=half_life_days)
    with writing() as session:
        _end_replay(session, people, end)
    return len(people)


def is_replaying(session: Session) -> bool:
    """Whether a replay has begun and not ended."""
    return session.get(PositionRow, REPLAY) is not None


def _begin_replay(session: Session) -> tuple[list[str], int]:
    """Who is whom and what holds for everybody, anew; returns everybody in the log, and the newest event's id."""
    mine = position(session)
    mine.event_id = end = newest(session)
    session.execute(delete(AliasRow))
    session.execute(delete(SetAsideRow))
    session.execute(delete(OwedRow))
    session.execute(delete(PopulationRow).where(PopulationRow.name.in_(POPULATION)))
    for some in _named(session, (IDENTIFIED, SEPARATED, *POPULATION), up_to=end):
        merge(session, some)
        keep_population(session, some)
    upsert(session, PositionRow, [{"consumer": REPLAY, "event_id": end}])
    return _people(session), end


def _refold(session: Session, people: Sequence[str], *, half_life_days: float) -> None:
    """Make these people's profiles anew, up to where all others are."""
    end = folded_to(session)
    merged = aliases_of(session, people)
    folded: dict[str, Document] = {}
    for person_id in people:
        if person_id in merged:
            continue
        events = read_person(session, person_id, up_to=end)
        folded[person_id], failed = fold_all(empty(half_life_days), events)
        set_aside(session, failed)
    store(session, folded)


def _end_replay(session: Session, people: Sequence[str], end: int) -> None:
    """Take out the profiles of people that the log does not know."""
    here = set(people)
    old = select(ProfileRow.person_id).where(ProfileRow.folded_to <= end)
    for some in chunks([one for one in session.scalars(old) if one not in here]):
        for table in (ProfileRow, StayRow):
            session.execute(delete(table).where(table.person_id.in_(some)))
    session.execute(delete(PositionRow).where(PositionRow.consumer == REPLAY))


def _people(session: Session) -> list[str]:
    customers = select(EventRow.customer_id).where(EventRow.customer_id.is_not(None))
    merged = select(AliasRow.anonymous_id)
    visitors = select(EventRow.anonymous_id).where(
        EventRow.customer_id.is_(None), EventRow.anonymous_id.is_not(None), EventRow.anonymous_id.not_in(merged)
    )
    return [str(person_id) for person_id in session.execute(customers.union(visitors)).scalars() if person_id]


def _named(session: Session, names: Sequence[str], *, up_to: int) -> Iterator[list[Recorded]]:
    """The events with these names in log order, some at a time."""
    after = 0
    while some := read(session, after, AT_ONCE, names=names, up_to=up_to):
        yield some
        after = some[-1].id

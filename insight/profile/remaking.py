"""Making the profile of somebody with a long past anew, a slice at a time between the worker's other work.

A late event, or a merging, changes the past. Of most people all of it is folded again at once; of whoever has more than
`MOST_ANEW` events that would keep everybody waiting. Such a profile goes on with what comes in time and is owed
(`OwedRow`) what came late, until it has been made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.events import ids_of, read_person, read_these
from insight.profile.document import Document, empty, fold_all
from insight.profile.store import MOST_ANEW, aliases_of, folded_to, position, set_aside, store
from insight.tables import OwedRow, ProfileRow

SLICE = MOST_ANEW // 2


@dataclass
class Remaking:
    """One profile on its way: the events up to `end` (an id), of which `ids` are still to be folded."""

    person_id: str
    end: int
    ids: Sequence[int]
    document: Document
    failed: dict[int, Exception] = field(default_factory=dict)

    def advance(self, session: Session) -> int:
        """Fold the next slice; returns how many events that were."""
        some = self.ids[:SLICE]
        self.document, failed = fold_all(self.document, read_these(session, some))
        self.failed |= failed
        self.ids = self.ids[SLICE:]
        return len(some)

    def finish(self, session: Session) -> dict[str, Document]:
        """Keep it, with what has come in time meanwhile; when the past has changed again nothing: it is begun anew."""
        mine = position(session)
        owed = session.get(OwedRow, self.person_id)
        if owed is None or owed.event_id > self.end:
            return {}
        session.delete(owed)
        if aliases_of(session, [self.person_id]):
            return {}
        end = max(mine.event_id, _last_id(session, self.person_id), self.end)
        rest = read_person(session, self.person_id, after=self.end, up_to=end)
        self.document, failed = fold_all(self.document, rest)
        set_aside(session, self.failed | failed)
        store(session, {self.person_id: self.document})
        return {self.person_id: self.document}


def begin(session: Session, *, half_life_days: float) -> Remaking | None:
    """The next profile that is owed; None when there is none."""
    owed = session.scalar(select(OwedRow).order_by(OwedRow.event_id, OwedRow.person_id).limit(1))
    if owed is None:
        return None
    end = max(folded_to(session), _last_id(session, owed.person_id), owed.event_id)
    return Remaking(owed.person_id, end, ids_of(session, owed.person_id, up_to=end), empty(half_life_days))


def _last_id(session: Session, person_id: str) -> int:
    return session.scalar(select(ProfileRow.folded_to).where(ProfileRow.person_id == person_id)) or 0

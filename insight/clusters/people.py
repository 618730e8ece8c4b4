"""Whom groups are looked for among: everybody, or of very many some, so that it takes no more memory than of fewer."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.batch.context import Context
from insight.clusters.behaviour import Behaviour, measure
from insight.profile.document import Document
from insight.profile.stays import inside
from insight.tables import ProfileRow

MOST = 50_000
AT_ONCE = 500


@dataclass(frozen=True)
class People:
    """Those who ordered or wrote, in the order of their ids; `homes`: the segments each is in now.

    `share`: of all people, who were looked at.
    """

    ids: tuple[str, ...]
    behaviours: tuple[Behaviour, ...]
    homes: tuple[frozenset[str], ...]
    share: float


def read(context: Context) -> People:
    """Up to `MOST` people; who they are depends on their ids alone, so that the next refresh looks at the same ones."""
    ids, behaviours, homes = [], [], []
    with context.reading() as session:
        everybody = session.scalars(select(ProfileRow.person_id)).all()
        some = nsmallest(MOST, everybody, key=_digest) if len(everybody) > MOST else everybody
        for person_id, document in _documents(session, sorted(some)):
            behaviour = measure(document, context.now) if document["last_at"] is not None else None
            if behaviour is not None:
                ids.append(person_id)
                behaviours.append(behaviour)
                homes.append(frozenset(inside(document)))
    return People(tuple(ids), tuple(behaviours), tuple(homes), len(some) / max(len(everybody), 1))


def _documents(session: Session, ids: list[str]) -> Iterator[tuple[str, Document]]:
    for start in range(0, len(ids), AT_ONCE):
        wanted = ProfileRow.person_id.in_(ids[start : start + AT_ONCE])
        rows = select(ProfileRow.person_id, ProfileRow.document).where(wanted).order_by(ProfileRow.person_id)
        yield from session.execute(rows).tuples().all()


def _digest(id: str) -> bytes:
    return blake2b(id.encode(), digest_size=8).digest()

"""The groups in force: where their centres are, and which one a customer belongs to at this moment.

Read by the worker, so it needs numpy alone. What a customer wrote counts as of the last refresh; all else is current.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.clusters.behaviour import measure
from insight.clusters.space import Space
from insight.profile.document import Document
from insight.tables import ResultRow, WritingRow

RESULT = "clusters"
MARGIN = 0.1  # another centre must be nearer by this part of the distance, so that nobody flaps


@dataclass(frozen=True)
class Clusters:
    """`ids`: of the segments; `centres` (k, d), in their order."""

    space: Space
    ids: tuple[str, ...]
    centres: np.ndarray

    def home(
        self, document: Document, text: Sequence[float] | None, *, now: datetime, inside: Collection[str]
    ) -> str | None:
        """The id of the customer's group; somebody `inside` one leaves it only for a clearly nearer one."""
        behaviour = measure(document, now)
        if behaviour is None or not self.ids:
            return None
        away = np.linalg.norm(self.centres - self.space.place(behaviour, text), axis=1)
        nearest = int(away.argmin())
        for number, id in enumerate(self.ids):
            if id in inside and away[nearest] > (1 - MARGIN) * away[number]:
                return id
        return self.ids[nearest]

    def as_document(self) -> dict[str, Any]:
        return {"space": self.space.as_document(), "ids": list(self.ids), "centres": self.centres.tolist()}


def read(session: Session) -> Clusters | None:
    """The groups in force; None before the first refresh, and when nothing was stable."""
    found = session.scalar(select(ResultRow.document).where(ResultRow.name == RESULT))
    if not found:
        return None
    return Clusters(Space.from_document(found["space"]), tuple(found["ids"]), np.array(found["centres"]))


def written(session: Session, people: Sequence[str]) -> Mapping[str, Sequence[float]]:
    """What each of these people wrote, as the short vector of the last refresh."""
    rows = select(WritingRow.person_id, WritingRow.vector).where(WritingRow.person_id.in_(people))
    return {person_id: vector for person_id, vector in session.execute(rows)}

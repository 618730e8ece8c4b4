"""What the last refresh said of its predictions: which are used, which are not, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from insight.profile.store import upsert
from insight.tables import ResultRow

RESULT = "predictions"


@dataclass(frozen=True)
class Told:
    """What became of one prediction: whether it is used, and the sentence that says so and why."""

    used: bool
    sentence: str
    measured: Mapping[str, Mapping[str, float]]


def keep(session: Session, told: Mapping[str, Told], *, as_of: datetime) -> None:
    """Put them in place of the last ones."""
    document = {name: asdict(one) for name, one in told.items()}
    upsert(session, ResultRow, [{"name": RESULT, "as_of": as_of, "document": document}])


def sentences(session: Session) -> tuple[str, ...]:
    """A sentence for each prediction; none before the first refresh."""
    row = session.get(ResultRow, RESULT)
    return tuple(one["sentence"] for one in row.document.values()) if row is not None else ()

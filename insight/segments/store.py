"""Segments as the shop keeps them, who is in them, and `follow`, which notices who enters and who leaves."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from insight.clusters import model
from insight.clusters.cards import Card
from insight.clusters.model import Clusters
from insight.errors import SegmentError, UnknownSegment
from insight.events import Event, append
from insight.profile.document import Document
from insight.profile.stays import ENTERED, LEFT
from insight.profile.store import read_tiers
from insight.profile.view import Profile, view
from insight.segments.rules import Condition, parse
from insight.tables import ProfileRow, SegmentRow, StayRow
from insight.tiers import Tiers

AT_ONCE = 500
EXAMPLES = 5
LONGEST_NAME = 80
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Segment:
    """A named condition, or a group that the refresh found, with its card; `members`: how many are in it now."""

    id: str
    name: str
    rule: Condition | None
    card: Card | None
    members: int
    updated_at: datetime

    @property
    def sentence(self) -> str:
        """Why somebody is in it."""
        return self.rule.sentence() if self.rule else self.card.sentence if self.card else ""


@dataclass(frozen=True)
class Preview:
    """Who a rule would match now: how many of how many, and a few of them."""

    matching: int
    people: int
    examples: tuple[str, ...]

    @property
    def warning(self) -> str | None:
        if self.people and self.matching == self.people:
            return "The rule matches everybody."
        return None if self.matching else "The rule matches nobody."


@dataclass(frozen=True)
class Member:
    """One stay of one person."""

    person_id: str
    entered_at: datetime
    left_at: datetime | None


def save(session: Session, segment_id: str, *, name: str, rule: object, now: datetime | None = None) -> Condition:
    """Keep a segment under its id, in place of the one there; raises SegmentError for a rule that cannot be read.

    Who is in it follows with the next look at everybody (`sweep`).
    """
    if not ID.fullmatch(segment_id) or len(segment_id) > LONGEST_NAME:
        raise SegmentError(f"{segment_id!r} is no id: use small letters, digits and hyphens")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise SegmentError(f"name: must have 1 to {LONGEST_NAME} characters")
    condition = parse(rule)
    row = session.get(SegmentRow, segment_id) or SegmentRow(id=segment_id)
    if row.card is not None:
        raise SegmentError(f"{segment_id!r} is a group that the refresh found; choose another id")
    row.name, row.rule, row.retired, row.updated_at = name.strip(), condition.as_json(), False, now or datetime.now(UTC)
    session.add(row)
    return condition


def retire(session: Session, segment_id: str) -> None:
    """Keep the segment's history, but let everybody leave it."""
    row = session.get(SegmentRow, segment_id)
    if row is None:
        raise UnknownSegment(f"there is no segment {segment_id!r}; `shopkeeper segment list` shows them")
    if row.card is not None:
        raise SegmentError(f"{segment_id!r} is a group that the refresh found; it goes when it is no longer there")
    row.retired = True


def segments(session: Session) -> list[Segment]:
    """The segments in force, by name."""
    counted = dict(
        session.execute(
            select(StayRow.segment_id, func.count()).where(StayRow.left_at.is_(None)).group_by(StayRow.segment_id)
        )
        .tuples()
        .all()
    )
    rows = session.scalars(select(SegmentRow).where(SegmentRow.retired.is_(False)).order_by(SegmentRow.name))
    return [_segment(row, counted.get(row.id, 0)) for row in rows]


def find(session: Session, segment_id: str) -> Segment:
    """The segment in force of that id; raises UnknownSegment."""
    found = next((one for one in segments(session) if one.id == segment_id), None)
    if found is None:
        raise UnknownSegment(f"there is no segment {segment_id!r}; `shopkeeper segment list` shows them")
    return found


def members(session: Session, segment_id: str, *, past: bool = False, limit: int = 100) -> list[Member]:
    """Who is in a segment, the latest first; `past`: the stays that are over as well."""
    if session.get(SegmentRow, segment_id) is None:
        raise UnknownSegment(f"there is no segment {segment_id!r}; `shopkeeper segment list` shows them")
    wanted = select(StayRow).where(StayRow.segment_id == segment_id).order_by(StayRow.entered_at.desc()).limit(limit)
    if not past:
        wanted = wanted.where(StayRow.left_at.is_(None))
    return [Member(row.person_id, row.entered_at, row.left_at) for row in session.scalars(wanted)]


def preview(session: Session, rule: object, *, now: datetime | None = None) -> Preview:
    """Who `rule` would match; raises SegmentError for one that cannot be read."""
    condition, now = parse(rule), now or datetime.now(UTC)
    tiers = read_tiers(session)
    matching, people = 0, 0
    examples: list[str] = []
    for person_id, document in _documents(session):
        people += 1
        if condition.holds(view(person_id, document, tiers=tiers, now=now), inside=False):
            matching += 1
            examples = [*examples, person_id][:EXAMPLES]
    return Preview(matching, people, tuple(examples))


def follow(session: Session, documents: Mapping[str, Document], *, now: datetime | None = None) -> int:
    """Record who of these people enters or leaves a segment; returns how many did."""
    known = _Known.read(session)
    if not known.rules and not known.groups:
        return 0
    tiers, now = read_tiers(session), now or datetime.now(UTC)
    texts = model.written(session, list(documents)) if known.clusters else {}
    return append(session, _changes(known, documents.items(), texts, tiers, now))


def sweep(session: Session, *, after: str = "", now: datetime | None = None) -> str | None:
    """`follow` for the next people behind `after`; returns the last one's id, None at the end."""
    some = dict(_documents(session, after=after, limit=AT_ONCE))
    follow(session, some, now=now)
    return max(some) if some else None


def _segment(row: SegmentRow, members: int) -> Segment:
    rule = None if row.rule is None else parse(row.rule)
    card = None if row.card is None else Card.from_document(row.card)
    return Segment(row.id, row.name, rule, card, members, row.updated_at)


@dataclass(frozen=True)
class _Known:
    """All segments there have been: retired ones, which everybody leaves, have no rule or no centre any more."""

    rules: Mapping[str, Condition | None]
    groups: Mapping[str, Card]
    clusters: Clusters | None

    @classmethod
    def read(cls, session: Session) -> "_Known":
        rows = session.scalars(select(SegmentRow)).all()
        rules = {row.id: None if row.retired else parse(row.rule) for row in rows if row.card is None}
        groups = {row.id: Card.from_document(row.card) for row in rows if row.card is not None}
        return cls(rules, groups, model.read(session) if groups else None)

    def wanted(
        self, profile: Profile, document: Document, text: Sequence[float] | None, now: datetime
    ) -> dict[str, bool]:
        """Of every segment, whether this person belongs in it."""
        since = profile.segments
        found = {id: rule is not None and rule.holds(profile, inside=id in since) for id, rule in self.rules.items()}
        home = self.clusters.home(document, text, now=now, inside=since) if self.clusters else None
        return found | {id: id == home for id in self.groups}

    def reason(self, segment_id: str) -> str:
        rule = self.rules.get(segment_id)
        return rule.sentence() if rule else self.groups[segment_id].sentence


def _changes(
    known: _Known,
    documents: Iterable[tuple[str, Document]],
    texts: Mapping[str, Sequence[float]],
    tiers: Tiers,
    now: datetime,
) -> Iterator[Event]:
    for person_id, document in documents:
        if document["last_at"] is None:
            continue
        profile = view(person_id, document, tiers=tiers, now=now)
        for segment_id, holds in known.wanted(profile, document, texts.get(person_id), now).items():
            if holds != (segment_id in profile.segments):
                yield _event(profile, document, segment_id, known.reason(segment_id) if holds else None, now)


def _event(profile: Profile, document: Document, segment_id: str, reason: str | None, now: datetime) -> Event:
    """Numbered by the end of the stay before, or the beginning of this one, so that it is recorded once: also by two
    workers, and where the profile does not hold the first record yet."""
    name, stays = (LEFT if reason is None else ENTERED), document.get("segments", {}).get(segment_id, [])
    since = stays[-1]["left_at" if name == ENTERED else "entered_at"] if stays else document["first_at"]
    told = {} if reason is None else {"reason": reason}
    return Event(
        name,
        f"segment:{segment_id}:{profile.person_id}:{since}:{name}",
        max(now, profile.last_seen),
        {"segment_id": segment_id, **told},
        customer_id=profile.person_id if document.get("customer") else None,
        anonymous_id=None if document.get("customer") else profile.person_id,
    )


def _documents(session: Session, *, after: str = "", limit: int | None = None) -> Iterator[tuple[str, Document]]:
    rows = select(ProfileRow.person_id, ProfileRow.document).where(ProfileRow.person_id > after)
    rows = rows.order_by(ProfileRow.person_id).limit(limit).execution_options(yield_per=AT_ONCE)
    yield from session.execute(rows).tuples()

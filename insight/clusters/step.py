"""The step that finds groups of customers, keeps the names of those that are still there, and makes their cards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from insight.batch import texts
from insight.batch.context import Context
from insight.clusters import cards, stability
from insight.clusters.cards import Card
from insight.clusters.model import RESULT, Clusters
from insight.clusters.people import People
from insight.clusters.people import read as read_people
from insight.clusters.space import Space
from insight.clusters.stability import Groups
from insight.tables import ResultRow, SegmentRow, WritingRow
from insight.topics.words import telling_words

FEWEST_PEOPLE = 100  # with fewer there is nothing to find
DIMENSIONS = 8  # of what a customer wrote
SAME = 0.5  # Jaccard likeness of two groups' people from which one is the other (Hennig 2007: below, it is dissolved)
LONGEST_ID = 60


@dataclass(frozen=True)
class Named:
    """A group as a segment."""

    id: str
    name: str
    card: Card


def find(context: Context) -> dict[str, Any]:
    """Find the groups, and keep them in place of those of the last refresh."""
    people = read_people(context)
    if len(people.ids) < FEWEST_PEOPLE:
        return _keep(context, None, [], {})
    writings = _writings(context)
    written = [writings.get(id) for id in people.ids]
    space = Space.fit(people.behaviours, written)
    points = np.array([space.place(one, text) for one, text in zip(people.behaviours, written, strict=True)])
    with context.reading() as session:
        known = {row.id: row.name for row in session.scalars(_clustered())}
        before = [row.id for row in session.scalars(_clustered()) if not row.retired]
    groups = stability.find_groups(points, before=len(before))
    if groups is None:
        return _keep(context, None, [], {})
    named = _named(context, people, points, groups, space, known=known, before=before)
    model = Clusters(space, tuple(one.id for one in named), groups.centres)
    return _keep(context, model, named, writings)


def _writings(context: Context) -> dict[str, list[float]]:
    """The mean vector of each person's texts, in the few directions in which people differ most."""
    from sklearn.decomposition import PCA

    vectors = texts.vectors(context)
    if vectors is None:
        return {}
    authors = context.frame(context.table("texts").order_by("event_id").select("person_id"))["person_id"]
    means = {person_id: vectors[rows].mean(axis=0) for person_id, rows in authors.groupby(authors).indices.items()}
    size = min(DIMENSIONS, len(means) - 1, vectors.shape[1])
    if size < 1:
        return {}
    short = PCA(size, svd_solver="full").fit_transform(np.array(list(means.values()), dtype=np.float64))
    return {str(person_id): [round(float(one), 6) for one in row] for person_id, row in zip(means, short, strict=True)}


def _named(
    context: Context,
    people: People,
    points: np.ndarray,
    groups: Groups,
    space: Space,
    *,
    known: Mapping[str, str],
    before: Sequence[str],
) -> list[Named]:
    same = match(groups.labels, people.homes, before)
    money = np.array([max(0.0, one.numbers["spent"] or 0.0) for one in people.behaviours])
    words = _words(context, dict(zip(people.ids, groups.labels, strict=True)))
    found: list[Named] = []
    taken, used = {known[id] for id in same.values()}, set(known)
    for number in range(len(groups.centres)):
        there = groups.labels == number
        traits = cards.traits(people.behaviours, points, there, space)
        name = known[same[number]] if number in same else cards.name_of(traits, taken)
        id = same.get(number) or _id(name, used)
        taken.add(name)
        used.add(id)
        card = Card(
            size=round(float(there.sum()) / people.share),
            share=round(float(there.mean()), 4),
            value=round(float(money[there].sum() / money.sum()), 4) if money.sum() > 0 else 0.0,
            stability=round(groups.stability[number], 3),
            natural=groups.natural,
            outstanding=tuple(one.sentence for one in traits[: cards.SENTENCES]),
            categories=cards.typical([one for one, here in zip(people.behaviours, there, strict=True) if here]),
            words=words.get(number, ()),
        )
        found.append(Named(id, name, card))
    return found


def match(labels: np.ndarray, homes: Sequence[frozenset[str]], before: Sequence[str]) -> dict[int, str]:
    """Which new groups are old ones: number -> id, by the people that both have, each once."""
    from scipy.optimize import linear_sum_assignment

    if not before:
        return {}
    old = np.array([[id in home for id in before] for home in homes], dtype=float)
    new = np.eye(int(labels.max()) + 1)[labels]
    both = new.T @ old
    either = new.sum(axis=0)[:, None] + old.sum(axis=0)[None, :] - both
    likeness = both / np.maximum(either, 1)
    pairs = zip(*linear_sum_assignment(-likeness), strict=True)
    return {int(number): before[place] for number, place in pairs if likeness[number, place] >= SAME}


def _words(context: Context, group_of: Mapping[str, int]) -> Mapping[int, tuple[str, ...]]:
    rows = context.frame(context.table("texts").select("event_id", "person_id", "text")).sort_values("event_id")
    rows = rows[rows["person_id"].isin(group_of)]
    if rows.empty:
        return {}
    people = list(rows["person_id"])
    return telling_words(list(rows["text"]), [int(group_of[one]) for one in people], people)


def _id(name: str, used: set[str]) -> str:
    """A readable id that no segment has had."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_ID].strip("-") or "group"
    return next(
        id for number in range(1, len(used) + 2) if (id := stem if number == 1 else f"{stem}-{number}") not in used
    )


def _clustered() -> Any:
    return select(SegmentRow).where(SegmentRow.card.is_not(None)).order_by(SegmentRow.id)


def _keep(
    context: Context, model: Clusters | None, named: Sequence[Named], writings: Mapping[str, list[float]]
) -> dict[str, Any]:
    with context.writing() as session:
        _retire(session, {one.id for one in named})
        for one in named:
            row = session.get(SegmentRow, one.id) or SegmentRow(id=one.id, rule=None)
            row.name, row.card, row.retired, row.updated_at = one.name, one.card.as_document(), False, context.now
            session.add(row)
        session.execute(delete(WritingRow))
        if writings:
            session.execute(insert(WritingRow), [{"person_id": id, "vector": row} for id, row in writings.items()])
        kept = model.as_document() if model else {}
        session.merge(ResultRow(name=RESULT, as_of=context.now, document=kept))
    return {"clusters": len(named), "names": [one.name for one in named]}


def _retire(session: Session, kept: set[str]) -> None:
    for row in session.scalars(_clustered()):
        row.retired = row.retired or row.id not in kept

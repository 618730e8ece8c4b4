"""Groups of questions: kept once made, so that one does not change or vanish under the agent who works on it.

A new question joins the group it is near enough to, else it forms new groups with the other new ones. What is done with
a group is not stored twice: it is published while a published answer names it as its origin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import published
from bot.errors import NotFound
from bot.tables import GroupedQuestion, QuestionGroup
from bot.workshop.grouping import Array, clusters, joins, medoid, names
from bot.workshop.questions import Question

WEEK = timedelta(days=7)

State = Literal["open", "published", "dismissed"]


@dataclass(frozen=True)
class Group:
    id: str
    name: str
    example: Question  # the one nearest to all
    questions: tuple[Question, ...]  # the newest first
    state: State
    template_id: str | None = None  # of the published answer
    published_at: datetime | None = None

    @property
    def asked(self) -> int:
        return len(self.questions)

    @property
    def conversation_ids(self) -> set[str]:
        return {question.conversation_id for question in self.questions}

    @property
    def handed_over(self) -> int:
        """What it cost: how often a person had to answer."""
        return self.count("handed_over")

    @property
    def still_asked(self) -> int:
        """Questions that came after the answer was published and got none all the same."""
        since = self.published_at
        return 0 if since is None else sum(question.at > since for question in self.questions)

    def count(self, why: str) -> int:
        return sum(why in question.why for question in self.questions)

    def weeks(self, now: datetime) -> tuple[int, int]:
        """How often in the last seven days, and in the seven before."""
        ages = [now - question.at for question in self.questions]
        return sum(age < WEEK for age in ages), sum(WEEK <= age < 2 * WEEK for age in ages)


def assign(session: Session, questions: Sequence[Question], vector_of: Mapping[str, Array], *, near: float) -> int:
    """Give every question without a group one; returns how many groups are new."""
    known = _known(session, questions)
    fresh = [question for question in questions if question.message_id not in known]
    if not fresh:
        return 0
    members: dict[str, list[Array]] = {}
    for question in questions:
        if question.message_id in known:
            members.setdefault(known[question.message_id], []).append(vector_of[question.text])
    ids, centres = list(members), [np.mean(vectors, axis=0) for vectors in members.values()]
    alone = []
    for question in fresh:
        place = joins(vector_of[question.text], centres, near)
        if place is None:
            alone.append(question)
        else:
            session.add(GroupedQuestion(message_id=question.message_id, group_id=ids[place]))
    found = clusters(np.stack([vector_of[question.text] for question in alone]), near) if alone else []
    for rows in found:
        group = QuestionGroup(id=uuid4().hex[:12], created_at=datetime.now(UTC))
        session.add(group)
        session.flush()
        session.add_all(GroupedQuestion(message_id=alone[row].message_id, group_id=group.id) for row in rows)
    return len(found)


def listed(session: Session, questions: Sequence[Question], vector_of: Mapping[str, Array]) -> list[Group]:
    """The groups of these questions, the most asked first; among equals the one that cost more handovers."""
    known = _known(session, questions)
    members: dict[str, list[Question]] = {}
    for question in reversed(questions):
        if question.message_id in known:
            members.setdefault(known[question.message_id], []).append(question)
    rows = {row.id: row for row in session.scalars(select(QuestionGroup).where(QuestionGroup.id.in_(members)))}
    live = {row.origin: row for row in published.published(session) if row.origin}
    examples = [some[medoid(np.stack([vector_of[one.text] for one in some]))] for some in members.values()]
    called = names([[one.text for one in some] for some in members.values()], [one.text for one in examples])
    groups = []
    for (group_id, some), example, name in zip(members.items(), examples, called, strict=True):
        answer = live.get(group_id)
        groups.append(
            Group(
                id=group_id,
                name=name,
                example=example,
                questions=tuple(some),
                state="published" if answer else "dismissed" if rows[group_id].dismissed_at else "open",
                template_id=answer.template_id if answer else None,
                published_at=answer.published_at if answer else None,
            )
        )
    return sorted(groups, key=lambda group: (-group.asked, -group.handed_over, group.name))


def dismiss(session: Session, group_id: str, *, by: str) -> None:
    """Out of the list of what is open: no answer is wanted."""
    group = _find(session, group_id)
    group.dismissed_by, group.dismissed_at = by, datetime.now(UTC)


def reopen(session: Session, group_id: str) -> None:
    group = _find(session, group_id)
    group.dismissed_by = group.dismissed_at = None


def _find(session: Session, group_id: str) -> QuestionGroup:
    group = session.get(QuestionGroup, group_id)
    if group is None:
        raise NotFound("There is no such group of questions.")
    return group


def _known(session: Session, questions: Sequence[Question]) -> dict[int, str]:
    """Message id -> group id."""
    first = min((question.message_id for question in questions), default=0)
    wanted = select(GroupedQuestion.message_id, GroupedQuestion.group_id).where(GroupedQuestion.message_id >= first)
    return {message_id: group_id for message_id, group_id in session.execute(wanted)}

"""Answers that agents publish: rows beside the files of `data/answers`, each one template in the files' own format.

A row is added, later perhaps marked as withdrawn, and never changed or deleted. So how many of both has happened
(`version`) grows with every commit, whichever process made it, and one number tells a follower that there is news.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.errors import AnswerRefused, NotFound
from bot.tables import PublishedAnswer
from retrieval.check import asked_twice, said_twice
from retrieval.errors import TemplateError
from retrieval.templates import Problem, Slot, Template, parse

log = logging.getLogger(__name__)

DRAFT = "line"  # what an error calls the text: "line:3: …"


@dataclass(frozen=True)
class Draft:
    """A text that can be published, and the template it is."""

    text: str
    template: Template


def draft(text: str, *, templates: Sequence[Template], facts: Mapping[str, Slot]) -> Draft:
    """`text` as it would be published beside `templates`; raises `AnswerRefused`, which says what is wrong in it."""
    try:
        template = parse(text, facts=facts, name=DRAFT)
    except TemplateError as error:
        raise AnswerRefused(error.message) from error
    if any(other.id == template.id for other in templates):
        raise AnswerRefused(f"There is an answer with the id '{template.id}' already; choose another id.")
    if not template.searchable:
        raise AnswerRefused("Give it a question, or no customer will ever get this answer.")
    wrong = [problem for problem in _problems([*templates, template]) if problem.file == DRAFT]
    if wrong:
        raise AnswerRefused(wrong[0].reason)
    return Draft(text, template)


def publish(session: Session, draft: Draft, *, by: str, origin: str | None = None) -> str:
    """Let the answer be found from now on; returns its id. `by`: the agent's id; `origin`: the group it answers."""
    row = PublishedAnswer(
        template_id=draft.template.id, text=draft.text, origin=origin, published_by=by, published_at=datetime.now(UTC)
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise AnswerRefused(f"The answer '{draft.template.id}' is published already.") from error
    return row.template_id


def withdraw(session: Session, template_id: str, *, by: str) -> None:
    """Take a published answer back: nobody finds it any more, and its id is free again."""
    row = session.scalar(_live().where(PublishedAnswer.template_id == template_id).with_for_update())
    if row is None:
        raise NotFound(f"No published answer has the id '{template_id}'.")
    row.withdrawn_at, row.withdrawn_by = datetime.now(UTC), by


def published(session: Session) -> list[PublishedAnswer]:
    """What is published now, oldest first."""
    return list(session.scalars(_live().order_by(PublishedAnswer.number)))


def history(session: Session) -> list[PublishedAnswer]:
    """All that ever was published, newest first."""
    return list(session.scalars(select(PublishedAnswer).order_by(PublishedAnswer.number.desc())))


def version(session: Session) -> int:
    """How often something was published or withdrawn."""
    changes = func.count(PublishedAnswer.number) + func.count(PublishedAnswer.withdrawn_at)
    return session.scalar(select(changes)) or 0


def readable(rows: Iterable[PublishedAnswer], *, facts: Mapping[str, Slot], taken: Iterable[str]) -> list[Template]:
    """The templates of `rows`, without those whose id the files have `taken` since or that these facts cannot fill."""
    ids, templates = set(taken), []
    for row in rows:
        try:
            template = parse(row.text, facts=facts, name=f"published answer {row.number}")
        except TemplateError as error:
            log.error("a published answer is left out: %s", error.message)
            continue
        if template.id in ids:
            log.error("the published answer '%s' is left out: a file has that id", template.id)
            continue
        templates.append(template)
    return templates


def _live() -> Select[PublishedAnswer]:
    return select(PublishedAnswer).where(PublishedAnswer.withdrawn_at.is_(None))


def _problems(templates: Sequence[Template]) -> list[Problem]:
    return [*asked_twice(templates), *said_twice(templates)]

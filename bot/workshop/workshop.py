"""The workshop as the console uses it: reads the log, asks the models, and keeps the vectors of what it has read.

Everything slow happens in threads or in the models' own; texts go to the models a few at a time, so that no customer
waits behind them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from bot import published
from bot.answers import Answers
from bot.database import Database
from bot.models.port import Rehearsed, Understanding
from bot.published import Draft
from bot.shop.port import Shop
from bot.workshop import drafting, groups, personal, questions, rehearsal
from bot.workshop.drafting import Fields
from bot.workshop.grouping import Array, nearness
from bot.workshop.groups import Group
from bot.workshop.questions import Question
from bot.workshop.rehearsal import Rehearsal
from bot.workshop.usage import Usage, usage
from retrieval.search import Hit

AT_ONCE = 64  # texts the models embed in one call
REHEARSED = 100  # messages they search in one call
KEPT = 20_000  # vectors
LEARNT_FROM = 1_000  # questions of the shop's answers that say how near is near enough

Progress = Callable[[float], object]  # 0 to 1


class Workshop:
    """Async; one for the console's process."""

    def __init__(self, *, database: Database, shop: Shop, answers: Answers, models: Understanding) -> None:
        self._database, self._shop, self._answers, self._models = database, shop, answers, models
        self._vectors: dict[str, Array] = {}
        self._near: float | None = None
        self._grouping = asyncio.Lock()

    async def groups(self, progress: Progress | None = None) -> list[Group]:
        """Every group of questions; new questions are put into theirs first. Raises `Unavailable` without models."""
        async with self._grouping:
            found = await asyncio.to_thread(self._questions)
            await self.embed([question.text for question in found], progress)
            return await asyncio.to_thread(self._listed, found, await self._nearness())

    async def nearest(self, text: str) -> Hit | None:
        """The template that search comes nearest to at present."""
        (found,) = await self._models.rehearse([text], None)
        return found.before

    async def rehearse(self, draft: Draft, group: Group, progress: Progress | None = None) -> Rehearsal:
        """The latest messages, searched with and without `draft`."""
        messages, unanswered = await asyncio.to_thread(self._latest)
        mine = {question.message_id for question in group.questions}
        decided = [rehearsal.decided_by_search(message, draft.template.intents) for message in messages]
        texts = list(dict.fromkeys(one.text for one, asked in zip(messages, decided, strict=True) if asked))
        result: dict[str, Rehearsed] = {}
        for start in range(0, len(texts), REHEARSED):
            some = texts[start : start + REHEARSED]
            result |= dict(zip(some, await self._models.rehearse(some, draft.template), strict=True))
            if progress is not None:
                progress((start + len(some)) / len(texts))
        found = [result[one.text] if asked else None for one, asked in zip(messages, decided, strict=True)]
        return rehearsal.sort_out(messages, found, group=mine, unanswered=unanswered)

    # --- in a thread: these read database and shop ---

    def begin(self, group: Group) -> Fields:
        """The form for a group, filled in."""
        known = personal.known(self._database, self._shop, group.conversation_ids)
        return drafting.begin(group, known=known, facts=self._answers.facts, words=self.words())

    def for_anybody(self, text: str, group: Group) -> str:
        """An agent's answer without what belongs to one person."""
        known = personal.known(self._database, self._shop, group.conversation_ids)
        masked = personal.masked(text, [pair for some in known.values() for pair in some], self.words())
        return drafting.with_facts(drafting.impersonal(masked), self._answers.facts)

    def suspects(self, fields: Fields, words: frozenset[str]) -> list[str]:
        """What in the form may belong to one person, for the agent to look at; reads nothing."""
        texts = (text[:1].lower() + text[1:] for text in (*fields.questions, fields.wording))  # who begins is no name
        return list(dict.fromkeys(word for text in texts for word in personal.suspects(text, words)))

    def check(self, fields: Fields, group: Group) -> Draft:
        """Raises `FieldRefused`."""
        return drafting.check(fields, name=group.name, templates=dict(self._answers), facts=self._answers.facts)

    def slots(self) -> dict[str, str]:
        return drafting.slots(self._answers.facts, self._shop.facts())

    def words(self) -> frozenset[str]:
        return personal.vocabulary(self._answers.values(), self._shop.products())

    def wording(self, template_id: str) -> str:
        """How the template answers, as it is written."""
        template = self._answers.get(template_id)
        return template.wordings[0] if template else ""

    def usage(self) -> list[Usage]:
        """Every answer that is published now, the newest first."""
        with self._database.reading() as session:
            return usage(published.published(session), questions.conversations(session))

    # --- texts to vectors ---

    async def embed(self, texts: Iterable[str], progress: Progress | None = None) -> Mapping[str, Array]:
        """The vector of each text; those that were asked for lately are remembered."""
        wanted = list(dict.fromkeys(texts))
        new = [text for text in wanted if text not in self._vectors]
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            self._vectors |= dict(zip(some, await self._models.embed(some), strict=True))
            if progress is not None:
                progress((start + len(some)) / len(new))
        found = {text: self._vectors[text] for text in wanted}
        while len(self._vectors) > KEPT:
            del self._vectors[next(iter(self._vectors))]
        return found

    async def _nearness(self) -> float:
        """Learnt from the shop's answers, once."""
        if self._near is None:
            asked = await asyncio.to_thread(self._learnt_from)
            vectors = await self.embed(text for text, _ in asked)
            stacked = np.stack([vectors[text] for text, _ in asked]) if asked else np.zeros((0, 1), np.float32)
            self._near = await asyncio.to_thread(nearness, stacked, [owner for _, owner in asked])
        return self._near

    def _learnt_from(self) -> list[tuple[str, str]]:
        """(question, template id) of answers that are asked for in several ways."""
        several = [template for template in self._answers.values() if len(template.questions) > 1]
        return [(text, template.id) for template in several for text in template.questions][:LEARNT_FROM]

    def _questions(self) -> list[Question]:
        with self._database.reading() as session:
            return questions.read(session)

    def _listed(self, found: Sequence[Question], near: float) -> list[Group]:
        with self._database.writing() as session:
            groups.assign(session, found, self._vectors, near=near)
        with self._database.reading() as session:
            return groups.listed(session, found, self._vectors)

    def _latest(self) -> tuple[list[rehearsal.Typed], set[int]]:
        with self._database.reading() as session:
            rows = questions.conversations(session)
        unanswered = {found.message_id for some in rows for found in questions.of_conversation(some)}
        return rehearsal.latest(rows), unanswered

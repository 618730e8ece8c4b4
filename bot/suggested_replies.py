"""What an agent might say next: the shop's answers and what agents said to like questions, filled for this customer.

What belonged to another customer never gets here: known details become slots, and a reply with anything left that may
be somebody's is not kept (`bot.workshop.personal`). Nothing that does not fit is offered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from sqlalchemy import func, select

from bot import customer_facts, hits
from bot.answers import Answers, index_folder
from bot.customer_facts import AtHand
from bot.database import Database
from bot.settings import Settings
from bot.shop.port import Shop
from bot.tables import Message
from bot.workshop import personal
from bot.workshop.personal import Known
from bot.workshop.questions import Row
from bot.workshop.questions import conversations as latest
from retrieval.build import assemble
from retrieval.errors import IndexRefused
from retrieval.index import read_manifest
from retrieval.search import Array, Fusion, Searcher, passages
from retrieval.templates import PLACEHOLDER, Template

MOST = 3
PAST = 1_000  # newest replies that are searched
FRESH_S = 10.0  # new replies are looked for this often at most
FORGET_S = 600.0  # and this often at least, for those that have been erased
SHORTEST = 4  # words; "one moment" answers nothing

Embed = Callable[[Iterable[str]], Awaitable[Mapping[str, Array]]]


@dataclass(frozen=True)
class Reply:
    """A text ready to be sent; `source`: whose words it is."""

    text: str
    source: Literal["answer", "agent"]
    score: float


@dataclass(frozen=True)
class Asked:
    """The message that waits for an agent, and the conversation it is in."""

    text: str
    parse: Mapping[str, Any]
    customer: AtHand


class SuggestedReplies:
    """Async; one for the console's process. `embed`: texts to vectors, remembered."""

    def __init__(self, *, settings: Settings, database: Database, shop: Shop, answers: Answers, embed: Embed) -> None:
        self._settings, self._database, self._shop = settings, database, shop
        self._answers, self._embed = answers, embed
        self._kept: dict[int, tuple[str, Template] | None] = {}  # by message id: conversation and reply; None: not kept
        self._newest, self._read_at = -1, -FORGET_S
        self._fusion: Fusion | None = None
        self._searcher: Searcher | None = None
        self._building = asyncio.Lock()

    async def find(self, conversation_id: str) -> list[Reply]:
        """At most three, the best first; none while the customer waits for nothing. Raises `Unavailable`."""
        asked = await asyncio.to_thread(self._asked, conversation_id)
        if asked is None:
            return []
        async with self._building:
            await self._build()
            vector = (await self._embed([asked.text]))[asked.text] if self._searcher else None
            return await asyncio.to_thread(self._found, asked, vector)

    # --- past replies ---

    async def _build(self) -> None:
        """Search all replies there are by now."""
        if not await asyncio.to_thread(self._read):
            return
        replies = [kept[1] for kept in self._kept.values() if kept is not None]
        if self._fusion is None or not replies:
            self._searcher = None
            return
        vectors = await self._embed(text for reply in replies for text in passages(reply))

        def stacked(texts: Sequence[str]) -> Array:
            return np.stack([vectors[text] for text in texts])

        self._searcher = await asyncio.to_thread(assemble, replies, stacked, model="replies", fusion=self._fusion)

    def _read(self) -> bool:
        """Whether there is something new to search; what was said to somebody who has been erased is forgotten."""
        age = time.monotonic() - self._read_at
        if age < FRESH_S:
            return False
        with self._database.reading() as session:
            newest = session.scalar(select(func.max(Message.id)).where(Message.author == "agent")) or 0
            fusion = self._weights()
            if newest == self._newest and fusion == self._fusion and age < FORGET_S:
                return False
            rows = latest(session)
        words = personal.vocabulary(self._answers.values(), self._shop.products())
        said = sorted(((said.id, question, said) for some in rows for question, said in pairs(some)), key=itemgetter(0))
        newer = {said.conversation_id for id, _, said in said[-PAST:] if id not in self._kept}
        known = personal.known(self._database, self._shop, newer)
        self._kept = {
            id: self._kept[id]
            if id in self._kept
            else self._keep(question, said, known.get(said.conversation_id, ()), words)
            for id, question, said in said[-PAST:]
        }
        self._newest, self._fusion, self._read_at = newest, fusion, time.monotonic()
        return True

    def _keep(self, question: Row, said: Row, known: Known, words: frozenset[str]) -> tuple[str, Template] | None:
        text = personal.masked(said.text, known, words)
        slots = personal.slots_of(text)
        braces = PLACEHOLDER.sub(lambda found: "" if found[1] in slots else found[0], text)
        if "{" in braces or "}" in braces or personal.suspects(text, words):
            return None
        reply = Template(
            str(said.id), wordings=(text,), questions=(question.text,), intents=(question.intent,), slots=slots
        )
        return said.conversation_id, reply

    def _weights(self) -> Fusion | None:
        """Those of the shop's answers, which serve the encoder's vectors alone as well (docs/retrieval-experiments.md);
        None before they are indexed."""
        try:
            return Fusion(**read_manifest(index_folder(self._settings)).fusion)
        except IndexRefused:
            return None

    # --- this conversation ---

    def _asked(self, conversation_id: str) -> Asked | None:
        """The newest message, if it is the customer's own words and has been understood."""
        customer = customer_facts.at_hand(self._database, self._shop, conversation_id)
        last = next((message for message in reversed(customer.said) if message.author in ("customer", "agent")), None)
        if last is None or last.author != "customer" or last.parse is None or not last.body.get("text"):
            return None
        return Asked(str(last.body["text"]), last.parse, customer)

    def _found(self, asked: Asked, vector: Array | None) -> list[Reply]:
        replies = [*self._from_answers(asked)]
        if self._searcher is not None and vector is not None:
            replies += self._from_agents(self._searcher, asked, vector)
        best = sorted(replies, key=lambda reply: -reply.score)
        return list({" ".join(reply.text.lower().split()): reply for reply in reversed(best)}.values())[::-1][:MOST]

    def _from_answers(self, asked: Asked) -> Iterable[Reply]:
        for hit in hits.sure(asked.parse):
            template = self._answers.get(hit.template_id)
            text = asked.customer.answer(template) if template else None
            if text is not None:
                yield Reply(text, "answer", hit.score)

    def _from_agents(self, searcher: Searcher, asked: Asked, vector: Array) -> Iterable[Reply]:
        intents = {str(one["name"]): float(one["confidence"]) for one in asked.parse.get("intent_ranking") or ()}
        for hit in searcher.search(asked.text, vector, intents, k=2 * MOST):
            kept = self._kept.get(int(hit.template_id)) if hit.fits else None
            if kept is None or kept[0] == asked.customer.conversation_id:
                continue
            text = asked.customer.answer(kept[1])
            if text is not None:
                yield Reply(text, "agent", hit.score)


def pairs(rows: Sequence[Row]) -> Iterable[tuple[Row, Row]]:
    """(question, what an agent said to it) of one conversation."""
    question: Row | None = None
    for row in rows:
        if row.asks:
            question = row
        elif question and row.author == "agent" and not row.internal and len(row.text.split()) >= SHORTEST:
            yield question, row

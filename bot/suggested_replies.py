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
from sqlalchemy.orm import Session

from bot import conversations, customer_facts
from bot.answers import Answers, index_folder
from bot.customer_facts import LOOK_BACK
from bot.database import Database
from bot.settings import Settings
from bot.shop.port import Shop
from bot.tables import Conversation, Message, Visitor
from bot.workshop import personal
from bot.workshop.questions import Row
from bot.workshop.questions import conversations as latest
from retrieval.build import assemble
from retrieval.errors import IndexRefused
from retrieval.fill import fill
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
    """The message that waits for an agent, and what is known of who wrote it."""

    text: str
    parse: Mapping[str, Any]
    facts: Mapping[str, object]


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
            return await asyncio.to_thread(self._found, conversation_id, asked, vector)

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
            people = _customers(session, {some[0].conversation_id for some in rows})
        words = personal.vocabulary(self._answers.values(), self._shop.products())
        said = sorted(((said.id, question, said) for some in rows for question, said in pairs(some)), key=itemgetter(0))
        self._kept = {
            id: self._kept[id]
            if id in self._kept
            else self._keep(question, said, people.get(said.conversation_id), words)
            for id, question, said in said[-PAST:]
        }
        self._newest, self._fusion, self._read_at = newest, fusion, time.monotonic()
        return True

    def _keep(
        self, question: Row, said: Row, customer_id: str | None, words: frozenset[str]
    ) -> tuple[str, Template] | None:
        customer = self._shop.customer(customer_id) if customer_id else None
        known = personal.details(customer, self._shop.orders(customer_id) if customer_id else ())
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
        """Those of the shop's answers; None before they are indexed."""
        try:
            return Fusion(**read_manifest(index_folder(self._settings)).fusion)
        except IndexRefused:
            return None

    # --- this conversation ---

    def _asked(self, conversation_id: str) -> Asked | None:
        """The newest message, if it is the customer's own words and has been understood."""
        with self._database.reading() as session:
            said = [
                message
                for message in conversations.messages(session, conversation_id)[-LOOK_BACK:]
                if message.author in ("customer", "agent", "bot")
            ]
            customer_id = _customers(session, {conversation_id}).get(conversation_id)
        last = next((message for message in reversed(said) if message.author != "bot"), None)
        if last is None or last.author != "customer" or last.parse is None or not last.body.get("text"):
            return None
        facts = customer_facts.facts(self._shop, customer_id, said)
        return Asked(str(last.body["text"]), last.parse, facts)

    def _found(self, conversation_id: str, asked: Asked, vector: Array | None) -> list[Reply]:
        replies = [*self._from_answers(conversation_id, asked)]
        if self._searcher is not None and vector is not None:
            replies += self._from_agents(self._searcher, conversation_id, asked, vector)
        best = sorted(replies, key=lambda reply: -reply.score)
        return list({" ".join(reply.text.lower().split()): reply for reply in reversed(best)}.values())[::-1][:MOST]

    def _from_answers(self, conversation_id: str, asked: Asked) -> Iterable[Reply]:
        selected = (asked.parse.get("response_selector") or {}).get("default") or {}
        fitting = (selected.get("response") or {}).get("intent_response_key")
        for hit in selected.get("ranking") or ():
            name, score = hit["intent_response_key"], float(hit["confidence"])
            fits = name == fitting or (self._fusion is not None and score >= self._fusion.threshold)
            template = self._answers.get(name) if fits else None
            text = fill(template, asked.facts, seed=conversation_id) if template else None
            if text is not None:
                yield Reply(text, "answer", score)

    def _from_agents(self, searcher: Searcher, conversation_id: str, asked: Asked, vector: Array) -> Iterable[Reply]:
        intents = {str(one["name"]): float(one["confidence"]) for one in asked.parse.get("intent_ranking") or ()}
        for hit in searcher.search(asked.text, vector, intents, k=2 * MOST):
            kept = self._kept.get(int(hit.template_id)) if hit.fits else None
            if kept is None or kept[0] == conversation_id:
                continue
            text = fill(kept[1], asked.facts)
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


def _customers(session: Session, conversation_ids: Iterable[str]) -> dict[str, str]:
    """Conversation id -> customer id, where somebody vouches for the visitor."""
    wanted = select(Conversation.id, Visitor.customer_id).join(Visitor, Visitor.id == Conversation.visitor_id)
    rows = session.execute(wanted.where(Conversation.id.in_(conversation_ids), Visitor.customer_id.is_not(None)))
    return {conversation_id: customer_id for conversation_id, customer_id in rows if customer_id}

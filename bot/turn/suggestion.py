"""Suggestions in a turn: chosen by `insight`, added when welcome, and what a click or a "no thanks" does."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Unpack
from uuid import uuid4

from numpy.typing import NDArray
from sqlalchemy.orm import Session

from bot.conversations import Work
from bot.database import Database
from bot.errors import Unavailable
from bot.turn import answers, history, payload, welcome, wishes
from bot.turn.answers import Part
from bot.turn.catalogue import Catalogue
from bot.turn.wishes import Wishes
from insight.catalogue import Item
from insight.suggestions import Choice, Said, Told

log = logging.getLogger(__name__)

CLICK, DECLINE = "suggestion_click", "suggestion_decline"
EMBED_TIMEOUT_S = 2.0
TYPED = {"affirm": CLICK, "deny": DECLINE}

Embed = Callable[[Sequence[str]], Awaitable[NDArray[Any]]]
Happened = Sequence[tuple[str, Mapping[str, Any]]]


class Choose(Protocol):
    """`insight.suggestions.choose`."""

    def __call__(
        self, session: Session, person_id: str, items: Mapping[str, Item], /, **told: Unpack[Told]
    ) -> Choice | None: ...


def may_react(work: Work, parse: Mapping[str, Any]) -> bool:
    """Whether the message can be an answer to a suggestion at all; needs nothing from the database."""
    intent = parse["intent"]["name"]
    return intent in ((CLICK, DECLINE) if work.payload else TYPED)


@dataclass(frozen=True)
class Suggestions:
    """`embed`: vectors of texts by the encoder of the refresh; `needs_consent`: the shop asks before it profiles."""

    database: Database
    catalogue: Catalogue
    choose: Choose
    embed: Embed
    needs_consent: bool = False

    async def after(self, work: Work, parse: Mapping[str, Any], parts: Sequence[Part]) -> list[Part]:
        """The suggestion to add to `parts`, if the conversation's past leaves room for one and there is a good one.

        For a customer who is held back, a part that only has the log say what would have been suggested.
        """
        wished = await asyncio.to_thread(self._wished, work, parse)
        if wished is None:
            return []
        said = await self._said(wished.text) if wished.text else None
        return await asyncio.to_thread(self._chosen, work, parse, parts, wished, said)

    def _wished(self, work: Work, parse: Mapping[str, Any]) -> Wishes | None:
        """None: the conversation's past leaves no room for a suggestion."""
        with self.database.reading() as session:
            before = history.earlier(session, work)
            timely = welcome.timely(history.read(session, work, before))
        return wishes.read(work, parse, before) if timely else None

    async def _said(self, text: str) -> Said | None:
        try:
            rows = await asyncio.wait_for(self.embed([text]), EMBED_TIMEOUT_S)
        except (Unavailable, TimeoutError) as error:
            log.warning("a suggestion without the customer's words: %r", error)
            return None
        return Said(text, rows[0])

    def _chosen(
        self, work: Work, parse: Mapping[str, Any], parts: Sequence[Part], wished: Wishes, said: Said | None
    ) -> list[Part]:
        named = [product["product_id"] for product in self.catalogue.named(parse)]
        named += [card["id"] for part in parts for card in part.get("products", ())]
        with self.database.reading() as session:
            choice = self.choose(
                session,
                work.person_id,
                self.catalogue.items(),
                context=named,
                exclude=wished.offered,
                said=said,
                prices=wished.budget.prices(),
                needs_consent=self.needs_consent,
            )
        card = self.catalogue.card(choice.suggestion.product_id) if choice else None
        return [_part(choice, card)] if choice and card else []

    def reaction(self, work: Work, parse: Mapping[str, Any]) -> tuple[list[Part], Happened] | None:
        """Answer and event for a click or a "no thanks" (also typed right after a suggestion); None: it is neither."""
        intent = parse["intent"]["name"]
        pressed = intent in (CLICK, DECLINE)
        suggestion_id = payload.entity(parse, "suggestion_id") if pressed else None
        with self.database.reading() as session:
            found = history.shown(session, work, suggestion_id)
        if found is None:
            return None
        seq, body = found
        if (intent if pressed else TYPED[intent]) == DECLINE:
            return answers.suggestion_declined(), [("Suggestion Declined", _facts(seq, body))]
        card = self.catalogue.card(body["products"][0]["id"])
        return answers.suggestion_clicked(card), [("Suggestion Clicked", _facts(seq, body))]


def _part(choice: Choice, card: Part) -> Part:
    suggestion = choice.suggestion
    product = {**card, "reason": suggestion.reason}
    if not choice.shown:
        return {"type": "withheld", "source": suggestion.source, "products": [product], "chosen": [choice.facts]}
    suggestion_id = uuid4().hex[:16]
    chosen = json.dumps({"suggestion_id": suggestion_id})
    return {
        "type": "suggestion",
        "text": suggestion.reason,
        "suggestion_id": suggestion_id,
        "source": suggestion.source,
        "products": [product],
        "chosen": [choice.facts],
        "buttons": [
            {"title": "Show me", "payload": f"/{CLICK}{chosen}"},
            {"title": "No thanks", "payload": f"/{DECLINE}{chosen}"},
        ],
    }


def _facts(seq: int, body: Mapping[str, Any]) -> dict[str, Any]:
    product = body["products"][0]
    return {
        "suggestion_id": body["suggestion_id"],
        "product_id": product["id"],
        "reason": product["reason"],
        "source": body.get("source"),
        "seq": seq,
    }

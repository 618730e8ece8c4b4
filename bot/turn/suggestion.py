"""Suggestions in a turn: chosen by `insight`, added when welcome, and what a click or a "no thanks" does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy.orm import Session

from bot.conversations import Work
from bot.database import Database
from bot.turn import answers, history, payload, welcome
from bot.turn.answers import Part
from bot.turn.catalogue import Catalogue
from insight.suggestions import Suggestion

CLICK, DECLINE = "suggestion_click", "suggestion_decline"
TYPED = {"affirm": CLICK, "deny": DECLINE}

Happened = Sequence[tuple[str, Mapping[str, Any]]]


class Suggest(Protocol):
    """`insight.suggestions.suggest`."""

    def __call__(
        self, session: Session, person_id: str, items: Any, *, context: Any = ..., exclude: Any = ..., limit: int = ...
    ) -> list[Suggestion]: ...


def may_react(work: Work, parse: Mapping[str, Any]) -> bool:
    """Whether the message can be an answer to a suggestion at all; needs nothing from the database."""
    intent = parse["intent"]["name"]
    return intent in ((CLICK, DECLINE) if work.payload else TYPED)


@dataclass(frozen=True)
class Suggestions:
    database: Database
    catalogue: Catalogue
    suggest: Suggest

    def after(self, work: Work, parse: Mapping[str, Any], parts: Sequence[Part]) -> list[Part]:
        """The suggestion to add to `parts`, if the conversation's past leaves room for one and there is a good one."""
        named = [product["product_id"] for product in self.catalogue.named(parse)]
        named += [card["id"] for part in parts for card in part.get("products", ())]
        with self.database.reading() as session:
            if not welcome.timely(history.read(session, work)):
                return []
            found = self.suggest(session, work.person_id, self.catalogue.items(), context=named, exclude=named, limit=1)
        card = self.catalogue.card(found[0].product_id) if found else None
        return [_part(found[0], card)] if card else []

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


def _part(suggestion: Suggestion, card: Part) -> Part:
    suggestion_id = uuid4().hex[:16]
    chosen = json.dumps({"suggestion_id": suggestion_id})
    return {
        "type": "suggestion",
        "text": suggestion.reason,
        "suggestion_id": suggestion_id,
        "source": suggestion.source,
        "products": [{**card, "reason": suggestion.reason}],
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

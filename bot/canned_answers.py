"""The shop's answers for agents: found by a few words, filled for the customer at hand, and what the bot would say.

Only what can be filled and is meant for this customer is there: an agent never has to check a slot. Beside the answers
that the bot finds there are those of the file `desk.yml`, which only people say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot import conversations, customer_facts
from bot.actions.circumstances import LOCALE
from bot.answers import Answers
from bot.database import Database
from bot.shop.port import Shop
from bot.tables import Message
from insight import profile
from retrieval.fill import fill
from retrieval.templates import Template

MOST = 5
DESK = "desk.yml"


@dataclass(frozen=True)
class Canned:
    """An answer ready to be sent."""

    template_id: str
    text: str


class CannedAnswers:
    """Synchronous: async code runs it in a thread."""

    def __init__(self, *, database: Database, shop: Shop, answers: Answers) -> None:
        self._database, self._shop, self._answers = database, shop, answers

    def find(self, conversation_id: str, words: str) -> list[Canned]:
        """Answers that have all the words, those that have them in their name first; `MOST` at most."""
        wanted = words.lower().split()
        ranked = [
            (rank, template) for template in self._answers.values() if (rank := _rank(template, wanted)) is not None
        ]
        facts, _ = self._read(conversation_id)
        found: list[Canned] = []
        for _, template in sorted(ranked, key=lambda pair: (pair[0], pair[1].id)):
            text = fill(template, facts, seed=conversation_id) if template.fits(facts) else None
            if text is not None:
                found.append(Canned(template.id, text))
            if len(found) == MOST:
                break
        return found

    def draft(self, conversation_id: str) -> Canned | None:
        """What the bot would answer to the customer's newest words; None when it would not know."""
        facts, last = self._read(conversation_id)
        selected = ((last.parse or {}).get("response_selector") or {}).get("default") or {} if last else {}
        template = self._answers.get((selected.get("response") or {}).get("intent_response_key") or "")
        text = fill(template, facts, seed=conversation_id) if template else None
        return Canned(template.id, text) if template and text else None

    def _read(self, conversation_id: str) -> tuple[Mapping[str, Any], Message | None]:
        """What is known of the customer, and their newest message."""
        with self._database.reading() as session:
            conversation = conversations.find(session, conversation_id)
            said = conversations.messages(session, conversation_id)
            customer_id = conversation.visitor.customer_id
            known = profile.get(session, customer_id) if customer_id else None
        facts = customer_facts.facts(self._shop, customer_id, said)
        order = customer_facts.order_in(self._shop, customer_id, said) if customer_id else None
        facts |= {"today": date.today(), "locale": LOCALE, "channel": conversation.channel}
        facts |= {"tier": known.tier if known else "", "order_state": order.status if order else ""}
        return facts, next((message for message in reversed(said) if message.author == "customer"), None)


def _rank(template: Template, wanted: list[str]) -> int | None:
    """How near the words are: 0 in the name, 1 in its questions, 2 in its text; None where one is missing."""
    if not template.searchable and Path(template.file).name != DESK:
        return None
    places = (template.id.replace("_", " "), " ".join(template.questions).lower(), " ".join(template.wordings).lower())
    for rank in range(len(places)):
        if all(any(word in place for place in places[: rank + 1]) for word in wanted):
            return rank
    return None

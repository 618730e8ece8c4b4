"""The shop's answers for agents: found by a few words, filled for the customer at hand, and what the bot would say.

Only what can be filled and is meant for this customer is there: an agent never has to check a slot. Beside the answers
that the bot finds there are those of the file `desk.yml`, which only people say.
"""

from dataclasses import dataclass
from pathlib import Path

from bot import customer_facts, hits
from bot.answers import Answers
from bot.database import Database
from bot.shop.port import Shop
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
        """Answers that have all the words, `MOST` at most; first those named so, and of these the desk's own."""
        wanted = words.lower().split()
        ranked = [
            (rank, template) for template in self._answers.values() if (rank := _rank(template, wanted)) is not None
        ]
        customer = customer_facts.at_hand(self._database, self._shop, conversation_id)
        found: list[Canned] = []
        for _, template in sorted(ranked, key=lambda pair: (pair[0], not is_desks(pair[1]), pair[1].id)):
            text = customer.answer(template)
            if text is not None:
                found.append(Canned(template.id, text))
            if len(found) == MOST:
                break
        return found

    def draft(self, conversation_id: str) -> Canned | None:
        """What search would answer to the customer's newest words; None when it would not know."""
        customer = customer_facts.at_hand(self._database, self._shop, conversation_id)
        last = next((message for message in reversed(customer.said) if message.author == "customer"), None)
        for hit in hits.sure(last.parse if last else None):
            template = self._answers.get(hit.template_id)
            text = customer.answer(template) if template else None
            if text is not None:
                return Canned(hit.template_id, text)
        return None


def is_desks(template: Template) -> bool:
    return Path(template.file).name == DESK


def _rank(template: Template, wanted: list[str]) -> int | None:
    """How near the words are: 0 in the name, 1 in its questions, 2 in its text; None where one is missing."""
    if not template.searchable and not is_desks(template):
        return None
    places = (template.id.replace("_", " "), " ".join(template.questions).lower(), " ".join(template.wordings).lower())
    for rank in range(len(places)):
        if all(any(word in place for place in places[: rank + 1]) for word in wanted):
            return rank
    return None

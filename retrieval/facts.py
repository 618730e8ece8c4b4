"""What is true of the shop: the slots that `facts.yml` fills for every answer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from retrieval.errors import TemplateError
from retrieval.lines import read as read_yaml
from retrieval.saying import render
from retrieval.slots import Slot, lines_of, read_slots

FACTS_FILE = "facts.yml"
CURRENCY = "GBP"  # of a shop whose facts name none
WRITTEN = {
    "text": "text",
    "number": "a number, as in 10 or 2.5",
    "count": "a number, as in 30",
    "money": "a number, as in 3.95",
    "date": "a day, as in 2026-12-24",
    "list": "a list of texts, as in [Visa, PayPal]",
}


def load_facts(folder: Path) -> dict[str, Slot]:
    """The shop's facts in `facts.yml` by name, with type and value; none without that file. Raises `TemplateError`."""
    path = folder / FACTS_FILE
    document = read_yaml(path) if path.exists() else None
    if document is None:
        return {}
    facts = read_slots(document, str(path))
    for name, slot in facts.items():
        if render(slot, slot.value, {}) is None:
            raise TemplateError(path, lines_of(document)[name], unsayable(slot))
    return with_currency(facts, str(facts["currency"].value) if "currency" in facts else CURRENCY)


def with_currency(slots: Mapping[str, Slot], currency: str) -> dict[str, Slot]:
    """`slots` whose amounts of money are in `currency`."""
    return {name: replace(slot, currency=currency) if slot.type == "money" else slot for name, slot in slots.items()}


def unsayable(slot: Slot) -> str:
    """Why a fact that cannot be said as its type is refused."""
    if slot.value in (None, ""):
        return f"the fact '{slot.name}' needs a value"
    return f"the fact '{slot.name}' cannot be said as {slot.type}: its value is {WRITTEN[slot.type]}"

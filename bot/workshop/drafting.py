"""From a group to an answer: a form filled in as far as possible, and what is wrong with it, field by field.

The agent writes questions and one wording; the text that is published is a template in the files' own format.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot import published
from bot.errors import AnswerRefused
from bot.published import Draft
from bot.workshop.groups import Group
from bot.workshop.personal import Known, masked
from bot.workshop.questions import ABSTAINED, Question
from retrieval.saying import render
from retrieval.slots import Slot
from retrieval.templates import PLACEHOLDER, Template

QUESTIONS = 8
LIVE = ("categories", "product_count", "discount_codes")  # slots that the shop fills at the moment of answering
LINE = re.compile(r"^line:(\d+): (.*)$", re.DOTALL)
UNKNOWN = re.compile(r"unknown slot '(\{\w+\})'")
HEAD = 2  # lines before the first question
SHORTEST_FACT = 6  # characters; shorter ones stand in other words
ORDER = re.compile(r"(?<!\w)(?:(?:your|the|my) )?(?:order )?(?:number |no\.? )?#?\{order_number\}", re.IGNORECASE)
GREETED = re.compile(r"^\s*[\w ]+?[\s,]+\{customer_name\}\s*[,.!]*\s*", re.IGNORECASE)
OTHERS = re.compile(r"[\s,]*\{(?:customer_name|customer_email|tracking_number)\}")

Field = Literal["questions", "wording"]


class FieldRefused(AnswerRefused):
    """What is wrong, and in which field."""

    def __init__(self, field: Field, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Fields:
    """The form."""

    questions: tuple[str, ...]
    wording: str
    intents: tuple[str, ...] = ()  # messages understood as one of these may get the answer too


def begin(group: Group, *, known: Mapping[str, Known], facts: Mapping[str, Slot], words: frozenset[str]) -> Fields:
    """The group's questions and what an agent answered, without what belongs to one person.

    `known`: by conversation, what is known of its customer (`personal.details`).
    """

    def for_anybody(text: str, question: Question) -> str:
        return impersonal(masked(text, known.get(question.conversation_id, ()), words))

    asked = [for_anybody(question.text, question) for question in (group.example, *group.questions)]
    said = [for_anybody(text, question) for question in group.questions for text in question.said]
    wording = with_facts(max(said, key=len), facts) if said else ""
    questions = list(dict.fromkeys(filter(None, asked)))
    intents = dict.fromkeys(question.intent for question in group.questions if question.intent not in ABSTAINED)
    return Fields(tuple(questions[:QUESTIONS]), wording, tuple(intents))


def impersonal(masked_text: str) -> str:
    """A masked text as it can be said to anybody: nobody is greeted, "your order" has no number."""
    text = OTHERS.sub("", ORDER.sub("your order", GREETED.sub("", masked_text))).strip()
    return text[:1].upper() + text[1:]


def with_facts(text: str, facts: Mapping[str, Slot]) -> str:
    """The shop's own addresses and numbers as slots, so that the answer stays right when they change."""
    said = {str(slot.value): name for name, slot in facts.items() if slot.type == "text"}
    for value in sorted(said, key=len, reverse=True):
        if len(value) >= SHORTEST_FACT:
            text = text.replace(value, f"{{{said[value]}}}")
    return text


def slots(facts: Mapping[str, Slot], live: Mapping[str, object]) -> dict[str, str]:
    """Every slot an answer may use, and what it says at present."""
    said = {name: render(slot, slot.value, {}) or "" for name, slot in facts.items()}
    return said | {name: str(live[name]) for name in LIVE if name in live}


def check(fields: Fields, *, name: str, templates: Mapping[str, Template], facts: Mapping[str, Slot]) -> Draft:
    """The form as it would be published; raises `FieldRefused`."""
    questions = [" ".join(question.split()) for question in fields.questions if question.strip()]
    if not questions:
        raise FieldRefused("questions", "Write at least one question, one a line, as customers ask it.")
    if not fields.wording.strip():
        raise FieldRefused("wording", "Write the answer that customers will read.")
    text = written(identifier(name, templates), questions, fields.wording, fields.intents)
    try:
        return published.draft(text, templates=list(templates.values()), facts=facts)
    except AnswerRefused as error:
        raise _at_field(error, len(questions)) from error


def identifier(name: str, taken: Collection[str]) -> str:
    """An id from a group's name that no template has."""
    slug = "_".join(re.findall(r"[a-z0-9]+", name.lower()))[:60].strip("_")
    slug = slug if slug[:1].isalpha() else f"answer_{slug}".strip("_")
    number = next(number for number in range(1, len(taken) + 2) if _numbered(slug, number) not in taken)
    return _numbered(slug, number)


def written(id: str, questions: Sequence[str], wording: str, intents: Sequence[str]) -> str:
    """One template as in a file of answers: a line each for the id, `questions:`, every question, `wordings:`, …"""
    wording = " ".join(wording.split())
    own = {name: "text" for name in PLACEHOLDER.findall(wording) if name in LIVE}
    lines = [f"- id: {id}", "  questions:", *(f"    - {json.dumps(one)}" for one in questions)]
    lines += ["  wordings:", f"    - {json.dumps(wording)}"]
    lines += [f"  intents: {json.dumps(list(intents))}"] if intents else []
    lines += [f"  slots: {json.dumps(own)}"] if own else []
    return "\n".join(lines) + "\n"


def _numbered(slug: str, number: int) -> str:
    return slug if number == 1 else f"{slug}_{number}"


def _at_field(error: AnswerRefused, questions: int) -> FieldRefused:
    found = LINE.match(error.message)
    line, reason = (int(found[1]), found[2]) if found else (0, error.message)
    field: Field = "wording" if line > HEAD + questions else "questions"
    if slot := UNKNOWN.match(reason):
        return FieldRefused(field, f"{slot[1]} is no fact of the shop: choose one from the list, or write it out.")
    return FieldRefused(field, reason[:1].upper() + reason[1:])

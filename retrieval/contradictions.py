"""Answers that contradict each other: the same words with other numbers, so that chance decides what is said.

They are compared as customers read them, with the shop's facts filled in.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from retrieval.fill import fill_wording
from retrieval.lexical import words
from retrieval.templates import Problem, Template

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def contradictions(templates: Sequence[Template]) -> Iterator[Problem]:
    """Within one template, and between two that are asked the same by the same customers."""
    for template in templates:
        for first, second in combinations(spoken(template), 2):
            if differ_in_numbers(first, second):
                yield Problem(template.file, template.line, f"'{template.id}' says both '{first}' and '{second}'")
    for other, template in asked_alike(templates):
        for first, second in product(spoken(other), spoken(template)):
            if differ_in_numbers(first, second):
                reason = f"'{second}' contradicts '{first}' of '{other.id}' in {other.file}:{other.line}"
                yield Problem(template.file, template.line, reason)


def asked_alike(templates: Sequence[Template]) -> Iterator[tuple[Template, Template]]:
    """Two that share a question and are for the same customers, the earlier one first; each pair once."""
    asked: dict[str, list[Template]] = {}
    seen: set[tuple[str, str]] = set()
    for template in templates:
        for question in template.questions:
            earlier = asked.setdefault(gist(question), [])
            for other in earlier:
                if other is not template and other.when == template.when and (other.id, template.id) not in seen:
                    seen.add((other.id, template.id))
                    yield other, template
            earlier.append(template)


def gist(question: str) -> str:
    """The same for questions that differ in endings and the order of words alone."""
    return " ".join(sorted(words(question)))


def spoken(template: Template) -> list[str]:
    """Its wordings as they are said; as written where a slot is only filled while answering."""
    return [fill_wording(wording, template.slots, {}) or wording for wording in template.wordings]


def differ_in_numbers(first: str, second: str) -> bool:
    """Whether both are the same text but for their numbers."""
    return numbers(first) != numbers(second) and masked(first) == masked(second)


def numbers(text: str) -> list[str]:
    return [number.replace(",", "") for number in NUMBER.findall(text)]


def masked(text: str) -> list[str]:
    return words(NUMBER.sub(" 0 ", text))

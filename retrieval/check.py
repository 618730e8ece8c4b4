"""What is wrong with a folder of answers, with file and line: more than `load` refuses."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from retrieval.contradictions import contradictions, gist
from retrieval.facts import FACTS_FILE
from retrieval.lines import Fields
from retrieval.lines import read as read_yaml
from retrieval.slots import Slot
from retrieval.templates import PLACEHOLDER, Problem, Template, facts_in, read

ALIKE = 92  # of 100, as rapidfuzz compares two texts' words
USED_BY_FORMAT = {"currency"}  # how money is said, whether or not an answer names it


def check(
    folder: Path,
    *,
    today: date,
    intents: Collection[str] | None = None,
    known: Mapping[str, Collection[str]] | None = None,
    live: Collection[str] | None = None,
    by_name: Callable[[Template], bool] | None = None,
    pressed: Collection[str] | None = None,
) -> list[Problem]:
    """Every problem in `folder`; `intents`: the labels, `known`: the values of each condition, `live`: the slots that
    are filled while answering, `by_name`: whether somebody says a template without searching for it, `pressed`: the
    intents that the dialogue has a rule for, if known."""
    templates, problems = read(folder)
    problems += [*unused_facts(folder, facts_in(folder, [])), *asked_twice(templates), *said_twice(templates)]
    problems += [*contradictions(templates), *near_duplicates(templates), *never_said(templates, today, known or {})]
    if intents is not None:
        problems += [*unknown_intents(templates, set(intents))]
    if live is not None:
        problems += [*never_filled(templates, set(live))]
    if by_name is not None:
        problems += [*never_named(templates, by_name)]
    if pressed is not None:
        problems += [*dead_buttons(templates, set(pressed))]
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def unused_facts(folder: Path, facts: Mapping[str, Slot]) -> Iterator[Problem]:
    """Facts that no file names, not even one that is broken elsewhere."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.yml")]
    used = {name for text in texts for name in PLACEHOLDER.findall(text)} | USED_BY_FORMAT
    unused = [name for name in facts if name not in used]
    document = read_yaml(folder / FACTS_FILE) if unused else None
    for name in unused:
        line = document.values[name].line if isinstance(document, Fields) else 0
        yield Problem(str(folder / FACTS_FILE), line, f"no answer uses the fact '{name}'")


def asked_twice(templates: Sequence[Template]) -> Iterator[Problem]:
    """The same question, but for endings and order, leading to two answers at once: one of them is never right."""
    asked: dict[str, Template] = {}
    for template in templates:
        for question in template.questions:
            first = asked.setdefault(gist(question), template)
            if first is not template and first.when == template.when:
                reason = f"'{question}' is also a question of '{first.id}' in {first.file}:{first.line}"
                yield Problem(template.file, template.line, reason)


def near_duplicates(templates: Sequence[Template]) -> Iterator[Problem]:
    """Answers of two templates that are nearly the same: search cannot tell which to give."""
    said = [(text, template) for template in templates if template.searchable for text in template.wordings]
    alike = cdist(*[[text.lower() for text, _ in said]] * 2, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
    for second, first in zip(*np.nonzero(alike), strict=True):
        (text, template), (_, other) = said[second], said[first]
        if first < second and template is not other and template.when == other.when:
            reason = f"'{text}' is nearly what '{other.id}' says in {other.file}:{other.line}"
            yield Problem(template.file, template.line, reason)


def never_said(templates: Sequence[Template], today: date, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Conditions that cannot hold: days gone by, values that nothing has."""
    for template in templates:
        if template.when is None:
            continue
        if template.when.expired(today):
            yield Problem(template.file, template.when.line, f"'{template.id}' has ended on {template.when.end}")
        for name, values in template.when.allowed.items():
            for value in values:
                if value not in known.get(name, (value,)):
                    reason = (
                        f"'{template.id}' is for the {name} '{value}', which there is not: use {', '.join(known[name])}"
                    )
                    yield Problem(template.file, template.when.line, reason)


def never_filled(templates: Sequence[Template], live: set[str]) -> Iterator[Problem]:
    """Answers that search finds and nobody gets: each of their wordings has a slot that only an action fills."""
    for template in templates:
        empty = {name for name, slot in template.slots.items() if slot.value is None and name not in live}
        missing = [empty.intersection(PLACEHOLDER.findall(wording)) for wording in template.wordings]
        if template.searchable and all(missing):
            reason = f"'{template.id}' is never said: search cannot fill {{{min(missing[0])}}}; add a wording without"
            yield Problem(template.file, template.line, reason)


def never_named(templates: Sequence[Template], by_name: Callable[[Template], bool]) -> Iterator[Problem]:
    """Answers that search leaves out, and that nothing else says either."""
    for template in templates:
        if not template.searchable and not by_name(template):
            reason = f"'{template.id}' is never said: it is not searchable, and nothing names it; give it questions"
            yield Problem(template.file, template.line, reason)


def said_twice(templates: Sequence[Template]) -> Iterator[Problem]:
    for template in templates:
        for texts, what in ((template.wordings, "wording"), (template.questions, "question")):
            if len(set(texts)) < len(texts):
                yield Problem(template.file, template.line, f"'{template.id}' has the same {what} twice")


def unknown_intents(templates: Sequence[Template], known: set[str]) -> Iterator[Problem]:
    for template in templates:
        for name in template.intents:
            if name not in known:
                yield Problem(template.file, template.line, f"'{template.id}' names the unknown intent '{name}'")


def dead_buttons(templates: Sequence[Template], known: set[str]) -> Iterator[Problem]:
    """Buttons that lead nowhere when a customer presses them."""
    for template in templates:
        for button in template.buttons:
            if button.intent not in known:
                reason = f"the button '{button.title}' of '{template.id}' names the unknown intent '{button.intent}'"
                yield Problem(template.file, template.line, reason)

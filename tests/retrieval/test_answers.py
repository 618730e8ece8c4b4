"""The demo shop's own answers."""

import csv
from datetime import date
from pathlib import Path

import pytest

from retrieval.check import check
from retrieval.fill import fill
from retrieval.tables import read_none, read_queries
from retrieval.templates import load

DATA = Path(__file__).parents[2] / "data"
ANSWERS = DATA / "answers"
SET_ASIDE = [Path(__file__).parent / name for name in ("questions.csv", "shop_questions.csv")]
EXAMPLES = {
    "text": "something",
    "number": 12,
    "count": 2,
    "money": 9.5,
    "date": "2026-03-03",
    "list": ["this", "that"],
}


@pytest.fixture(scope="module")
def templates():
    return load(ANSWERS)


def test_nothing_is_wrong_with_them():
    with (DATA / "intents.csv").open(encoding="utf-8", newline="") as file:
        intents = {row["label"] for row in csv.DictReader(file)}
    assert [str(problem) for problem in check(ANSWERS, today=date.today(), intents=intents)] == []


def test_there_are_plenty_with_several_questions_and_wordings(templates):
    found = [template for template in templates if template.searchable]
    assert len(found) >= 170
    assert all(len(template.questions) >= 3 for template in found)
    assert all(len(template.wordings) >= 2 for template in templates)


def test_whatever_search_finds_can_be_said_from_the_shops_facts_alone(templates):
    for template in templates:
        if template.searchable:
            for seed in range(len(template.wordings)):
                assert fill(template, {}, seed=seed), template.id


def test_every_wording_can_be_filled_when_the_caller_brings_its_slots(templates):
    for template in templates:
        facts = {name: EXAMPLES[slot.type] for name, slot in template.slots.items()}
        said = {fill(template, facts, seed=seed) for seed in range(len(template.wordings))}
        assert len(said) == len(template.wordings), template.id
        assert not any("{" in text or "}" in text or len(text) > 220 for text in said if text), template.id


def test_the_questions_set_aside_are_not_among_those_search_learns_from(templates):
    learnt = {question.lower() for template in templates for question in template.questions}
    learnt |= {question.lower() for question in read_none(ANSWERS)}
    for path in SET_ASIDE:
        asked = read_queries(path, [template.id for template in templates])
        assert not [query for query, _ in asked if query.lower() in learnt]

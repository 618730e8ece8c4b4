"""Answers that nobody can get: shadowed by another, never sure enough, never filled."""

from datetime import date

import pytest

from retrieval.build import assemble
from retrieval.check import check
from retrieval.reach import unreachable
from retrieval.search import Fusion
from retrieval.templates import load

EVEN = Fusion(nearest=0.5, centre=0.3, lexical=0.2, intent=0, unanswered=0, threshold=0.3)
TWIN = """\
- id: wax
  questions: [wick of the candle, candle wax smokes]
  wordings: [Patience is a virtue everywhere., Somebody will answer later today., Nothing to see here.]
"""
GOLD = "  when: {tier: [high]}\n"


def named(folder, fake, *, threshold=0.3, **options):
    fusion = Fusion(**{**vars(EVEN), "threshold": threshold})
    searcher = assemble(load(folder), fake, model="fake", fusion=fusion)
    return [str(problem).removeprefix(f"{folder}/") for problem in unreachable(searcher, **options)]


def test_answers_that_their_questions_find_are_not_named(folder, fake):
    assert named(folder, fake) == []


def test_an_answer_whose_questions_all_find_another_is_named_with_it(folder, fake):
    (folder / "twin.yml").write_text(TWIN)
    (found,) = named(folder, fake)
    assert found.startswith("twin.yml:1: no question of 'wax' finds it: 'candles'")
    assert "topic.yml:17 is given for 2 of them" in found


def test_one_question_that_finds_it_is_enough(folder, fake):
    (folder / "twin.yml").write_text(TWIN.replace("candle wax smokes", "blow out the flame"))
    assert named(folder, fake) == []


@pytest.mark.parametrize(
    ("first", "second", "hidden"), [("", "", True), ("", GOLD, True), (GOLD, "", False), (GOLD, GOLD, True)]
)
def test_another_that_not_everybody_gets_shadows_only_those_it_is_for(folder, fake, first, second, hidden):
    text = "- id: {}\n  questions: [blow out the flame, flame]\n  wordings: [{}]\n"
    (folder / "twin.yml").write_text(f"{text.format('a', 'Yes.')}{first}{text.format('b', 'No.')}{second}")
    assert bool(named(folder, fake)) == hidden


def test_an_answer_that_search_is_never_sure_of_is_named_unless_an_intent_leads_to_it(folder, fake):
    found = named(folder, fake, threshold=0.999)
    assert len(found) == 3 and "search is not sure enough" in found[0]
    assert len(named(folder, fake, threshold=0.999, by_intent={"returns"})) == 2


def test_check_names_an_answer_that_search_cannot_fill(folder):
    text = "- id: parcel\n  questions: [where is it]\n  slots: {place: text}\n  wordings: ['At {place}.'%s]\n"
    (folder / "parcel.yml").write_text(text % "")
    (found,) = check(folder, today=date(2026, 11, 22), live=())
    assert (found.line, found.reason.split(";")[0]) == (1, "'parcel' is never said: search cannot fill {place}")
    assert check(folder, today=date(2026, 11, 22), live=["place"]) == []
    (folder / "parcel.yml").write_text(text % ", On its way.")
    assert check(folder, today=date(2026, 11, 22), live=()) == []

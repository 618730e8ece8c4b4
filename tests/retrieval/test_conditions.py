"""Conditions: for whom and when an answer is said."""

from datetime import date

import pytest

from retrieval.check import check
from retrieval.conditions import When
from retrieval.errors import TemplateError
from retrieval.templates import load

TODAY = date(2026, 11, 22)
GIFT = """\
- id: gift
  questions: [a present at Christmas]
  wordings: [Everything is wrapped for free.]
  when: {tier: [high, mid], channel: web, from: 2026-12-01, until: 2026-12-24}
"""
EVERYTHING = {"tier": "high", "channel": "web", "today": date(2026, 12, 24)}


@pytest.fixture
def gift(folder):
    (folder / "gift.yml").write_text(GIFT)
    return next(template for template in load(folder) if template.id == "gift")


def test_a_template_is_for_those_of_whom_all_conditions_are_true(gift):
    assert gift.fits(EVERYTHING)
    assert gift.fits(EVERYTHING | {"locale": "de"})


@pytest.mark.parametrize(
    "change",
    [{"tier": "low"}, {"channel": "rest"}, {"today": date(2026, 12, 25)}, {"today": date(2026, 11, 30)}],
)
def test_one_condition_that_fails_hides_it(gift, change):
    assert not gift.fits(EVERYTHING | change)


@pytest.mark.parametrize("name", ["tier", "channel", "today"])
def test_what_is_not_known_fails(gift, name):
    assert not gift.fits({key: value for key, value in EVERYTHING.items() if key != name})


def test_without_conditions_a_template_is_for_everybody(folder):
    assert all(template.fits({}) for template in load(folder))


def test_a_first_or_last_day_alone_is_enough():
    assert When({}, start=TODAY).holds({"today": TODAY})
    assert not When({}, end=TODAY).holds({"today": date(2026, 11, 23)})


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{}", "names no condition"),
        ("{colour: red}", "unknown field 'colour'"),
        ("{tier: []}", "a text or a list of texts"),
        ("{tier: 3}", "a text or a list of texts"),
        ("{from: soon}", "a day is written like"),
        ("{from: 2026-12-24, until: 2026-12-01}", "it is never said"),
    ],
)
def test_a_condition_that_cannot_be_read_is_named_with_its_line(folder, when, reason):
    (folder / "wrong.yml").write_text(f"- id: a\n  questions: [q]\n  wordings: [w]\n  when: {when}\n")
    with pytest.raises(TemplateError, match=reason) as caught:
        load(folder)
    assert "wrong.yml:4" in caught.value.message


def test_check_names_what_has_ended_and_what_nobody_is(folder):
    (folder / "gift.yml").write_text(GIFT.replace("[high, mid]", "[gold]"))
    known = {"tier": ("high", "low")}
    assert [str(problem).split(": ")[-1] for problem in check(folder, today=TODAY, known=known)] == ["use high, low"]
    late = check(folder, today=date(2027, 1, 1))
    assert [problem.reason for problem in late] == ["'gift' has ended on 2026-12-24"]
    assert late[0].line == 4

"""Templates and facts become sentences, without holes."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fill import fill
from retrieval.templates import Slot, Template


def said(value, **slot):
    return fill(Template("t", ("{x}",), slots={"x": Slot("x", **slot)}), {"x": value})


@pytest.mark.parametrize(
    ("value", "slot", "expected"),
    [
        (4.95, {"type": "money", "currency": "GBP"}, "£4.95"),
        (Decimal("1250.00"), {"type": "money", "currency": "GBP"}, "£1,250"),
        (-3, {"type": "money", "currency": "EUR"}, "-€3"),
        (3.5, {"type": "money", "currency": "CHF"}, "3.50 CHF"),
        (1, {"type": "count", "one": "day", "many": "days"}, "1 day"),
        (30, {"type": "count", "one": "day", "many": "days"}, "30 days"),
        (0, {"type": "count", "one": "piece", "many": "pieces"}, "0 pieces"),
        (12345.5, {"type": "number"}, "12,345.5"),
        (date(2026, 3, 3), {"type": "date"}, "3 March 2026"),
        (datetime(2026, 11, 22, 5), {"type": "date"}, "22 November 2026"),
        ("2026-03-03", {"type": "date"}, "3 March 2026"),
        (["a", "b", "c"], {"type": "list"}, "a, b and c"),
        (("a",), {"type": "list"}, "a"),
        (" two\n lines ", {"type": "text"}, "two lines"),
    ],
)
def test_values_are_said_as_their_type(value, slot, expected):
    assert said(value, **slot) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "text"),
        ("  ", "text"),
        ({"a": 1}, "text"),
        ("soon", "date"),
        (5, "date"),
        ("many", "number"),
        (float("nan"), "money"),
        (float("inf"), "count"),
        (True, "count"),
        ([], "list"),
        (["a", None], "list"),
        ("abc", "list"),
    ],
)
def test_what_cannot_be_said_fills_nothing(value, kind):
    assert said(value, type=kind, one="day", many="days") is None


def test_a_wording_that_cannot_be_filled_gives_way_to_one_that_can():
    template = Template("t", ("Due {when}.", "On its way."), slots={"when": Slot("when", "date")})
    assert {fill(template, {}, seed=seed) for seed in range(4)} == {"On its way."}
    assert {fill(template, {"when": "2026-01-02"}, seed=seed) for seed in range(4)} == {
        "Due 2 January 2026.",
        "On its way.",
    }


def test_the_same_seed_says_the_same_and_others_vary():
    template = Template("t", ("one", "two", "three"))
    assert [fill(template, {}, seed=seed) for seed in ("a:1", "a:1")] == [fill(template, {}, seed="a:1")] * 2
    assert {fill(template, {}, seed=seed) for seed in range(3)} == {"one", "two", "three"}
    assert len({fill(template, {}, seed=f"c:{seq}") for seq in range(30)}) == 3


def test_the_callers_facts_come_before_the_shops_own():
    template = Template("t", ("{n}",), slots={"n": Slot("n", "count", value=30, one="day", many="days")})
    assert fill(template, {}) == "30 days"
    assert fill(template, {"n": 1}) == "1 day"


def test_a_value_is_never_taken_for_a_slot():
    slots = {"a": Slot("a", "text"), "b": Slot("b", "text")}
    assert fill(Template("t", ("{a} {b}",), slots=slots), {"a": "{b}", "b": "x"}) == "{b} x"


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(alphabet="abc \n", max_size=5), st.lists(st.none())
)


@given(st.sampled_from(["text", "number", "count", "money", "date", "list"]), anything, st.integers(0, 9))
def test_no_hole_and_no_brace_ever(kind, value, seed):
    template = Template("t", ("A {x}.", "B: {x}!"), slots={"x": Slot("x", kind, one="day", many="days")})
    text = fill(template, {"x": value}, seed=seed)
    assert text is None or not ({"{", "}"} & set(text) or "None" in text or text in ("A .", "B: !"))

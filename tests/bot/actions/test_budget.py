"""Price ranges in customers' words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.budget import Budget, budget_of, without_budget

AMOUNT = st.integers(1, 5_000)


@pytest.mark.parametrize(
    ("said", "inside", "outside"),
    [
        ("a present for my dad under 30 quid", (5, 30), (31,)),
        ("i need a gift for my mum, about 40 euros", (30, 45), (10, 245)),
        ("something between £20 and £35.50 please", (20, 35.5), (19, 36)),
        ("a lamp for at least 100", (100, 900), (99,)),
        ("no more than 15.99 pounds", (15.99,), (16,)),
        ("from 20 to 50", (20, 50), (19, 51)),
        ("a scarf", (1, 10_000), ()),
    ],
)
def test_what_a_customer_wants_to_spend(said, inside, outside):
    budget = budget_of(said)
    assert [price for price in (*inside, *outside) if budget.holds(price)] == list(inside)


def test_a_bare_amount_is_about_that_much():
    budget = budget_of("a gift, 40 euros", ({"entity": "amount", "value": 40.0},))
    assert budget.holds(38) and not budget.holds(245) and not budget.holds(10)


@given(AMOUNT, AMOUNT)
def test_the_order_of_two_ends_does_not_matter(one, other):
    expected = Budget(Decimal(min(one, other)), Decimal(max(one, other)))
    assert budget_of(f"between {one} and {other}") == expected


@given(st.text(max_size=200))
def test_any_text_gives_a_range_that_is_not_empty(text):
    budget = budget_of(text)
    assert budget.least is None or budget.most is None or budget.least <= budget.most
    assert budget == Budget() or without_budget(text) != text

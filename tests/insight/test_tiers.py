"""Value tiers: a tree whose rules read as sentences, which is kept while it explains what customers are worth."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.tiers import Leaf, Split, Tiers, fit

NAMES = ("low", "mid", "high")
BUYERS = st.tuples(st.floats(0, 2_000), st.integers(1, 200), st.floats(0, 1e6))


def made_up(seed: int = 1, people: int = 600) -> tuple[pd.DataFrame, np.ndarray]:
    """Buyers whose worth is what they spend a year, less the longer they have been away."""
    random = np.random.default_rng(seed)
    orders = 1 + random.poisson(2.0, people)
    spent = (orders * random.gamma(4.0, 20.0, people)).round(2)
    recency = random.exponential(120.0, people)
    buyers = pd.DataFrame({"recency_days": recency, "orders": orders, "spent": spent})
    return buyers, (spent * np.exp(-recency / 200.0)).round(2)


def grown(seed: int = 1, before: Tiers | None = None) -> Tiers:
    buyers, worth = made_up(seed)
    return fit(buyers, worth, basis="forecast", before=before or Tiers())


def names(tiers: Tiers, buyers: pd.DataFrame) -> list[str]:
    return [
        tiers.tier(recency_days=row.recency_days, orders=int(row.orders), spent=row.spent)
        for row in buyers.itertuples()
    ]


@pytest.mark.parametrize(
    ("recency", "orders", "spent", "expected"),
    [(None, 0, 0, "low"), (400, 1, 20, "low"), (400, 9, 900, "low"), (100, 3, 200, "mid"), (10, 9, 900, "high")],
)
def test_before_the_first_refresh_it_is_a_small_shops_tree(recency, orders, spent, expected):
    standing = Tiers().standing(recency_days=recency, orders=orders, spent=spent)
    assert (standing.tier, standing.worth, standing.rfm, standing.sentence) == (expected, None, None, None)


def test_the_worthiest_are_high_and_each_tier_is_worth_more_than_the_one_below():
    buyers, worth = made_up()
    means = pd.Series(worth).groupby(names(grown(), buyers)).agg(["mean", "size"])
    assert list(means.sort_values("mean").index) == list(NAMES)
    assert 0.08 < means.loc["high", "size"] / len(buyers) < 0.35


def test_the_tree_explains_far_more_than_chance_of_what_it_has_not_seen():
    buyers, worth = made_up(seed=2)
    tiers = grown(seed=1)
    values = [
        tiers.standing(recency_days=row.recency_days, orders=int(row.orders), spent=row.spent).worth
        for row in buyers.itertuples()
    ]
    assert np.corrcoef(values, worth)[0, 1] > 0.7


def test_a_value_is_the_sum_over_leaves_of_weight_times_membership():
    buyers, worth = made_up()
    tiers = grown()
    values = [
        tiers.standing(recency_days=row.recency_days, orders=int(row.orders), spent=row.spent).worth
        for row in buyers.itertuples()
    ]
    of_leaves = sum(rule.weight * rule.share for rule in tiers.rules())
    assert np.mean(values) == pytest.approx(of_leaves, rel=1e-3) == pytest.approx(worth.mean(), rel=1e-3)


def test_rules_are_sentences_of_the_worthiest_first_and_say_what_decides():
    rules = grown().rules()
    assert 2 <= len(rules) <= 8 and sum(rule.share for rule in rules) == pytest.approx(1.0, abs=1e-3)
    assert [rule.weight for rule in rules] == sorted((rule.weight for rule in rules), reverse=True)
    shape = r"(High|Mid|Low) value: .*(spent|orders?|days ago).*; such customers are expected to bring [\d,.]+ in the"
    assert all(re.match(shape, rule.sentence) for rule in rules)
    assert len({rule.sentence for rule in rules}) == len(rules)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (Split("orders", 1.0, Leaf(1.0), Leaf(2.0)), {"one order", "2 or more orders"}),
        (Split("orders", 3.0, Split("orders", 2.0, Leaf(1.0), Leaf(2.0)), Leaf(3.0)), {"3 orders", "at most 2 orders"}),
        (Split("spent", 9.5, Leaf(1.0), Leaf(2.0)), {"at most 9.50 spent", "more than 9.50 spent"}),
        (
            Split("recency_days", 30.0, Leaf(2.0), Split("recency_days", 90.0, Leaf(1.0), Leaf(0.0))),
            {"the last order at most 30 days ago", "the last order 30 to 90 days ago"},
        ),
    ],
)
def test_limits_read_as_a_person_would_say_them(tree, said):
    sentences = " ".join(rule.sentence for rule in Tiers(tree).rules())
    assert all(words in sentences for words in said), sentences


@given(BUYERS)
def test_everybody_falls_under_exactly_one_rule_and_it_is_the_one_told(buyer):
    recency, orders, spent = buyer
    tiers = TREE
    standing = tiers.standing(recency_days=recency, orders=orders, spent=spent)
    assert standing.tier == tiers.tier(recency_days=recency, orders=orders, spent=spent) in NAMES
    assert [rule.sentence for rule in tiers.rules()].count(standing.sentence) == 1
    assert re.fullmatch("[1-5]{3}", standing.rfm)


def test_fifths_of_recency_frequency_and_money_are_five_for_the_best():
    tiers = grown()
    best = tiers.standing(recency_days=0, orders=99, spent=1e6)
    worst = tiers.standing(recency_days=9_999, orders=1, spent=0)
    assert best.rfm == "555" and worst.rfm[0] == worst.rfm[2] == "1"


def test_a_tree_that_still_explains_stays_so_that_nobody_changes_tier_for_nothing():
    first = grown()
    assert grown(seed=3, before=first) is first
    buyers, _ = made_up(seed=3)
    changed = fit(buyers, buyers["recency_days"].to_numpy() * 10.0, basis="forecast", before=first)
    assert changed != first and names(changed, buyers) != names(first, buyers)


def test_names_agree_across_refits_on_other_samples():
    buyers, _ = made_up(seed=9)
    one, other = (names(grown(seed=seed), buyers) for seed in (4, 5))
    assert np.mean([a == b for a, b in zip(one, other, strict=True)]) > 0.75
    assert np.mean([{a, b} == {"low", "high"} for a, b in zip(one, other, strict=True)]) < 0.02


def test_it_survives_storing_and_nothing_else_is_taken_for_it():
    tiers = grown()
    assert Tiers.from_document(json.loads(json.dumps(tiers.as_document()))) == tiers
    earlier = {"recency_days": [180, 60], "orders": [2, 5], "spent": [100, 500]}
    assert Tiers.known(None) == Tiers.known(earlier) == Tiers.known({"root": "soon"}) == Tiers()
    deep: dict[str, object] = {"weight": 1.0, "share": 1.0}
    for _ in range(2_000):
        deep = {"feature": "orders", "limit": 1.0, "below": deep, "above": {"weight": 0.0, "share": 0.0}}
    for wrong in (earlier, {**tiers.as_document(), "root": deep}, {**tiers.as_document(), "basis": "luck"}):
        with pytest.raises((LookupError, TypeError, ValueError)):
            Tiers.from_document(wrong)


@pytest.mark.parametrize("people", [1, 2, 6])
def test_a_handful_of_buyers_have_tiers_too(people):
    buyers, worth = made_up(people=people)
    assert set(names(fit(buyers, worth, basis="last year", before=Tiers()), buyers)) <= set(NAMES)
    alike = fit(buyers, np.ones(people), basis="last year", before=Tiers())
    assert set(names(alike, buyers)) == {"mid"}


TREE = grown()

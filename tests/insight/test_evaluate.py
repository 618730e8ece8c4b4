from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from insight.errors import FileError
from insight.evaluate import Orders, new_items, next_basket
from insight.evaluate.split import split
from insight.likeness import EASE_PENALTY, ease

DAY = datetime(2026, 1, 1)


def orders(*baskets: tuple[str, int, str]) -> Orders:
    return Orders(lines(*baskets))


def lines(*baskets: tuple[str, int, str]) -> pd.DataFrame:
    """Order lines of (customer, day, one letter for each product)."""
    rows = [
        {
            "InvoiceNo": f"{customer}-{day}",
            "StockCode": product,
            "CustomerID": customer,
            "InvoiceDate": DAY + timedelta(days=day),
            "Kind": "sale",
            "Quantity": 1,
            "UnitPrice": 2.0,
            "Description": f"thing {product}",
        }
        for customer, day, products in baskets
        for product in products
    ]
    return pd.DataFrame(rows)


def crowd(last: str) -> pd.DataFrame:
    """Twenty products that others buy, and one customer whose own product nobody else buys."""
    others = [
        (f"o{number}", day, "ABCDEFGHIJKLMNOPQRST"[number : number + 11]) for number in range(9) for day in (1, 2)
    ]
    return lines(*others, ("me", 1, "z"), ("me", 5, "z"), ("me", 9, last))


def test_a_customer_who_repeats_is_foreseen_by_frequency_and_not_by_popularity():
    repeats, changes = (next_basket(Orders(crowd(last))) for last in ("z", "y"))
    for name, finds in {"ours": True, "own_frequency": True, "popularity": False}.items():
        assert (repeats[name]["hr_at_10"] > changes[name]["hr_at_10"]) is finds


def test_a_ranking_that_is_always_right_has_full_marks():
    found = next_basket(orders(*[(f"c{number}", day, "AB") for number in range(3) for day in (1, 2, 3)]))
    assert found["ours"] == {"hr_at_10": 1.0, "recall_at_10": 1.0, "ndcg_at_10": 1.0, "customers": 3}


def test_the_rank_of_the_one_hit_gives_its_ndcg():
    """Popularity ranks A, B, C; the last baskets are C, C and A: 1/log2(4), 1/log2(4) and 1."""
    found = next_basket(
        orders(("a", 1, "AB"), ("a", 2, "C"), ("b", 1, "ABC"), ("b", 2, "C"), ("c", 1, "A"), ("c", 2, "A"))
    )
    assert found["popularity"]["ndcg_at_10"] == pytest.approx((0.5 + 0.5 + 1.0) / 3, abs=1e-4)


def test_cancellations_and_lines_without_a_customer_are_left_out():
    usable = lines(("a", 1, "A"), ("a", 2, "A"), ("b", 1, "A"), ("b", 2, "B"))
    cancelled = lines(("c", 1, "A"), ("c", 2, "A")).assign(Kind="cancellation")
    nobody = lines(("d", 1, "A"), ("d", 2, "A")).assign(CustomerID=None)
    found = next_basket(Orders(pd.concat([usable, cancelled, nobody], ignore_index=True)))
    assert found["ours"]["customers"] == 2


def test_a_file_in_which_nobody_came_back_is_refused_in_plain_words():
    with pytest.raises(FileError, match="no customer of this file has two orders"):
        next_basket(orders(("a", 1, "A"), ("b", 1, "A")))


def test_new_items_are_what_was_not_bought_before():
    """`a` repeats A and finds C; `b` buys nothing new and is not counted."""
    found = new_items(
        orders(
            ("a", 1, "A"), ("a", 2, "AC"), ("b", 1, "AC"), ("b", 2, "A"), ("c", 1, "AC"), ("c", 2, "B"), ("c", 0, "B")
        )
    )
    assert found["own_frequency"] == found["popularity"]
    assert found["item_item"] == {"hr_at_10": 1.0, "recall_at_10": 1.0, "ndcg_at_10": 1.0, "customers": 1}


def test_a_file_in_which_nobody_tries_anything_new_is_refused_in_plain_words():
    with pytest.raises(FileError, match="bought something new"):
        new_items(orders(("a", 1, "A"), ("a", 2, "A"), ("b", 1, "A"), ("b", 2, "A")))


def test_nothing_is_learnt_from_the_last_baskets():
    """What the last baskets hold changes nothing of what the ranking learns from."""
    one, other = (Orders(crowd(last)).splits for last in ("z", "yAB"))
    assert len(one) == len(other) == 2
    pd.testing.assert_frame_equal(one[1].cells, other[1].cells)
    for name in ("last", "sold"):
        assert (getattr(one[1], name) != getattr(other[1], name)).nnz == 0


def alternating(customers: int) -> pd.DataFrame:
    """Customers who buy two sets of products of their own by turns, the first of them once more often."""
    chance = np.random.default_rng(5)
    baskets = []
    for number in range(customers):
        own = chance.permutation(40)[:8]
        sets = ["".join(chr(ord("A") + one) for one in half) for half in (own[:4], own[4:])]
        start = int(chance.integers(30))
        baskets += [(f"c{number}", start + turn * 7, sets[turn % 2]) for turn in range(6)]
    return lines(*baskets)


def test_the_ranking_learns_what_frequency_cannot_see():
    found = next_basket(Orders(alternating(120)))
    assert found["ours"]["ndcg_at_10"] > 0.9 > found["own_frequency"]["ndcg_at_10"]


def test_a_shop_that_teaches_too_little_is_ranked_by_the_simple_way_that_did_best_before():
    found = next_basket(Orders(alternating(5)))
    assert found["ours"] in [block for name, block in found.items() if name != "ours"]
    assert found["ours"]["ndcg_at_10"] > found["mix"]["ndcg_at_10"]


def test_ease_weighs_each_product_by_the_others_alone():
    """The weights are the ridge regressions of each product on all others, found one by one."""
    bought = np.random.default_rng(3).random((60, 5)) < 0.4
    weights = ease(sparse.csr_matrix(bought.astype(float)))
    for product in range(5):
        others = np.delete(np.arange(5), product)
        inputs = bought[:, others].astype(float)
        ridge = np.linalg.solve(inputs.T @ inputs + EASE_PENALTY * np.eye(4), inputs.T @ bought[:, product])
        assert weights[others, product] == pytest.approx(ridge, rel=1e-4)
        assert weights[product, product] == 0.0


def test_the_trend_stops_the_day_before_the_last_basket():
    sales = lines(("a", 1, "A"), ("a", 40, "B"), ("b", 27, "C"), ("b", 39, "D"), ("b", 40, "E"), ("b", 50, "F"))
    found, _ = split(sales)
    assert found.trend(np.arange(2), 14).tolist() == [[0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 0]]

from datetime import datetime, timedelta

import pandas as pd
import pytest

from insight.errors import FileError
from insight.evaluate import next_basket

DAY = datetime(2026, 1, 1)


def lines(*baskets: tuple[str, int, str]) -> pd.DataFrame:
    """Order lines of (customer, day, one letter for each product)."""
    rows = [
        {
            "InvoiceNo": f"{customer}-{day}",
            "StockCode": product,
            "CustomerID": customer,
            "InvoiceDate": DAY + timedelta(days=day),
            "Kind": "sale",
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
    repeats, changes = (next_basket(crowd(last)) for last in ("z", "y"))
    for name, finds in {"ours": True, "own_frequency": True, "popularity": False}.items():
        assert (repeats[name]["hr_at_10"] > changes[name]["hr_at_10"]) is finds


def test_a_ranking_that_is_always_right_has_full_marks():
    found = next_basket(lines(*[(f"c{number}", day, "AB") for number in range(3) for day in (1, 2, 3)]))
    assert found["ours"] == {"hr_at_10": 1.0, "recall_at_10": 1.0, "ndcg_at_10": 1.0, "customers": 3}


def test_the_rank_of_the_one_hit_gives_its_ndcg():
    """Popularity ranks A, B, C; the last baskets are C, C and A: 1/log2(4), 1/log2(4) and 1."""
    found = next_basket(
        lines(("a", 1, "AB"), ("a", 2, "C"), ("b", 1, "ABC"), ("b", 2, "C"), ("c", 1, "A"), ("c", 2, "A"))
    )
    assert found["popularity"]["ndcg_at_10"] == pytest.approx((0.5 + 0.5 + 1.0) / 3, abs=1e-4)


def test_cancellations_and_lines_without_a_customer_are_left_out():
    usable = lines(("a", 1, "A"), ("a", 2, "A"), ("b", 1, "A"), ("b", 2, "B"))
    cancelled = lines(("c", 1, "A"), ("c", 2, "A")).assign(Kind="cancellation")
    nobody = lines(("d", 1, "A"), ("d", 2, "A")).assign(CustomerID=None)
    found = next_basket(pd.concat([usable, cancelled, nobody], ignore_index=True))
    assert found["ours"]["customers"] == 2


def test_a_file_in_which_nobody_came_back_is_refused_in_plain_words():
    with pytest.raises(FileError, match="no customer of this file has two orders"):
        next_basket(lines(("a", 1, "A"), ("b", 1, "A")))

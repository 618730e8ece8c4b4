from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from insight.errors import FileError
from insight.evaluate import Orders, evaluate, new_items, next_basket
from insight.evaluate.visits import purchase_intent, read
from tests.insight.test_evaluate import lines


def visits(rows: int = 600) -> pd.DataFrame:
    """Visits that end with a purchase where one of two things holds but not both; `PageValues` gives it away."""
    chance = np.random.default_rng(7)
    early, known = (chance.random(rows) < 0.5 for _ in range(2))
    came = (early ^ known) & (chance.random(rows) < 0.9)
    table = {"Hour": np.where(early, 8, 20), "VisitorType": np.where(known, "Returning", "New"), "Revenue": came}
    return pd.DataFrame(table).assign(PageValues=came * 10.0 + chance.random(rows))


def test_visits_are_foreseen_with_and_without_what_leaks(tmp_path: Path):
    visits().to_csv(tmp_path / "visits.csv", index=False)
    found = purchase_intent(read(tmp_path / "visits.csv"))
    assert list(found) == ["purchase_intent", "purchase_intent_without_page_values"]
    leaking, fair = found.values()
    assert leaking["ours"]["auc"] > 0.99 > fair["ours"]["auc"] > 0.85
    assert fair["ours"]["auc"] > fair["logistic"]["auc"] + 0.2
    assert fair["base_rate"]["auc"] == 0.5
    assert fair["ours"]["visits"] == 600


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hour,PageValues\n1,2\n", "there is no column 'Revenue'"),
        ("Hour,Revenue\n1,True\n2,False\n", "at least 50 visits with a purchase"),
        ("", "cannot be read as a CSV file of visits"),
    ],
)
def test_a_file_that_holds_no_visits_is_refused_in_plain_words(tmp_path: Path, text: str, says: str):
    (tmp_path / "visits.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=says):
        read(tmp_path / "visits.csv")
    with pytest.raises(FileError, match="cannot be read"):
        read(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    "shop",
    [
        lines(*[(f"c{number}", day, "A") for number in range(3) for day in (1, 2)]),
        lines(("a", 1, "AB"), ("a", 2, "BC")),
        lines(*[(f"c{number}", 1, "ABC"[number % 3 :]) for number in range(6)], ("c1", 2, "B"), ("c2", 900, "C")),
        lines(("a", 1, "AB"), ("a", 2, "BC"), ("b", 3, "A"), ("b", 4, "A")).assign(Description=None, UnitPrice=0.0),
    ],
    ids=["one product", "one customer", "a lone straggler", "no names and no prices"],
)
def test_a_tiny_shop_is_measured_as_far_as_it_goes(shop: pd.DataFrame):
    blocks, skipped = evaluate(shop)
    assert blocks["next_basket"]["ours"]["customers"] >= 1
    assert {"repurchase", "churn"} <= set(skipped)
    assert set(blocks["next_basket"]) == {"ours", "mix", "popularity", "own_frequency", "item_item", "als", "ease"}


def test_both_blocks_are_made_of_the_same_splits():
    orders = Orders(lines(("a", 1, "AB"), ("a", 2, "BC"), ("b", 3, "AB"), ("b", 4, "C")))
    assert next_basket(orders)["ours"]["customers"] == 2
    assert new_items(orders)["ours"]["customers"] == 2
    assert orders.splits is orders.splits

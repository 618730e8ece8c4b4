import numpy as np
import pandas as pd
import pytest

from insight.errors import FileError
from insight.evaluate import Orders, churn, clv, clv_spend, evaluate, repurchase, shortened
from insight.lifetime import purchases
from insight.predictions.choosing import measure
from insight.predictions.contenders import Boosted
from insight.predictions.moments import Slice

START = pd.Timestamp("2025-01-01")


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """A year of 400 customers, who buy at rates of their own and leave for good after a while."""
    chance = np.random.default_rng(4)
    rows = []
    for number in range(400):
        day, every = chance.uniform(0, 200), chance.gamma(2.0, 15.0)
        while day < 365:
            rows.append((f"c{number}", day, chance.gamma(3.0, 10.0)))
            if chance.random() < 0.15:
                break
            day += 1 + chance.exponential(every)
    bought = pd.DataFrame(rows, columns=["CustomerID", "day", "UnitPrice"])
    bought["InvoiceDate"] = START + pd.to_timedelta(bought.pop("day"), unit="D").dt.floor("s")
    return bought.assign(
        InvoiceNo=[str(number) for number in range(len(bought))],
        StockCode="A",
        Description="a",
        Quantity=1,
        Kind="sale",
    )


def test_ours_beats_the_simple_counts_where_customers_leave(shop: pd.DataFrame):
    for block in (clv(Orders(shop)), clv_spend(Orders(shop))):
        ours, _ = block.pop("ours"), block.pop("bg_nbd")
        assert ours["rmse"] < min(peer["rmse"] for peer in block.values())
        assert ours["corr"] > max(peer["corr"] for peer in block.values())
    assert block["mean"]["corr"] == 0.0


@pytest.mark.parametrize("block", [repurchase, churn])
def test_ours_is_recency_alone_or_better(shop: pd.DataFrame, block):
    found = block(Orders(shop))
    assert set(found) == {"ours", "logistic", "lightgbm", "gru", "recency", "bg_nbd"}
    assert found["ours"]["auc"] >= found["recency"]["auc"] > 0.5
    assert found["ours"]["auc"] > 0.6
    assert found["ours"]["brier"] <= found["recency"]["brier"]


def test_a_shop_with_too_few_outcomes_to_tell_is_ranked_by_recency(shop: pd.DataFrame):
    found = churn(Orders(shop[shop["CustomerID"].isin([f"c{number}" for number in range(60)])]))
    assert found["ours"] == found["recency"] != found["logistic"]


def test_churn_looks_at_customers_who_were_still_buying(shop: pd.DataFrame):
    bought = purchases(shop)
    day = bought["day"].max() - pd.Timedelta(days=90)
    active = bought[(bought["day"] > day - pd.Timedelta(days=90)) & (bought["day"] <= day)]["customer"].unique()
    stayed = bought[bought["day"] > day]["customer"].unique()
    found = churn(Orders(shop))["ours"]
    assert (found["customers"], found["positives"]) == (len(active), len(set(active) - set(stayed)))


def test_values_of_the_first_half_do_not_depend_on_the_second(shop: pd.DataFrame):
    """Doubling the money of the second half moves what came, not what was foreseen: `mean` errs by what came alone."""
    late = shop["InvoiceDate"] > shop["InvoiceDate"].max() - pd.Timedelta(days=170)
    dearer = shop.assign(UnitPrice=shop["UnitPrice"].where(~late, shop["UnitPrice"] * 2))
    assert clv(Orders(dearer)) == clv(Orders(shop))
    assert clv_spend(Orders(dearer))["ours"]["customers"] == clv_spend(Orders(shop))["ours"]["customers"]


def test_ties_at_the_edge_of_the_best_tenth_count_in_part():
    outcome = np.array([True] * 5 + [False] * 15)
    assert measure(np.full(20, 0.25), outcome, ranking=np.zeros(20))["lift_at_10pct"] == 1.0
    best = np.array([2.0] + [1.0] * 2 + [0.0] * 17)
    assert measure(np.full(20, 0.25), outcome, ranking=best)["lift_at_10pct"] == 4.0


@pytest.mark.parametrize("days", [120, 200])
def test_a_file_too_short_for_90_days_is_measured_over_the_longest_it_allows(shop: pd.DataFrame, days: int):
    blocks, skipped = evaluate(shop[shop["InvoiceDate"] < START + pd.Timedelta(days=days)])
    assert set(skipped) == {"new_items"}
    churned, bought = blocks["churn"], blocks["repurchase"]
    assert {way["days"] for way in churned.values()} == {(days - 1) // 3}
    assert bought["ours"]["days"] == 30
    assert churned["ours"]["auc"] > 0.5
    assert shortened(blocks) == {"churn": f"measured over {(days - 1) // 3} days, the file is too short for 90"}


def test_a_shop_whose_early_days_tell_nothing_is_measured_over_fewer_days(shop: pd.DataFrame):
    """Ten customers bought twice within the first 60 of the days, but not within the first 30."""
    early = shop["InvoiceDate"] < START + pd.Timedelta(days=40)
    some = shop[~early & (shop["InvoiceDate"] < START + pd.Timedelta(days=120))]
    first = some.iloc[:1].assign(InvoiceDate=START, CustomerID="first", InvoiceNo="first")
    assert churn(Orders(pd.concat([first, some])))["ours"]["days"] < 39


def test_boosting_learns_from_one_outcome_that_is_rare_or_old():
    """Its curve needs both outcomes, wherever in the slices they are."""
    chance = np.random.default_rng(2)
    rows = [pd.DataFrame({"silence": chance.random(40)}) for _ in range(2)]
    rare = np.zeros(40, dtype=bool)
    rare[[3, 5]] = True
    for slices in ([Slice(rows[0], rare)], [Slice(rows[0], np.zeros(40, dtype=bool)), Slice(rows[1], rare)]):
        chances = Boosted.fit(slices).chances(rows[0])
        assert ((chances > 0) & (chances < 1)).all()


def test_blocks_that_a_file_does_not_allow_are_named_with_the_reason(shop: pd.DataFrame):
    blocks, skipped = evaluate(shop[shop["InvoiceDate"] < START + pd.Timedelta(days=20)])
    assert "next_basket" in blocks and {"repurchase", "churn", "new_items"} <= set(skipped)
    assert "too few days" in skipped["churn"]
    with pytest.raises(FileError, match="clv: no line of this file is a sale to a known customer"):
        evaluate(shop.assign(Kind="service"))


def test_cdnow_is_foreseen_as_well_as_published(cdnow_lines: pd.DataFrame):
    found = clv(Orders(cdnow_lines))
    assert found["ours"]["customers"] == 2_357
    assert found["ours"]["mae"] <= 0.786
    assert found["ours"]["corr"] >= 0.625
    assert found["ours"]["mae"] < min(found[peer]["mae"] for peer in ("rate_times_horizon", "repeat_count", "mean"))

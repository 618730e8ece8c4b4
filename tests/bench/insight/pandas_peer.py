"""The same work as `ours`, written in pandas as one would: `python -m tests.bench.insight.pandas_peer FOLDER`.

Pairs are counted for some orders at a time: all of them at once do not fit into memory beyond the real shop's size.
Prints the same JSON object as `ours`; its tables have the same numbers of rows, or one of the two is wrong.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from insight.batch import baskets
from tests.bench.insight.usage import cpu_s, peak_mb

ORDERS_AT_ONCE = 20_000
ORDER = ["person_id", "order_id"]


def work(folder: Path) -> dict[str, int]:
    """Rows by table."""
    orders, lines = sales(folder)
    customers = orders.groupby("person_id").agg(
        orders=("event_id", "size"), spent=("left", "sum"), first_at=("at", "min"), last_at=("at", "max")
    )
    tables = {"neighbours": neighbours(lines), "favourites": favourites(lines)}
    counted = {"orders": orders, "lines": lines, "customers": customers, **tables}
    return {name: len(table) for name, table in counted.items()}


def sales(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders as they are left, and their lines."""
    placed, items, undone = (pd.read_parquet(folder / f"{name}.parquet") for name in ("placed", "items", "undone"))
    placed = placed.sort_values(["at", "event_id"])
    orders = placed.drop_duplicates(ORDER, keep="last").drop(columns="at")
    first = placed.drop_duplicates(ORDER)[[*ORDER, "at", "event_id"]].rename(columns={"event_id": "first_id"})
    orders = orders.merge(first, on=ORDER)
    told = orders.merge(undone.rename(columns={"at": "then", "event_id": "then_id"}), on=ORDER)
    told = told[(told["at"] < told["then"]) | ((told["at"] == told["then"]) & (told["first_id"] < told["then_id"]))]
    cancelled = told.loc[told["kind"] == "cancelled", "event_id"]
    paid = told[told["kind"] == "refunded"]
    back = paid["amount"].fillna(paid["total"]).groupby(paid["event_id"]).sum()
    orders = orders[~orders["event_id"].isin(cancelled)]
    refunded = orders["event_id"].map(back).fillna(0.0).clip(upper=orders["total"])
    orders = orders.assign(left=(orders["total"] - refunded) / 10_000)
    once = items.groupby(["event_id", "product_id"], as_index=False).agg(
        category=("category", "max"), quantity=("quantity", "sum"), amount=("amount", "sum")
    )
    return orders, once.merge(orders[["event_id", *ORDER, "at"]], on="event_id")


def neighbours(lines: pd.DataFrame) -> pd.DataFrame:
    size = lines.groupby("event_id")["product_id"].transform("size")
    small = lines.loc[size <= baskets.LARGEST_BASKET, ["event_id", "product_id"]]
    numbers, products = pd.factorize(small["product_id"], sort=True)
    numbered = pd.DataFrame({"event_id": small["event_id"].to_numpy(), "number": numbers})
    together = _pairs(numbered, len(products))
    together = together[together >= baskets.LEAST_TOGETHER]
    orders = np.bincount(numbers, minlength=len(products)).astype("float64")
    one, other = np.divmod(together.index.to_numpy(), len(products))
    count = together.to_numpy().astype("float64")
    score = count / np.sqrt(orders[one] * orders[other]) * (count / (count + baskets.SHRINKAGE))
    both = pd.DataFrame({"number": np.r_[one, other], "other": np.r_[other, one], "score": np.r_[score, score]})
    both = both.sort_values(["number", "score", "other"], ascending=[True, False, True])
    return both.groupby("number").head(baskets.NEIGHBOURS_A_PRODUCT)


def _pairs(numbered: pd.DataFrame, products: int) -> pd.Series:
    ids = numbered["event_id"].unique()
    total = pd.Series(dtype="int64")
    for start in range(0, len(ids), ORDERS_AT_ONCE):
        some = numbered[numbered["event_id"].isin(ids[start : start + ORDERS_AT_ONCE])]
        pairs = some.merge(some, on="event_id", suffixes=("", "_other"))
        pairs = pairs[pairs["number"] < pairs["number_other"]]
        counted = (pairs["number"] * products + pairs["number_other"]).value_counts()
        total = total.add(counted, fill_value=0)
    return total


def favourites(lines: pd.DataFrame) -> pd.DataFrame:
    recent = lines[lines["at"] >= lines["at"].max() - pd.Timedelta(days=baskets.RECENT_DAYS)]
    bought = recent[["person_id", "product_id"]].drop_duplicates()
    everybody = bought["product_id"].value_counts().rename("everybody")
    known = lines.dropna(subset=["category"])
    main = known.groupby(["person_id", "category"])["event_id"].nunique().reset_index(name="orders")
    main = main.sort_values(["orders", "category"], ascending=[False, True]).drop_duplicates("person_id")
    audiences = pd.concat(
        [
            pd.DataFrame({"person_id": lines["person_id"].unique(), "audience": "all"}),
            pd.DataFrame({"person_id": main["person_id"], "audience": "category:" + main["category"]}),
        ]
    )
    counted = (
        bought.merge(audiences, on="person_id").groupby(["audience", "product_id"]).size().reset_index(name="buyers")
    )
    counted = counted.join(everybody, on="product_id")
    damped = np.where(
        counted["audience"] == "all", counted["buyers"], counted["buyers"] / np.sqrt(counted["everybody"])
    )
    inside = recent.dropna(subset=["category"])[["person_id", "product_id", "category"]].drop_duplicates()
    inside = inside.groupby(["category", "product_id"]).size().reset_index(name="raw")
    named = pd.DataFrame(
        {"audience": "in:" + inside["category"], "product_id": inside["product_id"], "raw": inside["raw"]}
    )
    ranked = pd.concat([counted.assign(raw=damped)[["audience", "product_id", "raw"]], named])
    ranked = ranked.sort_values(["audience", "raw", "product_id"], ascending=[True, False, True])
    return ranked.groupby("audience").head(baskets.FAVOURITES_AN_AUDIENCE)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    start = time.perf_counter()
    rows = work(parser.parse_args().folder)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s(), "peak_mb": peak_mb(), "rows": rows}))


if __name__ == "__main__":
    main()

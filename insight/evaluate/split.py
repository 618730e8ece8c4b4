"""Each customer's last basket apart from all before, as matrices of customers by products.

The last baskets of all customers are held back together: no count, likeness or trend has seen any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from insight.errors import FileError
from insight.likeness import Matrix, cosine, ease, frequent

HALF_LIVES_DAYS = (30.0, 90.0, 365.0, 36_500.0)
TREND_DAYS = 14


@dataclass(frozen=True)
class Split:
    """Customers (rows) by products (columns)."""

    counts: Matrix  # baskets with the product
    faded: Mapping[float, Matrix]  # by half-life in days: the same, each basket halving with its age at the last one
    together: Matrix  # products by products: cosine of the customers who buy them
    ease: np.ndarray  # products by products, of the products in `frequent`
    frequent: np.ndarray  # columns
    popularity: np.ndarray  # customers a product
    before: Matrix  # customers by days: 1 for the days of the trend before the last basket
    sold: Matrix  # days by products: baskets with the product
    last: Matrix  # 1 where the last basket has the product


def split(sales: pd.DataFrame) -> tuple[Split, pd.DataFrame]:
    """The customers with two baskets or more, and the sales without their last baskets; FileError without any.

    Sales to others and to nobody known count for the trend alone.
    """
    baskets = sales.groupby(["CustomerID", "InvoiceNo"], sort=True)["InvoiceDate"].min().rename("at").reset_index()
    baskets = baskets.sort_values(["CustomerID", "at", "InvoiceNo"], kind="stable")
    baskets = baskets[baskets.groupby("CustomerID")["InvoiceNo"].transform("size") >= 2]
    if baskets.empty:
        raise FileError("no customer of this file has two orders, so no next basket can be foreseen")
    last = baskets.groupby("CustomerID").tail(1).set_index("CustomerID")
    cells = (
        sales[["CustomerID", "InvoiceNo", "StockCode"]].drop_duplicates().merge(baskets, on=["CustomerID", "InvoiceNo"])
    )
    held_back = cells["InvoiceNo"].eq(cells["CustomerID"].map(last["InvoiceNo"])).to_numpy()
    age_days = (cells["CustomerID"].map(last["at"]) - cells["at"]).dt.total_seconds().to_numpy() / 86_400
    customer = pd.Categorical(cells["CustomerID"]).codes
    products = pd.Categorical(cells["StockCode"])
    shape = (int(customer.max()) + 1, len(products.categories))

    def matrix(values: np.ndarray, rows: np.ndarray) -> Matrix:
        return sparse.csr_matrix((values[rows], (customer[rows], products.codes[rows])), shape=shape)

    ones = np.ones(len(cells))
    counts = matrix(ones, ~held_back)
    popularity = np.asarray((counts > 0).sum(axis=0)).ravel().astype(float)
    most_bought = frequent(popularity)
    start = sales["InvoiceDate"].min().normalize()
    last_day = (last["at"].dt.normalize() - start).dt.days.to_numpy()
    before = sales[~sales["InvoiceNo"].isin(last["InvoiceNo"])]
    found = Split(
        counts=counts,
        faded={half_life: matrix(0.5 ** (age_days / half_life), ~held_back) for half_life in HALF_LIVES_DAYS},
        together=cosine(counts),
        ease=ease(counts[:, most_bought]),
        frequent=most_bought,
        popularity=popularity,
        before=_days_before(last_day, int(last_day.max()) + 1),
        sold=_sold(before, start=start, days=int(last_day.max()) + 1, products=products.categories),
        last=matrix(ones, held_back),
    )
    return found, before


def _sold(sales: pd.DataFrame, *, start: pd.Timestamp, days: int, products: pd.Index) -> Matrix:
    """Days by products: baskets of anybody with the product."""
    baskets = sales[["InvoiceNo", "StockCode", "InvoiceDate"]].drop_duplicates(["InvoiceNo", "StockCode"])
    day = (baskets["InvoiceDate"].dt.normalize() - start).dt.days.to_numpy()
    product = products.get_indexer(baskets["StockCode"])
    there = (product >= 0) & (day < days)
    return sparse.csr_matrix((np.ones(there.sum()), (day[there], product[there])), shape=(days, len(products)))


def _days_before(last_day: np.ndarray, days: int) -> Matrix:
    """1 for each of the `TREND_DAYS` days before each customer's last basket, its own day left out."""
    rows = np.repeat(np.arange(len(last_day)), TREND_DAYS)
    columns = (last_day[:, None] - np.arange(1, TREND_DAYS + 1)).ravel()
    there = columns >= 0
    return sparse.csr_matrix((np.ones(there.sum()), (rows[there], columns[there])), shape=(len(last_day), days))

"""Each customer's last basket apart from all before, as matrices of customers by products.

The last baskets of all customers are held back together: no count, likeness or trend has seen any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.preprocessing import normalize

from insight.errors import FileError
from insight.evaluate.affinity import follows, words
from insight.likeness import Matrix, als, cosine, ease, frequent

HALF_LIVES_DAYS = (14.0, 30.0, 90.0, 365.0)
LONGEST_NAME = 200
COMPARED = 20_000


@dataclass(frozen=True, eq=False)
class Split:
    """`cells` are the products of the baskets that are known: customer and product (numbers), basket (of the customer,
    from 0), age_days (at the last basket), pieces. `goods` has a row a product: name, price.
    """

    cells: pd.DataFrame
    goods: pd.DataFrame
    last: Matrix  # customers by products: 1 where the last basket has the product
    sold: Matrix  # days by products: baskets of anybody with the product
    last_day: np.ndarray  # of each customer's last basket

    def matrix(self, values: np.ndarray, rows: np.ndarray | slice = slice(None)) -> Matrix:
        """Customers by products: the sums of `values`, one for each of the cells `rows`."""
        cells = self.cells.iloc[rows]
        return sparse.csr_matrix((values, (cells["customer"], cells["product"])), shape=self.last.shape)

    @cached_property
    def counts(self) -> Matrix:
        """Baskets with the product."""
        return self.matrix(np.ones(len(self.cells)))

    @cached_property
    def faded(self) -> Mapping[float, Matrix]:
        """By half-life in days: the same, each basket halving with its age."""
        ages = self.cells["age_days"].to_numpy()
        return {half_life: self.matrix(0.5 ** (ages / half_life)) for half_life in HALF_LIVES_DAYS}

    @cached_property
    def popularity(self) -> np.ndarray:
        """Customers a product."""
        return np.asarray((self.counts > 0).sum(axis=0)).ravel().astype(float)

    @cached_property
    def together(self) -> Matrix:
        return cosine(self.counts)

    @cached_property
    def frequent(self) -> np.ndarray:
        """The products that EASE weighs, as columns."""
        return frequent(self.popularity)

    @cached_property
    def ease(self) -> np.ndarray:
        return ease(self.counts[:, self.frequent])

    @cached_property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the customers and of the products, whose products are the scores of implicit ALS."""
        return als(self.counts)

    @cached_property
    def default_factors(self) -> tuple[np.ndarray, np.ndarray]:
        """The same by the library's own settings: the peer."""
        return als(self.counts, by_default=True)

    @cached_property
    def latest(self) -> Matrix:
        """The last basket that is known."""
        size = self.cells.groupby("customer")["basket"].transform("max")
        rows = np.flatnonzero(self.cells["basket"] == size)
        return self.matrix(np.ones(len(rows)), rows)

    @cached_property
    def follows(self) -> Matrix:
        return follows(self.cells, len(self.goods))

    @cached_property
    def words(self) -> Matrix:
        return words(self.goods["name"])

    @cached_property
    def own(self) -> dict[str, Matrix]:
        """What each customer did with each product: days since the last and the first time, baskets since, pieces."""
        cells = self.cells.groupby(["customer", "product"])
        baskets = self.cells.groupby("customer")["basket"].max() + 1
        found = {
            "last_age": cells["age_days"].min(),
            "first_age": cells["age_days"].max(),
            "baskets_ago": cells["basket"].max(),
            "pieces": cells["pieces"].mean(),
        }
        customers, products = (found["pieces"].index.get_level_values(place) for place in (0, 1))
        found["baskets_ago"] = baskets.reindex(customers).to_numpy() - found["baskets_ago"]
        at = (customers, products)
        return {
            name: sparse.csr_matrix((values.to_numpy(), at), shape=self.last.shape) for name, values in found.items()
        }

    @cached_property
    def habits(self) -> tuple[np.ndarray, ...]:
        """Of each customer: log of the middle price, baskets, days since the last and the first, size, products."""
        cells = self.cells.assign(price=np.log1p(self.goods["price"].to_numpy()[self.cells["product"]]))
        by_customer = cells.groupby("customer")
        baskets = by_customer["basket"].max() + 1
        found = (
            by_customer["price"].median(),
            baskets,
            by_customer["age_days"].min(),
            by_customer["age_days"].max(),
            by_customer.size() / baskets,
            by_customer["product"].nunique(),
        )
        return tuple(values.to_numpy(dtype=float) for values in found)

    @cached_property
    def traits(self) -> tuple[np.ndarray, ...]:
        """Of each product: log price, customers, how many of these bought it again, first purchases, pieces."""
        again = np.asarray((self.counts > 1).sum(axis=0)).ravel()
        pieces = self.cells.groupby("product")["pieces"].median().reindex(range(len(self.goods)))
        sales = np.asarray(self.counts.sum(axis=0)).ravel()
        return (
            np.log1p(self.goods["price"].to_numpy()),
            self.popularity,
            (again + 0.5) / (self.popularity + 3.0),
            (self.popularity + 0.5) / (sales + 2.0),
            pieces.to_numpy(),
        )

    @cached_property
    def first_sold(self) -> np.ndarray:
        """The day of each product's first sale; one after the last day of all where there is none."""
        cells = self.sold.tocoo()
        first = np.full(self.sold.shape[1], self.sold.shape[0])
        np.minimum.at(first, cells.col, cells.row)
        return first

    @cached_property
    def others(self) -> np.ndarray:
        """The customers that everybody is compared with: all of them, or some of very many."""
        customers = np.arange(self.last.shape[0])
        return customers[:: max(1, -(-len(customers) // COMPARED))]

    @cached_property
    def rare(self) -> Matrix:
        """Customers by products, rows of length 1: what few buy weighs more."""
        weight = np.log((1.0 + self.last.shape[0]) / (1.0 + self.popularity))
        return normalize((self.counts > 0).astype(float) @ sparse.diags(weight))

    def trend(self, rows: np.ndarray, days: int) -> np.ndarray:
        """Customers by products: baskets of anybody in the `days` before the day of the last basket."""
        which = np.repeat(np.arange(len(rows)), days)
        on = (self.last_day[rows][:, None] - np.arange(1, days + 1)).ravel()
        there = on >= 0
        shape = (len(rows), self.sold.shape[0])
        before = sparse.csr_matrix((np.ones(there.sum()), (which[there], on[there])), shape=shape)
        return np.asarray((before @ self.sold).toarray(), dtype=np.float32)


def split(sales: pd.DataFrame) -> tuple[Split, pd.DataFrame]:
    """The customers with two baskets or more, and the sales without their last baskets; FileError without any.

    Sales to others and to nobody known count for the trend alone.
    """
    baskets = sales.groupby(["CustomerID", "InvoiceNo"], sort=True)["InvoiceDate"].min().rename("at").reset_index()
    baskets = baskets.sort_values(["CustomerID", "at", "InvoiceNo"], kind="stable")
    by_customer = baskets.groupby("CustomerID")
    baskets["basket"] = by_customer.cumcount()
    baskets["left"] = by_customer["InvoiceNo"].transform("size") - baskets["basket"] - 1
    baskets = baskets[baskets["left"] + baskets["basket"] >= 1]
    if baskets.empty:
        raise FileError("no customer of this file has two orders, so no next basket can be foreseen")
    last = baskets[baskets["left"] == 0].set_index("CustomerID")
    keys = ["CustomerID", "InvoiceNo", "StockCode"]
    cells = sales.groupby(keys, sort=False)["Quantity"].sum().rename("pieces").reset_index()
    cells = cells.merge(baskets, on=["CustomerID", "InvoiceNo"])
    customer, products = pd.Categorical(cells["CustomerID"]), pd.Categorical(cells["StockCode"])
    age = (cells["CustomerID"].map(last["at"]) - cells["at"]).dt.total_seconds() / 86_400
    cells = pd.DataFrame(
        {
            "customer": customer.codes.astype(np.int64),
            "product": products.codes.astype(np.int64),
            "basket": cells["basket"].to_numpy(),
            "age_days": age.to_numpy(),
            "pieces": cells["pieces"].to_numpy(dtype=float),
            "held_back": cells["left"].to_numpy() == 0,
        }
    )
    held_back = cells[cells["held_back"]]
    shape = (len(customer.categories), len(products.categories))
    start = sales["InvoiceDate"].min().normalize()
    before = sales[~sales["InvoiceNo"].isin(last["InvoiceNo"])]
    last_day = (last["at"].reindex(customer.categories).dt.normalize() - start).dt.days.to_numpy()
    found = Split(
        cells=cells[~cells["held_back"]].drop(columns="held_back").reset_index(drop=True),
        goods=_goods(before, products.categories),
        last=sparse.csr_matrix((np.ones(len(held_back)), (held_back["customer"], held_back["product"])), shape=shape),
        sold=_sold(before, start=start, days=int(last_day.max()) + 1, products=products.categories),
        last_day=last_day,
    )
    return found, before


def _goods(sales: pd.DataFrame, products: pd.Index) -> pd.DataFrame:
    """The first name and the middle price of each product; an empty name and nothing where there is none."""
    by_product = sales.groupby("StockCode", sort=False)
    names = by_product["Description"].first().reindex(products).fillna("").astype(str).str.slice(0, LONGEST_NAME)
    return pd.DataFrame({"name": names, "price": by_product["UnitPrice"].median().reindex(products)})


def _sold(sales: pd.DataFrame, *, start: pd.Timestamp, days: int, products: pd.Index) -> Matrix:
    """Days by products: baskets of anybody with the product."""
    baskets = sales[["InvoiceNo", "StockCode", "InvoiceDate"]].drop_duplicates(["InvoiceNo", "StockCode"])
    day = (baskets["InvoiceDate"].dt.normalize() - start).dt.days.to_numpy()
    product = products.get_indexer(baskets["StockCode"])
    there = (product >= 0) & (day < days)
    return sparse.csr_matrix((np.ones(there.sum()), (day[there], product[there])), shape=(days, len(products)))

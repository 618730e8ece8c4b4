"""Products alike by who bought them: implicit ALS and EASE, as the best neighbours of each product."""

from dataclasses import dataclass

import ibis
import numpy as np
from scipy import sparse

from insight import likeness
from insight.batch.context import Context
from insight.likeness import Matrix
from insight.suggestions.learning.neighbours import Neighbours, nearest, of_scores

MOST_BUYERS = 100_000  # the latest ones
FEWEST_BUYERS = 50  # of two products or more; fewer teach nothing
LEAST_BOUGHT = 3  # customers; a product that fewer bought has no taste yet


@dataclass(frozen=True)
class Purchases:
    """Customers by products, and the products' ids."""

    counts: Matrix
    products: np.ndarray


def purchases(context: Context) -> Purchases | None:
    """Who bought what, from the tables `lines` and `numbers`; None when too few customers bought two products."""
    lines, numbers = context.table("lines"), context.table("numbers")
    people = lines.group_by("person_id").agg(last=lines["at"].max(), products=lines.product_id.nunique())
    people = people.filter(people.products > 1)
    latest = ibis.window(order_by=[ibis.desc("last"), ibis.asc("person_id")])
    people = people.mutate(customer=ibis.row_number().over(latest)).filter(lambda row: row.customer < MOST_BUYERS)
    bought = lines.join(people.select("person_id", "customer"), "person_id").join(numbers, "product_id")
    cells = context.frame(bought.group_by("customer", "number").agg(orders=bought.event_id.nunique()))
    named = context.frame(numbers.order_by("number"))["product_id"].to_numpy()
    customers = int(cells["customer"].max()) + 1 if len(cells) else 0
    if customers < FEWEST_BUYERS:
        return None
    values = cells["orders"].to_numpy(dtype=np.float32)
    counts = sparse.csr_matrix(
        (values, (cells["customer"].to_numpy(), cells["number"].to_numpy())), shape=(customers, len(named))
    )
    often = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= LEAST_BOUGHT)
    return Purchases(counts[:, often], named[often]) if len(often) > 1 else None


def by_factors(purchases: Purchases) -> Neighbours:
    """By the cosine of the products' factors."""
    _, factors = likeness.als(purchases.counts)
    lengths = np.linalg.norm(factors, axis=1, keepdims=True)
    return nearest(factors / np.where(lengths > 0, lengths, 1.0), purchases.products)


def by_ease(purchases: Purchases) -> Neighbours:
    """By the weights of EASE, as shares of the largest of all; of the most bought products alone."""
    popularity = np.asarray((purchases.counts > 0).sum(axis=0)).ravel()
    often = likeness.frequent(popularity)
    weights = likeness.ease(purchases.counts[:, often])
    products = purchases.products[often]
    return of_scores(weights / max(float(weights.max()), 1e-9), products, products)

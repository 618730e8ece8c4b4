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


def buyers(lines: ibis.Table) -> ibis.Table:
    """The `MOST_BUYERS` who bought last, of `lines` of `insight.batch.sales`: person_id, customer (a number)."""
    people = lines.group_by("person_id").agg(last=lines["at"].max())
    latest = ibis.window(order_by=[ibis.desc("last"), ibis.asc("person_id")])
    numbered = people.mutate(customer=ibis.row_number().over(latest))
    return numbered.filter(numbered.customer < MOST_BUYERS).select("person_id", "customer")


def purchases(context: Context) -> Purchases | None:
    """Who bought what, from the tables `lines`, `buyers` and `numbers`; None when too few bought two products."""
    numbers = context.table("numbers")
    bought = context.table("lines").join(context.table("buyers"), "person_id").join(numbers, "product_id")
    cells = context.frame(bought.group_by("customer", "number").agg(orders=bought.count()))
    named = context.frame(numbers.order_by("number"))["product_id"].to_numpy()
    if cells.empty:
        return None
    places = cells["customer"].to_numpy(), cells["number"].to_numpy()
    shape = (int(places[0].max()) + 1, len(named))
    counts = sparse.csr_matrix((cells["orders"].to_numpy(dtype=np.float32), places), shape=shape)
    counts = counts[np.diff(counts.indptr) > 1]
    often = np.flatnonzero(np.diff(counts.tocsc().indptr) >= LEAST_BOUGHT)
    return Purchases(counts[:, often], named[often]) if counts.shape[0] >= FEWEST_BUYERS and len(often) > 1 else None


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

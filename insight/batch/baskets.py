"""The orders of the log as one table of lines, and what co-purchase and popularity are computed from it with.

Batch work is written as Ibis expressions (DuckDB in this process by default); each function takes and gives a table.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.profile.properties import listed, text
from insight.tables import AliasRow, EventRow

LARGEST_BASKET = 100  # products; a wholesale order with more says little about what goes together
NEIGHBOURS_A_PRODUCT = 20
FAVOURITES_AN_AUDIENCE = 40
LEAST_TOGETHER = 3  # orders; fewer are chance
SHRINKAGE = 2.0
RECENT_DAYS = 365
COLUMNS = ("order_id", "person_id", "at", "product_id", "category")


def read_lines(session: Session) -> pd.DataFrame:
    """One row for each product of each order that was not cancelled: `COLUMNS`; `at` is UTC without its zone."""
    aliases = {row.anonymous_id: row.customer_id for row in session.execute(select(AliasRow)).scalars()}
    lines = pd.DataFrame(_lines(session, aliases), columns=list(COLUMNS))
    return lines.astype({"at": "datetime64[us]"}).drop_duplicates(["order_id", "product_id"])


def neighbours(lines: ibis.Table) -> ibis.Table:
    """Products that were in the same orders: product_id, other_id, together, score, the best for each product.

    The score is the cosine of the two products' orders times together / (together + 2), which holds down chance pairs.
    """
    baskets = lines.group_by("order_id").agg(products=lines.product_id.nunique())
    small = baskets.filter(baskets.products <= LARGEST_BASKET)
    left = lines.semi_join(small, "order_id").select("order_id", "product_id").distinct()
    right = left.view()
    pairs = (
        left.join(right, left.order_id == right.order_id)
        .filter(left.product_id != right.product_id)
        .select(product_id=left.product_id, other_id=right.product_id)
        .group_by("product_id", "other_id")
        .agg(together=lambda pair: pair.count())
    )
    pairs = pairs.filter(pairs.together >= LEAST_TOGETHER)
    orders = left.group_by("product_id").agg(orders=left.count())
    others = orders.view().rename(other_id="product_id", other_orders="orders")
    scored = pairs.join(orders, "product_id").join(others, "other_id")
    shrunk = scored.together / (scored.together + SHRINKAGE)
    scored = scored.mutate(
        score=scored.together / (scored.orders * scored.other_orders).cast("float64").sqrt() * shrunk
    )
    return _best(scored, "product_id", ("score", "other_id"), NEIGHBOURS_A_PRODUCT).select(
        "product_id", "other_id", "together", "score"
    )


def favourites(lines: ibis.Table, audiences: ibis.Table) -> ibis.Table:
    """What each audience (audience, person_id) bought most in the last year: audience, product_id, buyers, score.

    Within an audience, buyers count less for a product that everybody buys; the best has score 1.
    """
    recent = lines.filter(lines["at"] >= lines["at"].max() - ibis.interval(days=RECENT_DAYS))
    bought = recent.select("person_id", "product_id").distinct()
    overall = bought.group_by("product_id").agg(everybody=bought.count())
    counted = bought.join(audiences, "person_id").group_by("audience", "product_id").agg(buyers=lambda row: row.count())
    scored = counted.join(overall, "product_id")
    damped = (scored.audience == "all").ifelse(scored.buyers, scored.buyers / scored.everybody.cast("float64").sqrt())
    return _ranked(scored.mutate(raw=damped))


def favourites_in_category(lines: ibis.Table) -> ibis.Table:
    """The most bought products of each category, as audience `in:CATEGORY`."""
    recent = lines.filter(lines["at"] >= lines["at"].max() - ibis.interval(days=RECENT_DAYS))
    bought = recent.filter(recent.category.notnull()).select("person_id", "product_id", "category").distinct()
    counted = bought.group_by("category", "product_id").agg(buyers=bought.count())
    named = counted.mutate(audience=ibis.literal("in:") + counted.category, raw=counted.buyers.cast("float64"))
    return _ranked(named)


def main_categories(lines: ibis.Table) -> ibis.Table:
    """The category each person ordered from most often, as audience `category:CATEGORY`: audience, person_id."""
    known = lines.filter(lines.category.notnull())
    counted = known.group_by("person_id", "category").agg(orders=known.order_id.nunique())
    first = _best(counted, "person_id", ("orders", "category"), 1)
    return first.select(audience=ibis.literal("category:") + first.category, person_id=first.person_id)


def _ranked(scored: ibis.Table) -> ibis.Table:
    best = _best(scored, "audience", ("raw", "product_id"), FAVOURITES_AN_AUDIENCE)
    top = best.raw.max().over(ibis.window(group_by="audience"))
    return best.select("audience", "product_id", "buyers", score=best.raw / top)


def _best(table: ibis.Table, group: str, by: tuple[str, str], count: int) -> ibis.Table:
    """The `count` rows of each group with the highest `by[0]`; ties go by the name in `by[1]`."""
    window = ibis.window(group_by=group, order_by=[ibis.desc(by[0]), ibis.asc(by[1])])
    return table.mutate(place=ibis.row_number().over(window)).filter(lambda row: row.place < count)


def _lines(session: Session, aliases: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    cancelled = {text(properties, "order_id") for properties, *_ in _orders(session, "Order Cancelled")}
    for properties, message_id, at, customer_id, anonymous_id in _orders(session, "Order Completed"):
        person_id = customer_id or aliases.get(anonymous_id, anonymous_id)
        order_id = text(properties, "order_id") or message_id
        if person_id is None or order_id in cancelled:
            continue
        for product in listed(properties, "products"):
            product_id = text(product, "product_id")
            if product_id is not None:
                yield order_id, person_id, at.replace(tzinfo=None), product_id, text(product, "category")


def _orders(session: Session, name: str) -> Iterable[Any]:
    columns = (
        EventRow.properties,
        EventRow.message_id,
        EventRow.occurred_at,
        EventRow.customer_id,
        EventRow.anonymous_id,
    )
    return session.execute(select(*columns).where(EventRow.name == name).order_by(EventRow.id))

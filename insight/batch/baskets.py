"""What co-purchase and popularity are computed from order lines with (`lines` of `insight.batch.sales`).

Each function takes and gives Ibis tables. What has the same score is ordered by its name, so that every engine picks
the same rows.
"""

import ibis

LARGEST_BASKET = 100  # products; a wholesale order with more says little about what goes together
NEIGHBOURS_A_PRODUCT = 20
FAVOURITES_AN_AUDIENCE = 40
LEAST_TOGETHER = 3  # orders; fewer are chance
SHRINKAGE = 2.0
RECENT_DAYS = 365


def numbers(lines: ibis.Table) -> ibis.Table:
    """Each product's number, in the order of their ids: product_id, number."""
    named = lines.select("product_id").distinct()
    return named.mutate(number=ibis.row_number().over(ibis.window(order_by=named.product_id)))


def contents(lines: ibis.Table, numbered: ibis.Table) -> ibis.Table:
    """What is in each order that is not too large: event_id, number. Ordered, which halves the time of joining it."""
    sizes = lines.group_by("event_id").agg(products=lines.count())
    small = lines.semi_join(sizes.filter(sizes.products <= LARGEST_BASKET), "event_id")
    return small.join(numbered, "product_id").select("event_id", "number").order_by("event_id", "number")


def neighbours(inside: ibis.Table, numbered: ibis.Table) -> ibis.Table:
    """Products that were in the same orders (`contents`, `numbers`): product_id, other_id, together, score.

    The best for each product. The score is the cosine of the products' orders times together / (together + 2), which
    holds down chance pairs. Each pair is made once: pairs are the one thing here that is larger than the lines.
    """
    counts = inside.group_by("number").agg(orders=inside.count())
    once = _pairs(inside)
    both = ibis.union(once, once.select(number="other", other="number", together="together"))
    scored = both.join(counts, "number").join(counts.view().rename(other="number", other_orders="orders"), "other")
    together = scored.together.cast("float64")
    cosine = together / (scored.orders * scored.other_orders).cast("float64").sqrt()
    scored = scored.mutate(score=cosine * (together / (together + SHRINKAGE)))
    named_other = numbered.view().rename(other="number", other_id="product_id")
    best = _best(scored, "number", ("score", "other"), NEIGHBOURS_A_PRODUCT)
    told = best.join(numbered, "number").join(named_other, "other")
    return told.select("product_id", "other_id", "together", "score")


def _pairs(left: ibis.Table) -> ibis.Table:
    """The products, by number, that were often enough in one order: number, other (the greater), together."""
    right = left.view()
    joined = left.join(right, [left.event_id == right.event_id, left.number < right.number])
    pairs = joined.select(number=left.number, other=right.number)
    counted = pairs.group_by("number", "other").agg(together=pairs.count())
    return counted.filter(counted.together >= LEAST_TOGETHER)


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
    counted = known.group_by("person_id", "category").agg(orders=known.event_id.nunique())
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

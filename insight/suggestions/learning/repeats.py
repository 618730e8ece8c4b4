"""How long it takes until a product is bought again (`insight.suggestions.cycles` says what for)."""

import ibis

FEWEST_GAPS = 10
LEAST_DEVIATION = 0.2  # of the logarithm; a few gaps that happen to be alike are no clockwork
DAY_S = 86_400.0


def cycles(lines: ibis.Table) -> ibis.Table:
    """By product, from `lines` of `insight.batch.sales`: product_id, share, mean_log_days, sd_log_days.

    Purchases of one day are one; a product with few gaps is left out.
    """
    days = lines.select("person_id", "product_id", day=lines["at"].truncate("D")).distinct()
    before = days.day.lag().over(ibis.window(group_by=["person_id", "product_id"], order_by="day"))
    gaps = days.mutate(log_days=((days.day.epoch_seconds() - before.epoch_seconds()) / DAY_S).cast("float64").ln())
    again = gaps.filter(gaps.log_days.notnull())
    buyers = days.group_by("product_id").agg(buyers=days.person_id.nunique())
    found = again.group_by("product_id").agg(
        gaps=again.count(),
        returning=again.person_id.nunique(),
        mean_log_days=again.log_days.mean(),
        sd_log_days=again.log_days.std(how="pop"),
    )
    known = found.filter(found.gaps >= FEWEST_GAPS).join(buyers, "product_id")
    return known.select(
        "product_id",
        share=known.returning / known.buyers.cast("float64"),
        mean_log_days=known.mean_log_days,
        sd_log_days=ibis.greatest(known.sd_log_days, LEAST_DEVIATION),
    )

"""Suggestions that pay, products that are suggested in vain, and what suggestions are worth at all."""

from collections.abc import Iterator
from datetime import tzinfo

from scipy import stats

from insight.report.comparison import shares
from insight.report.facts import Facts
from insight.report.figures import wilson
from insight.report.findings.finding import Candidate, Finding
from insight.report.wording import percent

FEWEST = 5


def paying(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Suggested products that are bought more, or less, than the others suggested. Good news: what was bought."""
    shown = now.showings
    names = now.bought.drop_duplicates("product_id", keep="last").set_index("product_id")["product"]
    for product, rows in shown.groupby("product_id"):
        others = shown[shown["product_id"] != product]
        bought, rate = int(rows["bought"].sum()), float(others["bought"].mean()) if len(others) else 0.0
        if len(rows) < FEWEST or not len(others):
            continue
        name = names.get(product, product)
        does = "pays" if bought / len(rows) > rate else "does not pay"
        title = f"Suggesting {name} {does}: bought in {percent(bought / len(rows))} of cases"
        detail = f"{bought:,} bought within 7 days of {len(rows):,} shown; {percent(rate)} of the other suggestions"
        finding = Finding(
            "suggestion", title, detail, -float(rows["price"].fillna(0).sum()), tuple(now.ids(rows["talk"]))
        )
        yield Candidate(finding, float(stats.binomtest(bought, len(rows), rate).pvalue))


def uplift(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Whether customers who get suggestions order more than those held back, from the same moment on.

    The worth is the difference, in orders at their mean price, for all who got some.
    """
    shown, withheld = now.spenders(now.showings), now.spenders(now.withheld)
    if min(len(shown), len(withheld)) < FEWEST:
        return
    sides = [(int(rows["ordered"].sum()), len(rows)) for rows in (shown, withheld)]
    (part, whole), (other_part, other_whole) = sides
    more = part / whole - other_part / other_whole
    does = "pay" if more > 0 else "do not pay"
    title = (
        f"Suggestions {does}: {percent(part / whole)} ordered with them, {percent(other_part / other_whole)} without"
    )
    detail = "; ".join(
        f"{name}: {ordered} of {of} customers ordered within 7 days, 95% interval {_interval(ordered, of)}"
        for name, (ordered, of) in zip(("shown", "held back"), sides, strict=True)
    )
    mean = float(now.bought.groupby(["person", "order_id"])["price"].sum().mean()) if len(now.bought) else 0.0
    finding = Finding("uplift", title, detail, -more * whole * mean, tuple(now.ids(shown["talk"])))
    yield Candidate(finding, shares(part, whole, other_part, other_whole))


def _interval(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{percent(low)} to {percent(high)}"

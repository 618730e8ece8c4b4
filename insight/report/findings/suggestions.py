"""Suggestions that pay, and products that are suggested in vain."""

from collections.abc import Iterator
from datetime import tzinfo

from scipy import stats

from insight.report.facts import Facts
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
        detail = f"{bought} bought within 7 days of {len(rows)} shown; {percent(rate)} of the other suggestions"
        finding = Finding(
            "suggestion", title, detail, -float(rows["price"].fillna(0).sum()), tuple(now.ids(rows["talk"]))
        )
        yield Candidate(finding, float(stats.binomtest(bought, len(rows), rate).pvalue))

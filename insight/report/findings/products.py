"""Products that customers speak of less kindly than in the period before."""

from collections.abc import Iterator
from datetime import tzinfo

import pandas as pd
from scipy import stats

from insight.report import log as events
from insight.report.facts import Facts
from insight.report.findings.finding import Candidate, Finding, people_cost
from insight.report.wording import counted, signed

FEWEST = 5


def souring(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Cost: what of the product came back, and people's time in the conversations with unhappy messages about it."""
    earlier = {product: rows for product, rows in _mentions(before).groupby("product_id")}
    names = pd.concat([now.bought, now.returns]).drop_duplicates("product_id", keep="last").set_index("product_id")
    for product, rows in _mentions(now).groupby("product_id"):
        old = earlier.get(product)
        if old is None or min(len(rows), len(old)) < FEWEST or rows["score"].mean() >= old["score"].mean():
            continue
        talks = rows.loc[rows["score"] < 0, "talk"].drop_duplicates()
        returned = now.returns.loc[now.returns["product_id"] == product, "price"].sum()
        name = names["product"].get(product, product)
        title = f"Customers like {name} less: mood {signed(rows['score'].mean())}, {signed(old['score'].mean())} before"
        detail = f"{counted(len(rows), 'message')} about it, {len(old):,} before"
        detail += f"; {counted(len(talks), 'conversation')} with unhappy ones"
        cost = float(returned) + people_cost(now, talks)
        p_value = float(stats.mannwhitneyu(rows["score"], old["score"], alternative="less").pvalue)
        yield Candidate(Finding("product", title, detail, cost, tuple(now.ids(talks))), p_value)


def _mentions(facts: Facts) -> pd.DataFrame:
    """A row a product named in a message with a sentiment."""
    told = facts.parses[facts.parses["products"].notna() & facts.parses["score"].notna()]
    rows = [
        (talk, str(one["product_id"]), score)
        for talk, cell, score in zip(told["talk"], told["products"], told["score"], strict=True)
        for one in events.products(cell)
        if one.get("product_id")
    ]
    return pd.DataFrame(rows, columns=["talk", "product_id", "score"])

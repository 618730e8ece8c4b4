"""How well what is to come is foreseen, beside the simplest peers, on any file of orders.

Every block is `{method: {metric: value}}` with ours under `ours`. The split is by time: what is foreseen is the end of
the file, or each customer's last basket; everything that is fitted or chosen is fitted and chosen on what came before.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from insight.errors import FileError, InsightError
from insight.evaluate.baskets import new_items, next_basket
from insight.evaluate.orders import Block, Orders
from insight.evaluate.returns import churn, repurchase
from insight.evaluate.values import clv, clv_spend
from insight.predictions.moments import CHURN, REPURCHASE

BLOCKS: dict[str, Callable[[Orders], Block]] = {
    "clv": clv,
    "clv_spend": clv_spend,
    "repurchase": repurchase,
    "churn": churn,
    "next_basket": next_basket,
    "new_items": new_items,
}

WANTED = {"repurchase": REPURCHASE, "churn": CHURN}

__all__ = [
    "BLOCKS",
    "Orders",
    "churn",
    "clv",
    "clv_spend",
    "evaluate",
    "new_items",
    "next_basket",
    "repurchase",
    "shortened",
]


def evaluate(
    lines: pd.DataFrame, *, progress: Callable[[str], None] = lambda block: None
) -> tuple[dict[str, Block], dict[str, str]]:
    """The blocks that `lines` (as `insight.orders.read` gives them) allow, and why each other one is missing.

    `progress` is told each block's name as it begins. FileError when there is none.
    """
    orders, measured, skipped = Orders(lines), {}, {}
    for name, block in BLOCKS.items():
        progress(name)
        try:
            measured[name] = block(orders)
        except InsightError as error:
            skipped[name] = error.message
    if not measured:
        raise FileError("; ".join(f"{name}: {reason}" for name, reason in skipped.items()))
    return measured, skipped


def shortened(blocks: Mapping[str, Block]) -> dict[str, str]:
    """A sentence for each block that was measured over fewer days than it is about, since the file allows no more."""
    return {
        name: f"measured over {blocks[name]['ours']['days']} days, the file is too short for {target.days}"
        for name, target in WANTED.items()
        if name in blocks and blocks[name]["ours"]["days"] < target.days
    }

"""What each customer brings in the next year, where that is foreseen better than by going on as before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from insight.lifetime import BgNbd, FitError, GammaGamma, halves, histories, lifetime_value
from insight.lifetime.histories import DAYS_A_WEEK
from insight.lifetime.value import WEEKS_A_YEAR
from insight.predictions.results import Told

MODEL, SIMPLE = "bg_nbd gamma_gamma", "spend so far times horizon"
LEAST = 20  # customers who bought in the second half


def predict(bought: pd.DataFrame, today: pd.Timestamp) -> tuple[Told, dict[str, dict[str, Any]]]:
    """What is told of it, and the score of each customer; no scores where the simple way errs less or nothing is known.

    `bought`: customer, day, spend, as `insight.lifetime` reads it.
    """
    try:
        measured = check(bought)
        seen = histories(bought, until=today)
        buying, spending = BgNbd.fit(seen), GammaGamma.fit(seen)
    except FitError as error:
        return Told(False, f"What a year brings is not predicted: {error.message}.", {}), {}
    ours, simple = (measured[name]["mae"] for name in (MODEL, SIMPLE))
    errs = f"on the second half of the days it is wrong by {ours:,.2f} a customer, {SIMPLE} by {simple:,.2f}"
    if ours >= simple:
        return Told(False, f"What the next year brings is not predicted: {errs}.", measured), {}
    worth = lifetime_value(seen, buying=buying, spending=spending)
    to_come, each = buying.expected(seen, weeks=WEEKS_A_YEAR), spending.expected(seen)
    scores = {
        customer: {
            "value": round(float(value), 2),
            "model": f"{MODEL} {today.date()}",
            "reasons": [f"{count:.1f} purchases of {money:,.2f} each are expected in the next year."],
        }
        for customer, value, count, money in zip(seen.index, worth, to_come, each, strict=True)
    }
    brings = f"What the next year brings: {worth.sum():,.0f} from {len(seen):,} customers; {errs}."
    return Told(True, brings, measured), scores


def check(bought: pd.DataFrame) -> Mapping[str, Mapping[str, float]]:
    """The mean error of the model and of the simple way, in money a customer, where the first half of the days foresees
    the second; FitError where too little is known."""
    if bought.empty:
        raise FitError("nobody has bought anything")
    known, later, _, weeks = halves(bought)
    if later["customer"].isin(known.index).sum() < LEAST:
        raise FitError("too few customers came back in the second half of the days")
    came = later.groupby("customer")["spend"].sum().reindex(known.index, fill_value=0.0).to_numpy()
    age = np.maximum(known["age"].to_numpy(), 1 / DAYS_A_WEEK)
    foreseen = {
        MODEL: BgNbd.fit(known).expected(known, weeks=weeks) * GammaGamma.fit(known).expected(known),
        SIMPLE: (known["repeats"] * known["spend"]).to_numpy() / age * weeks,
    }
    return {name: {"mae": round(float(np.abs(values - came).mean()), 4)} for name, values in foreseen.items()}

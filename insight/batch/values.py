"""The step that grows the tree of value tiers from everybody's orders."""

from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight import tiers
from insight.batch.context import Context
from insight.batch.profiles import catch_up
from insight.batch.sales import MONEY_PLACES
from insight.events import Event, append
from insight.lifetime import FitError, GammaGamma, forecast, histories
from insight.lifetime.value import WEEKS_A_YEAR
from insight.profile.store import read_tiers
from insight.tiers.tree import FORECAST, LAST_YEAR

DAY_S = 86_400.0
YEAR = timedelta(days=365)


def fit_tiers(context: Context) -> dict[str, Any]:
    """Fit the tree, and record it in the log if it has changed."""
    buyers = context.frame(context.table("customers")).sort_values("person_id", ignore_index=True)
    with context.reading() as session:
        before = read_tiers(session)
    if buyers.empty:
        return _facts(0, before)
    now = pd.Timestamp(context.now).tz_convert("UTC").tz_localize(None)
    features = pd.DataFrame(
        {
            "recency_days": (now - buyers["last_at"]).dt.total_seconds().clip(lower=0.0) / DAY_S,
            "orders": buyers["orders"],
            "spent": buyers["spent"],
        }
    )
    worth, basis = _worth(context, buyers["person_id"], now)
    fitted = tiers.fit(features, worth, basis=basis, before=before, day=str(now.date()))
    if fitted != before:
        told = Event(tiers.EVENT, f"tiers-{context.now.isoformat()}", context.now, fitted.as_document())
        with context.writing() as session:
            append(session, [told])
        catch_up(context)
    return _facts(len(buyers), fitted)


def _worth(context: Context, people: pd.Series, now: pd.Timestamp) -> tuple[np.ndarray, str]:
    """What each of `people` will bring in a year, and how it is known: by forecast, else what the last year brought."""
    bought = _purchases(context)
    until = now.normalize()
    try:
        known = histories(bought, until=until)
        coming = forecast(bought, until=until, weeks=WEEKS_A_YEAR) * GammaGamma.fit(known).expected(known)
        return pd.Series(coming, index=known.index).reindex(people, fill_value=0.0).to_numpy(), FORECAST
    except FitError:
        recent = bought[bought["day"] > until - YEAR].groupby("customer")["spend"].sum()
        return recent.reindex(people, fill_value=0.0).to_numpy(), LAST_YEAR


def _purchases(context: Context) -> pd.DataFrame:
    """customer, day, spend of what was kept, as `insight.lifetime` reads it."""
    orders = context.table("orders")
    daily = orders.group_by(customer=orders.person_id, day=orders["at"].truncate("D")).agg(
        spend=(orders.total - orders.refunded).sum()
    )
    frame = context.frame(daily.mutate(spend=daily.spend.cast("float64") / ibis.literal(MONEY_PLACES)))
    frame["day"] = pd.to_datetime(frame["day"])
    return frame.sort_values(["customer", "day"], ignore_index=True)


def _facts(customers: int, fitted: tiers.Tiers) -> dict[str, Any]:
    rules = [{"tier": rule.tier, "rule": rule.sentence, "share": rule.share} for rule in fitted.rules()]
    return {"customers": customers, "basis": fitted.basis, "rules": rules}

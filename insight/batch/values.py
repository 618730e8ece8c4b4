"""The step that fits the value tiers to everybody's orders."""

from dataclasses import asdict
from typing import Any

from insight import tiers
from insight.batch.context import Context
from insight.batch.profiles import catch_up
from insight.events import Event, append
from insight.profile.store import documents, read_thresholds
from insight.profile.view import view


def fit_tiers(context: Context) -> dict[str, Any]:
    """Fit the thresholds, and record them in the log if they have changed."""
    with context.reading() as session:
        values = [
            view("", document, thresholds=tiers.Thresholds(), now=context.now).value
            for _, document in documents(session)
        ]
        before = read_thresholds(session)
    buyers = [value for value in values if value.orders]
    thresholds = tiers.fit(
        recency_days=[value.recency_days or 0.0 for value in buyers],
        orders=[value.orders for value in buyers],
        spent=[value.spent for value in buyers],
    )
    if thresholds != before:
        told = Event(tiers.EVENT, f"tiers-{context.now.isoformat()}", context.now, thresholds.as_document())
        with context.writing() as session:
            append(session, [told])
        catch_up(context)
    return {"customers": len(buyers), "thresholds": asdict(thresholds)}

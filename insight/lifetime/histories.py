"""Purchases, and what the models read of them: repeats, recency, age and spend of each customer at one moment.

A purchase is a day on which the customer bought, however many orders that day had, as the published fits count it.
"""

import pandas as pd

DAYS_A_WEEK = 7.0


def purchases(lines: pd.DataFrame) -> pd.DataFrame:
    """customer, day, spend, one row for each customer and day, of order lines as `insight.orders.read` gives them."""
    sales = lines[(lines["Kind"] == "sale") & lines["CustomerID"].notna()]
    bought = pd.DataFrame(
        {
            "customer": sales["CustomerID"],
            "day": sales["InvoiceDate"].dt.normalize(),
            "spend": sales["Quantity"] * sales["UnitPrice"],
        }
    )
    return bought.groupby(["customer", "day"], sort=True, observed=True)["spend"].sum().reset_index()


def histories(bought: pd.DataFrame, *, until: pd.Timestamp) -> pd.DataFrame:
    """One row a customer with a purchase up to and including the day `until`; nothing later is looked at.

    `repeats` purchases after the first, `recency` weeks from the first to the last, `age` weeks from the first to
    `until`, `spend` mean of a repeat purchase (0 without one).
    """
    known = bought[bought["day"] <= until]
    by_customer = known.groupby("customer", sort=True, observed=True)
    first = by_customer["day"].min()
    repeats = by_customer.size() - 1
    repeated = known[known["day"] > by_customer["day"].transform("min")]
    spend = repeated.groupby("customer", observed=True)["spend"].mean().reindex(first.index, fill_value=0.0)
    return pd.DataFrame(
        {
            "repeats": repeats,
            "recency": (by_customer["day"].max() - first).dt.days / DAYS_A_WEEK,
            "age": (until - first).dt.days / DAYS_A_WEEK,
            "spend": spend.astype(float),
        }
    )


def halves(bought: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp, float]:
    """The histories of the first half of the days, the purchases of the second, the day between, the weeks after it."""
    first, last = bought["day"].min(), bought["day"].max()
    middle = first + pd.Timedelta(days=(last - first).days // 2)
    later = bought[bought["day"] > middle]
    return histories(bought, until=middle), later, middle, (last - middle).days / DAYS_A_WEEK

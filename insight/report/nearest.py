"""Looking things up in another table: by key, or the nearest before or after of the same conversation or person."""

from typing import Literal

import pandas as pd


def nearest(
    rows: pd.DataFrame,
    others: pd.DataFrame,
    *,
    by: str,
    direction: Literal["forward", "backward"],
    exact: bool = True,
) -> pd.DataFrame:
    """For each of `rows` (columns `at` and `by`), in their order, the nearest of `others`; missing where there is none.

    `exact`: one at the very same time counts. The result has the columns of `others`, its `at` included.
    """
    keys, _ = pd.factorize(pd.concat([rows[by], others[by]], ignore_index=True))
    left = pd.DataFrame({"at": rows["at"].array, "key": keys[: len(rows)], "place": range(len(rows))})
    right = others.drop(columns=by).reset_index(drop=True).rename(columns={"at": "found_at"})
    right = right.assign(key=keys[len(rows) :]).sort_values("found_at", kind="stable")
    left = left.sort_values("at", kind="stable")
    met = pd.merge_asof(
        left, right, left_on="at", right_on="found_at", by="key", direction=direction, allow_exact_matches=exact
    )
    found = met.sort_values("place").drop(columns=["at", "place", "key"]).rename(columns={"found_at": "at"})
    return found.set_index(rows.index)


def looked_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """The value of each key, of the values' type even when there are none (`Series.map` loses it); index as `keys`."""
    return values.reindex(keys).set_axis(keys.index)

"""Purchase intent: learnt from visits that ended, as trees that a serving process walks (`profile.visit`).

An example is a visit after one of its events; it came true if the visit went on to an order. The same numbers are
folded into the profile, so that what is learnt from is what is asked.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from insight.predictions.contenders import Boosted
from insight.predictions.histories import histories
from insight.predictions.moments import Slice
from insight.profile.visit import COUNTED, ORDERED, PAUSE_S, Forest

SLICES = 4
MOST_EXAMPLES = 100_000  # the newest
CURVE_POINTS = 33
NAMES = (*COUNTED, ORDERED)


def examples(events: pd.DataFrame, *, until: pd.Timestamp) -> pd.DataFrame:
    """One row for each event of a visit that had ended by `until`, in time order: row, `at`, the numbers, `came`.

    `events`: person_id, id, at, name (of `NAMES`). A number counts the event itself and nothing after it. `row`: of the
    event in `in_order`.
    """
    rows = in_order(events, until=until)
    person, ordered = rows["person_id"], rows["name"] == ORDERED
    same = person == person.shift()
    pause = rows["at"].diff().dt.total_seconds() > PAUSE_S
    visit = (~same | pause | ordered.shift(fill_value=False)).cumsum()
    by_visit = rows.groupby(visit)
    found = pd.DataFrame({"row": rows.index, "at": rows["at"]})
    for name, column in COUNTED.items():
        found[column] = (rows["name"] == name).astype(float).groupby(visit).cumsum()
    found["minutes"] = (rows["at"] - by_visit["at"].transform("first")).dt.total_seconds() / 60.0
    found["orders"] = ordered.astype(float).groupby(person).cumsum()
    last = rows["at"].where(ordered).groupby(person).ffill()
    found["days_since_order"] = ((rows["at"] - last).dt.total_seconds() / 86_400.0).fillna(0.0)
    found["came"] = ordered.groupby(visit).transform("last")
    ended = (until - by_visit["at"].transform("last")).dt.total_seconds() > PAUSE_S
    return found[~ordered & (ended | found["came"])].sort_values("at", kind="stable", ignore_index=True)


def in_order(events: pd.DataFrame, *, until: pd.Timestamp) -> pd.DataFrame:
    """What happened by `until`, person by person, each in time order."""
    return events[events["at"] <= until].sort_values(["person_id", "at", "id"], ignore_index=True)


def slices(events: pd.DataFrame, *, until: pd.Timestamp) -> list[Slice]:
    """The examples of `events` in stretches of time of equal size, the newest first."""
    newest = examples(events, until=until).tail(MOST_EXAMPLES)
    features, came = newest.drop(columns=["row", "at", "came"]), newest["came"].to_numpy(dtype=bool)
    told, rows = in_order(events, until=until), newest["row"].to_numpy()
    first = told.index.to_series().groupby(told["person_id"]).transform("first").to_numpy()
    read = histories(told, first[rows], rows + 1, names=NAMES)
    parts = np.array_split(np.arange(len(newest)), SLICES)
    return [Slice(features.iloc[part], came[part], read[part]) for part in reversed(parts)]


def forest(model: Boosted, *, scores: np.ndarray, as_of: pd.Timestamp) -> Forest:
    """The fitted trees as what the log carries, with the curve read at some of the `scores`."""
    at = np.unique(np.quantile(scores, np.linspace(0.0, 1.0, CURVE_POINTS)).round(6))
    trees = tuple(_plain(tree["tree_structure"]) for tree in model.booster.dump_model()["tree_info"])
    return Forest(model.columns, trees, (at.tolist(), model.calibrated(at).round(6).tolist()), as_of.isoformat())


def _plain(node: Mapping[str, Any]) -> list[Any]:
    """A tree of LightGBM's as `Forest` keeps it."""
    if "leaf_value" in node and "left_child" not in node:
        return [round(node["leaf_value"], 6)]
    sides = (_plain(node["left_child"]), _plain(node["right_child"]))
    return [node["split_feature"], round(node["threshold"], 6), round(node["internal_value"], 6), *sides]

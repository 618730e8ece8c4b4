"""Whether a customer clicks on the next suggestion: learnt from the suggestions that were shown."""

import numpy as np
import pandas as pd

from insight.predictions.histories import before, histories
from insight.predictions.moments import Slice

SHOWN, CLICKED, DECLINED = "Suggestion Shown", "Suggestion Clicked", "Suggestion Declined"
NAMES = (SHOWN, CLICKED, DECLINED)
ANSWER_DAYS = 1.0  # a click later than this is not counted; a showing younger than this has no outcome yet
SLICES = 4


def features(events: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """A row for each of `asked` (person_id, at): what happened to the suggestions shown to that person before `at`.

    `events`: person_id, at, name (of `NAMES`).
    """
    columns = {SHOWN: "earlier_shown", CLICKED: "earlier_clicked", DECLINED: "earlier_declined"}
    asked = asked.reset_index(drop=True)
    found = pd.DataFrame(0.0, index=asked.index, columns=[*columns.values(), "days_since_shown"])
    for person, rows in asked.groupby("person_id").groups.items():
        mine, at = events[events["person_id"] == person], asked.loc[rows, "at"].to_numpy()
        for name, column in columns.items():
            times = np.sort(mine.loc[mine["name"] == name, "at"].to_numpy())
            before = np.searchsorted(times, at, side="left")
            found.loc[rows, column] = before.astype(float)
            if name == SHOWN and len(times):
                days = (at - times[np.maximum(before - 1, 0)]) / np.timedelta64(1, "D")
                found.loc[rows, "days_since_shown"] = np.where(before > 0, days, 0.0)
    return found


def slices(events: pd.DataFrame, *, until: pd.Timestamp) -> list[Slice]:
    """The showings whose outcome is known at `until`, in stretches of time of equal size, the newest first.

    `events` as above with product_id: a click answers the last showing of the product before it.
    """
    events = events.assign(product_id=events["product_id"].fillna(""))
    shown = events[(events["name"] == SHOWN) & (events["at"] <= until - pd.Timedelta(days=ANSWER_DAYS))]
    shown = shown.sort_values(["at", "person_id"], kind="stable")[["person_id", "product_id", "at"]]
    shown = shown.reset_index(drop=True)
    if shown.empty:
        return []
    clicks = events.loc[events["name"] == CLICKED, ["person_id", "product_id", "at"]].sort_values("at")
    answered = pd.merge_asof(
        clicks,
        shown.reset_index(names="showing"),
        on="at",
        by=["person_id", "product_id"],
        tolerance=pd.Timedelta(days=ANSWER_DAYS),
    )
    came = shown.index.isin(answered["showing"].dropna())
    told = events.sort_values(["person_id", "at"], kind="stable", ignore_index=True)
    read, led = features(events, shown), histories(told, *before(told, shown), names=NAMES)
    parts = np.array_split(np.arange(len(shown)), SLICES)
    return [Slice(read.iloc[rows], came[rows], led[rows]) for rows in reversed(parts)]

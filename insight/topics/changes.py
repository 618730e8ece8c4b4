"""What changed sharply in one week beside those before: moods that fall or rise, topics that are spoken of more.

A mood is tested by Mann and Whitney's U on the levels, a topic's share of what is said by Fisher's exact test; over all
that was looked at in the week, Benjamini and Hochberg's rule keeps the share of false alarms (`patterns.chance`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from insight.patterns.chance import survivors
from insight.topics.rollups import LEVELS

WEEKS_BEFORE = 8
FEWEST = 8  # statements in the week, and before it
FEWEST_OF_A_TOPIC = 5
MOOD, TOPIC = "mood", "topic"
COLUMNS = [f"level_{level}" for level in LEVELS]


@dataclass(frozen=True)
class Change:
    """`now` and `before`: the mean mood, -1 to 1, or the topic's share; `statements` and `earlier`: of how many.

    `reviews`: how many of the week's statements are reviews; `week`: its Monday.
    """

    what: str
    by: str
    key: str
    topic: str
    week: date
    now: float
    before: float
    statements: int
    earlier: int
    reviews: int
    p_value: float

    def as_document(self) -> dict[str, Any]:
        return asdict(self) | {"week": self.week.isoformat()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Change":
        return cls(**document | {"week": date.fromisoformat(document["week"])})


def find(weeks: pd.DataFrame, week: date) -> list[Change]:
    """The sharpest changes of `week` in the roll-up `weeks` (see `rollups`), the least probable by chance first."""
    day = pd.to_datetime(weeks["week"]).dt.date
    keys = ["by", "key", "topic"]
    columns = ["statements", "reviews", *COLUMNS]
    now = weeks[day == week].groupby(keys)[columns].sum()
    recent = (day < week) & (day >= week - timedelta(weeks=WEEKS_BEFORE))
    before = weeks[recent].groupby(keys)[columns].sum().reindex(now.index, fill_value=0)
    looked_at = [*_moods(now, before, week), *_topics(now, before, week)]
    kept = survivors(np.array([one.p_value for one in looked_at]), tests=len(looked_at))
    strong = [one for one, stands in zip(looked_at, kept, strict=True) if stands and _is_told(one)]
    return sorted(strong, key=lambda one: (one.p_value, one.what, one.by, one.key, one.topic))


def _is_told(change: Change) -> bool:
    """Less talk of something is no news."""
    return change.what == MOOD or change.now > change.before


def _moods(now: pd.DataFrame, before: pd.DataFrame, week: date) -> Iterator[Change]:
    for place, (by, key, topic) in enumerate(now.index):
        here, earlier = now.iloc[place], before.iloc[place]
        if topic or min(here["statements"], earlier["statements"]) < FEWEST:
            continue
        levels, older = _levels(here), _levels(earlier)
        p_value = float(stats.mannwhitneyu(levels, older, method="asymptotic").pvalue)
        yield _change(MOOD, (by, key, ""), week, (_mood(levels), _mood(older)), here, earlier, p_value)


def _topics(now: pd.DataFrame, before: pd.DataFrame, week: date) -> Iterator[Change]:
    for place, (by, key, topic) in enumerate(now.index):
        if not topic or now["statements"].iloc[place] < FEWEST_OF_A_TOPIC:
            continue
        here, earlier = now.loc[(by, key, "")], before.loc[(by, key, "")]
        if earlier["statements"] < FEWEST:
            continue
        part, older = int(now["statements"].iloc[place]), int(before["statements"].iloc[place])
        table = [[part, here["statements"] - part], [older, earlier["statements"] - older]]
        p_value = float(stats.fisher_exact(table).pvalue)
        shares = part / here["statements"], older / earlier["statements"]
        yield _change(TOPIC, (by, key, topic), week, shares, here, earlier, p_value)


def _change(
    what: str,
    place: tuple[str, str, str],
    week: date,
    moved: tuple[float, float],
    here: pd.Series,
    earlier: pd.Series,
    p_value: float,
) -> Change:
    by, key, topic = map(str, place)
    return Change(
        what=what,
        by=by,
        key=key,
        topic=topic,
        week=week,
        now=round(float(moved[0]), 4),
        before=round(float(moved[1]), 4),
        statements=int(here["statements"]),
        earlier=int(earlier["statements"]),
        reviews=int(here["reviews"]),
        p_value=p_value,
    )


def _levels(counts: pd.Series) -> np.ndarray:
    return np.repeat(np.array(LEVELS), counts[COLUMNS].to_numpy(dtype="int64"))


def _mood(levels: np.ndarray) -> float:
    return float((levels.mean() - 3) / 2)

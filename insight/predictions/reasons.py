"""Why a model says what it says of a customer: the features that moved it most, in plain words."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

MOST = 3
MONTH, YEAR = 30.44, 365.25
NUMBERS = ("no times", "once", "twice", "three times", "four times", "five times", "six times")


def _times(count: float) -> str:
    return NUMBERS[int(count)] if count < len(NUMBERS) else f"{count:.0f} times"


def _span(days: float) -> str:
    for size, one, many in ((YEAR, "a year", "years"), (MONTH, "a month", "months"), (1.0, "a day", "days")):
        if days >= 2 * size:
            return f"{days // size:.0f} {many}"
        if days >= size:
            return one
    return "less than a day"


def _bought(count: float, when: str) -> str:
    return f"bought {_times(count)} in the last {when}" if count else f"bought nothing in the last {when}"


def _rhythm(overdue: float) -> str:
    if overdue < 1.0:
        return "is not due yet by their own rhythm"
    return "has been away longer than their own rhythm" if overdue > 1.5 else "is due by their own rhythm"


def _did(what: str, when: str) -> Callable[[float], str]:
    return lambda count: f"{what} {_times(count)} in the last {when}" if count else ""


WORDS: Mapping[str, Callable[[float], str]] = {  # feature -> a half sentence for its value; empty: nothing to say
    "silence": lambda days: f"last bought {_span(days)} ago" if days >= 1 else "bought today",
    "purchases": lambda count: f"bought {_times(count)} so far",
    "age": lambda days: f"a customer for {_span(days)}",
    "gap": lambda days: f"{_span(days)} between two purchases" if days >= 1 else "",
    "overdue": _rhythm,
    "once": lambda once: "bought only once" if once else "has come back before",
    "spent": lambda money: f"spent {money:,.2f} in all",
    "spend": lambda money: f"spends {money:,.2f} at a time",
    "alive": lambda chance: "",  # a model's own words are no reason
    "expected": lambda count: "",
    "bought_30": lambda count: _bought(count, "month"),
    "bought_90": lambda count: _bought(count, "three months"),
    "viewed": _did("looked at products", "month"),
    "added": _did("put something in the basket", "month"),
    "messages": _did("wrote to us", "month"),
    "returns": _did("sent something back", "three months"),
    "complaints": _did("complained", "three months"),
    "earlier_shown": lambda count: f"was shown {count:.0f} suggestions before" if count else "no suggestion before",
    "earlier_clicked": lambda count: f"clicked on {_times(count)} before" if count else "clicked on none before",
    "earlier_declined": lambda count: f"said no {_times(count)} before" if count else "",
    "days_since_shown": lambda days: f"the last suggestion was {_span(days)} ago" if days >= 1 else "",
}


def reasons(features: pd.DataFrame, pushes: np.ndarray, columns: tuple[str, ...]) -> list[list[str]]:
    """Up to `MOST` sentences a row: what moved it most to the side of the usual on which it is, the strongest first.

    `pushes` (rows by `columns`) as a model gives them.
    """
    values = features[list(columns)].to_numpy(dtype=float)
    side = np.where(pushes.sum(axis=1) >= 0, 1.0, -1.0)
    strength = pushes * side[:, None]
    if "once" in columns:  # who bought once has no rhythm
        once = values[:, columns.index("once")] > 0
        for name in ("gap", "overdue"):
            strength[once, columns.index(name)] = 0.0
    found = []
    for row, order in enumerate(np.argsort(-strength, axis=1, kind="stable")):
        told = [WORDS[columns[one]](values[row, one]) for one in order if strength[row, one] > 0]
        found.append([f"{text[0].upper()}{text[1:]}." for text in dict.fromkeys(told) if text][:MOST])
    return found

"""The visit that a person is on, and how likely it ends with an order: the one prediction made while it is asked.

The numbers are folded with each event. The trees are fitted by the refresh and recorded in the log; walking them takes
microseconds and no library, and each step of the walk says which number moved the answer.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from insight.events import Recorded

EVENT = "Purchase Intent Fitted"  # of nobody; its properties are the trees
PAUSE_S = 1_800.0  # who is silent for longer begins another visit
COUNTED = {
    "Product Viewed": "views",
    "Product Added": "adds",
    "Product Removed": "removes",
    "Live Chat Message Sent": "messages",
    "Suggestion Clicked": "clicks",
}
ORDERED = "Order Completed"
MOST_REASONS = 3
DAY_S = 86_400.0

SAYS: Mapping[str, Callable[[float], str]] = {
    "views": lambda count: f"looked at {_counted(count, 'product')} in this visit",
    "adds": lambda count: f"put {_counted(count, 'product')} in the basket" if count else "nothing in the basket yet",
    "removes": lambda count: f"took {_counted(count, 'product')} out of the basket" if count else "",
    "messages": lambda count: f"wrote {_counted(count, 'message')} in this visit" if count else "",
    "clicks": lambda count: f"clicked on {_counted(count, 'suggestion')}" if count else "",
    "minutes": lambda minutes: f"{minutes:.0f} minutes in the shop" if minutes >= 1 else "",
    "orders": lambda count: f"bought {_counted(count, 'time')} before" if count else "has not bought before",
    "days_since_order": lambda days: f"the last order was {days:.0f} days ago" if days >= 1 else "",
}


@dataclass(frozen=True)
class Forest:
    """Boosted trees over `names`. A leaf is [value]; a branch is [place in names, limit, value, below or at, above].

    `curve`: two rows, scores in ascending order and the chance at each.
    """

    names: tuple[str, ...]
    trees: tuple[Any, ...]
    curve: tuple[Any, Any]
    as_of: str

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Forest":
        return cls(**{name: document[name] for name in ("names", "trees", "curve", "as_of")})

    def as_document(self) -> dict[str, Any]:
        return asdict(self)

    def score(self, numbers: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
        """The chance, and in plain words what moved it most from where the trees begin.

        Source: A. Saabas, "Interpreting random forests", 2014: what each branch adds belongs to its number.
        """
        values = [numbers[name] for name in self.names]
        pushes, total = [0.0] * len(values), 0.0
        for node in self.trees:
            while len(node) > 1:
                place, limit, value, below, above = node
                node = below if values[place] <= limit else above
                pushes[place] += node[0 if len(node) == 1 else 2] - value
            total += node[0]
        side = 1.0 if sum(pushes) >= 0 else -1.0
        moved = [one for one in range(len(pushes)) if pushes[one] * side > 0]
        strongest = sorted(moved, key=lambda one: -abs(pushes[one]))
        told = [text for one in strongest if (text := SAYS[self.names[one]](values[one]))]
        return self._chance(total), tuple(f"{text[0].upper()}{text[1:]}." for text in told[:MOST_REASONS])

    def _chance(self, score: float) -> float:
        scores, chances = self.curve
        after = bisect_left(scores, score)
        if after in (0, len(scores)):
            return float(chances[min(after, len(scores) - 1)])
        share = (score - scores[after - 1]) / (scores[after] - scores[after - 1])
        return float(chances[after - 1] + share * (chances[after] - chances[after - 1]))


def checked(told: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a `Forest`, empty for none; a LookupError, TypeError or ValueError if it is neither."""
    if not told:
        return {}
    forest = Forest.from_document(told)
    forest.score(dict.fromkeys(SAYS, 0.0))
    return forest.as_document()


def happened(document: dict[str, Any], recorded: Recorded) -> None:
    """Count the event to the visit it belongs to; an order ends the visit."""
    if recorded.event.name == ORDERED:
        document["visit"] = None
        return
    at = recorded.event.occurred_at.timestamp()
    visit = document.get("visit")
    if visit is None or at - visit["last_at"] > PAUSE_S:
        visit = {"started_at": at, **dict.fromkeys(COUNTED.values(), 0)}
    visit[COUNTED[recorded.event.name]] += 1
    visit["last_at"] = at
    document["visit"] = visit


def numbers(document: Mapping[str, Any]) -> dict[str, float] | None:
    """What the trees read, as of the last event of the visit; None for somebody on none."""
    visit = document.get("visit")
    if visit is None:
        return None
    placed = [order["at"] for order in document["orders"].values()]
    found = {name: float(visit[name]) for name in COUNTED.values()}
    found["minutes"] = (visit["last_at"] - visit["started_at"]) / 60.0
    found["orders"] = float(len(placed))
    found["days_since_order"] = max(0.0, visit["last_at"] - max(placed)) / DAY_S if placed else 0.0
    return found


def _counted(count: float, what: str) -> str:
    return f"{count:.0f} {what}{'' if count == 1 else 's'}"

"""The tree itself: plain data that a profile is looked up in, and its rules in words.

A customer's value is v = sum over leaves of weight x membership, where the membership is 1 in the leaf whose rule holds
and 0 elsewhere; the weight is what the leaf's customers are worth on average. A tier is a range of v, so its name means
the same after every refit.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

EVENT = "Tiers Refreshed"
FEATURES = ("recency_days", "orders", "spent")
FORECAST, LAST_YEAR, DEFAULT = "forecast", "last year", "default"
MOST_DEPTH = 16
WORTH = {
    FORECAST: "such customers are expected to bring {:,.2f} in the next year",
    LAST_YEAR: "such customers brought {:,.2f} in the last year",
}


@dataclass(frozen=True)
class Leaf:
    """`weight`: what its customers are worth on average, in money; `share`: how many of all buyers they are, 0 to 1."""

    weight: float
    share: float = 0.0


@dataclass(frozen=True)
class Split:
    """Customers whose `feature` is at most `limit` go `below`, the others `above`."""

    feature: str
    limit: float
    below: "Node"
    above: "Node"


Node = Leaf | Split
Bounds = tuple[float | None, float | None]  # above the first, at most the second


@dataclass(frozen=True)
class Rule:
    """One leaf in words."""

    tier: str
    sentence: str
    weight: float
    share: float


@dataclass(frozen=True)
class Standing:
    """One customer's place: `worth` in money, None before the first refresh; `rfm` such as 545, 5 the best fifth."""

    tier: str
    worth: float | None
    rfm: str | None
    sentence: str | None


SMALL_SHOP = Split(
    "orders",
    1.0,
    Split("spent", 500.0, Leaf(0.0), Leaf(1.0)),
    Split(
        "recency_days",
        180.0,
        Split("orders", 4.0, Leaf(1.0), Split("spent", 500.0, Leaf(1.0), Leaf(2.0))),
        Leaf(0.0),
    ),
)


@dataclass(frozen=True)
class Tiers:
    """The tree in force. `mid_from` and `high_from`: the least v of either tier; `quintiles`: four limits a feature;
    `grown`: the day of the fit.

    Without arguments it is the one of a small shop, until the first refresh.
    """

    root: Node = SMALL_SHOP
    mid_from: float = 1.0
    high_from: float = 2.0
    basis: str = DEFAULT  # what the weights are: a FORECAST of the next year, or LAST_YEAR's spend
    quintiles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    grown: str = ""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Tiers":
        """Reads what `as_document` made; LookupError, TypeError or ValueError for anything else."""
        quintiles = {name: tuple(map(float, limits)) for name, limits in document["quintiles"].items()}
        basis = str(document["basis"])
        if set(quintiles) - set(FEATURES) or (basis not in WORTH and basis != DEFAULT):
            raise ValueError("not the tiers of this version")
        limits = float(document["mid_from"]), float(document["high_from"])
        return cls(_node(document["root"]), *limits, basis, quintiles, str(document.get("grown", "")))

    @classmethod
    def known(cls, document: Mapping[str, Any] | None) -> "Tiers":
        """The same; a small shop's where there is none, or one of an earlier version."""
        try:
            return cls() if document is None else cls.from_document(document)
        except (LookupError, TypeError, ValueError):
            return cls()

    @property
    def model(self) -> str:
        """Its name beside a score."""
        return f"tree {self.basis} {self.grown}".strip()

    def as_document(self) -> dict[str, Any]:
        """Plain JSON."""
        document = asdict(self)
        document["quintiles"] = {name: list(limits) for name, limits in self.quintiles.items()}
        return document

    def standing(self, *, recency_days: float | None, orders: int, spent: float) -> Standing:
        """Somebody without an order is `low`."""
        if orders == 0 or recency_days is None:
            return Standing("low", None, None, None)
        seen = {"recency_days": recency_days, "orders": float(orders), "spent": spent}
        leaf, bounds = self._leaf(seen)
        if self.basis == DEFAULT:
            return Standing(self.name(leaf), None, None, None)
        return Standing(self.name(leaf), leaf.weight, self._rfm(seen), self._sentence(leaf, bounds))

    def tier(self, *, recency_days: float | None, orders: int, spent: float) -> str:
        """`high`, `mid` or `low`."""
        if orders == 0 or recency_days is None:
            return "low"
        leaf, _ = self._leaf({"recency_days": recency_days, "orders": float(orders), "spent": spent})
        return self.name(leaf)

    def name(self, leaf: Leaf) -> str:
        return "high" if leaf.weight >= self.high_from else "mid" if leaf.weight >= self.mid_from else "low"

    def rules(self) -> tuple[Rule, ...]:
        """Every leaf, the worthiest first."""
        found = [
            Rule(self.name(leaf), self._sentence(leaf, bounds), leaf.weight, leaf.share)
            for leaf, bounds in _leaves(self.root, {})
        ]
        return tuple(sorted(found, key=lambda rule: (-rule.weight, rule.sentence)))

    def _leaf(self, seen: Mapping[str, float]) -> tuple[Leaf, dict[str, Bounds]]:
        node, bounds = self.root, dict[str, Bounds]()
        while isinstance(node, Split):
            is_below = seen[node.feature] <= node.limit
            bounds = _narrowed(bounds, node, is_below)
            node = node.below if is_below else node.above
        return node, bounds

    def _rfm(self, seen: Mapping[str, float]) -> str | None:
        """Fifths of recency, frequency and money, 5 the best."""
        if set(self.quintiles) != set(FEATURES):
            return None
        recency = 5 - bisect_left(self.quintiles["recency_days"], seen["recency_days"])
        rest = (1 + bisect_right(self.quintiles[name], seen[name]) for name in ("orders", "spent"))
        return "".join(map(str, (recency, *rest)))

    def _sentence(self, leaf: Leaf, bounds: Mapping[str, Bounds]) -> str:
        when = " and ".join(IN_WORDS[name](*bounds[name]) for name in FEATURES if name in bounds) or "any order"
        told = f"{self.name(leaf).capitalize()} value: {when}"
        worth = WORTH.get(self.basis)
        return f"{told}; {worth.format(leaf.weight)}." if worth else f"{told}."


def _leaves(node: Node, bounds: Mapping[str, Bounds]) -> Iterator[tuple[Leaf, Mapping[str, Bounds]]]:
    if isinstance(node, Leaf):
        yield node, bounds
        return
    yield from _leaves(node.below, _narrowed(bounds, node, True))
    yield from _leaves(node.above, _narrowed(bounds, node, False))


def _narrowed(bounds: Mapping[str, Bounds], split: Split, is_below: bool) -> dict[str, Bounds]:
    """A deeper split of the same feature is always the narrower one."""
    least, most = bounds.get(split.feature, (None, None))
    return {**bounds, split.feature: (least, split.limit) if is_below else (split.limit, most)}


def _days(least: float | None, most: float | None) -> str:
    if least is None:
        return f"the last order at most {most:g} days ago"
    if most is None:
        return f"the last order more than {least:g} days ago"
    return f"the last order {least:g} to {most:g} days ago"


def _orders(least: float | None, most: float | None) -> str:
    if least is None:
        return "one order" if most is not None and most < 2 else f"at most {most:.0f} orders"
    first = int(least) + 1
    if most is None:
        return f"{first} or more orders"
    return f"{first} orders" if first >= int(most) else f"{first} to {most:.0f} orders"


def _spent(least: float | None, most: float | None) -> str:
    if least is None:
        return f"at most {most:,.2f} spent"
    if most is None:
        return f"more than {least:,.2f} spent"
    return f"{least:,.2f} to {most:,.2f} spent"


IN_WORDS = {"recency_days": _days, "orders": _orders, "spent": _spent}


def _node(document: Mapping[str, Any], depth: int = 0) -> Node:
    if depth > MOST_DEPTH:
        raise ValueError("the tree is too deep")
    if "feature" not in document:
        return Leaf(float(document["weight"]), float(document["share"]))
    if document["feature"] not in FEATURES:
        raise ValueError(f"a tree cannot ask for {document['feature']!r}")
    below, above = (_node(document[side], depth + 1) for side in ("below", "above"))
    return Split(document["feature"], float(document["limit"]), below, above)

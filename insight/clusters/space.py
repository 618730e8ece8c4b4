"""Customers as points, so that distance means unlike behaviour and unlike words.

Numbers are centred and in units of their spread; shares are compared by their square roots (Hellinger's distance). Each
block (numbers, each kind of share, text) has the same total spread, so that twenty categories weigh no more than seven
numbers. Then what little is known of is drawn to the average: shares by as many observations of everybody as the
customers' own differences beyond chance say (`_strength`), so that what differs by chance alone weighs nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from insight.clusters.behaviour import NUMBERS, SHARES, Behaviour, compared

PRIOR = 5.0  # observations that a mean is drawn to the average by
STRONGEST = 1e6
FURTHEST = 3.0  # spreads from the middle; beyond it a number says nothing more
KINDS_OF_A_SHARE = 12  # the most frequent names; the rest is one
FEWEST_WITH = 0.02  # of all customers have it, or a name stands for too few to tell them apart
REST = ""


@dataclass(frozen=True)
class Space:
    """How behaviour becomes coordinates: `middle` and `spread` of each number, everybody's `usual` shares.

    `strength`: observations that shares are drawn to everybody's by; `factor`: what each block is multiplied with;
    `words`: the number of coordinates that text has.
    """

    middle: Mapping[str, float]
    spread: Mapping[str, float]
    usual: Mapping[str, Mapping[str, float]]
    strength: Mapping[str, float]
    factor: Mapping[str, float]
    words: int

    @classmethod
    def fit(cls, everybody: Sequence[Behaviour], texts: Sequence[Sequence[float] | None]) -> "Space":
        """The space of these customers; `texts`: what each wrote as a short vector, None of who wrote nothing."""
        middle, spread = {}, {}
        for name in NUMBERS:
            known = np.array([compared(name, value) for one in everybody if (value := one.numbers[name]) is not None])
            middle[name] = float(known.mean()) if len(known) else 0.0
            spread[name] = float(known.std()) if len(known) else 0.0
        usual = {kind: _usual([one.shares[kind] for one in everybody]) for kind in SHARES}
        words = max((len(text) for text in texts if text is not None), default=0)
        plain = cls(middle, spread, usual, dict.fromkeys(SHARES, 0.0), {}, words)
        points = np.array([plain.place(one, text) for one, text in zip(everybody, texts, strict=True)])
        factor, start = {}, 0
        for block, names in plain.blocks.items():
            total = float(points[:, start : start + len(names)].var(axis=0).sum())
            factor[block] = float(1.0 / np.sqrt(total)) if total > 1e-12 else 0.0
            start += len(names)
        strength = {kind: _strength([plain.sorted_in(kind, one.shares[kind]) for one in everybody]) for kind in SHARES}
        return cls(middle, spread, usual, strength, factor, words)

    @property
    def blocks(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the coordinates, block by block, in their order."""
        shares = {kind: tuple(self.usual[kind]) for kind in SHARES}
        return {"number": tuple(NUMBERS), **shares, "text": tuple(map(str, range(self.words)))}

    def place(self, one: Behaviour, text: Sequence[float] | None = None) -> np.ndarray:
        """The customer's point; float64 (coordinates,)."""
        numbers = [self._number(one, name) for name in NUMBERS]
        shares = {kind: self._shares(kind, one.shares[kind]) for kind in SHARES}
        words = np.asarray(text if text is not None and len(text) == self.words else [0.0] * self.words, dtype=float)
        blocks = {"number": np.array(numbers), **shares, "text": words}
        return np.concatenate([values * self.factor.get(block, 1.0) for block, values in blocks.items()])

    def sorted_in(self, kind: str, counted: Mapping[str, float]) -> dict[str, float]:
        """How often each of the names that count here, the rest together."""
        found = dict.fromkeys(self.usual[kind], 0.0)
        for name, count in counted.items():
            if found:
                found[name if name in found else REST] += count
        return found

    def share(self, kind: str, counted: Mapping[str, float]) -> dict[str, float]:
        """Each name's share, drawn to everybody's."""
        found, strength = self.sorted_in(kind, counted), self.strength[kind]
        total = sum(found.values()) + strength
        if total <= 0:
            return dict(self.usual[kind])
        return {name: (found[name] + strength * share) / total for name, share in self.usual[kind].items()}

    def as_document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Space":
        return cls(**document)

    def _number(self, one: Behaviour, name: str) -> float:
        value, spread, behind = one.numbers[name], self.spread[name], NUMBERS[name].behind
        if value is None or spread < 1e-12:
            return 0.0
        away = float(np.clip((compared(name, value) - self.middle[name]) / spread, -FURTHEST, FURTHEST))
        known = one.behind[behind] if behind else None
        return away if known is None else away * known / (known + PRIOR)

    def _shares(self, kind: str, counted: Mapping[str, float]) -> np.ndarray:
        share, usual = self.share(kind, counted), self.usual[kind]
        return np.array([np.sqrt(share[name]) - np.sqrt(usual[name]) for name in usual])


def _strength(counted: Sequence[Mapping[str, float]]) -> float:
    """The precision of a Dirichlet-multinomial, by its moments: large where shares differ by no more than chance.

    Source: J. E. Mosimann, "On the compound multinomial distribution", Biometrika 49, 1962, p. 65.
    """
    table = np.array([list(one.values()) for one in counted if sum(one.values()) > 1])
    if table.size == 0:
        return STRONGEST
    totals = table.sum(axis=1, keepdims=True)
    usual = table.sum(axis=0) / table.sum()
    by_chance = usual * (1 - usual)
    room = (by_chance * (1 - 1 / totals)).sum()
    if room < 1e-12:  # one name alone, or one observation each: there is nothing to tell chance from
        return STRONGEST
    beyond = ((table / totals - usual) ** 2 - by_chance / totals).sum() / room
    return float(min(STRONGEST, 1 / beyond - 1)) if 0 < beyond < 1 else STRONGEST if beyond <= 0 else 0.0


def _usual(counted: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean share of each frequent name among those who have any; names in order, the rest last."""
    totals, people, known = Counter[str](), Counter[str](), 0
    for one in counted:
        total = sum(one.values())
        if total <= 0:
            continue
        known += 1
        for name, count in one.items():
            if count > 0:
                totals[name] += count / total  # type: ignore[assignment]
                people[name] += 1
    frequent = [name for name in totals if people[name] >= FEWEST_WITH * len(counted)]
    kept = sorted(sorted(frequent, key=lambda name: (-totals[name], name))[:KINDS_OF_A_SHARE])
    if not kept:
        return {}
    usual = {name: float(totals[name]) / known for name in kept}
    return usual | {REST: max(0.0, 1.0 - sum(usual.values()))}

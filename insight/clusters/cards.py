"""What a group of customers is like, in sentences with their figures, and the name that follows from it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from insight.clusters.behaviour import NUMBERS, SHARES, Behaviour
from insight.clusters.space import REST, Space

OUTSTANDING = 0.5  # spreads of all customers between the group's mean and theirs (Cohen's medium effect)
SENTENCES, CATEGORIES, PHRASES = 6, 3, 2


@dataclass(frozen=True)
class Card:
    """`share` of all customers, `value`: of all their money; `stability`: how surely the group comes back in a sample.

    `natural`: a gap sets the group apart, it is not only cut off where customers shade into each other.
    `outstanding`: sentences, the strongest first; `words`: what tells their texts from those of the others.
    """

    size: int
    share: float
    value: float
    stability: float
    natural: bool
    outstanding: tuple[str, ...]
    categories: tuple[str, ...]
    words: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Card":
        listed: dict[str, Any] = {name: tuple(one) for name, one in document.items() if isinstance(one, list)}
        return cls(**document | listed)

    @property
    def sentence(self) -> str:
        """Why somebody is in it."""
        first = self.outstanding[0] if self.outstanding else "This group is the nearest in all that they do."
        return f"does as {self.size:,} others: {first[0].lower()}{first[1:].rstrip('.')}"


@dataclass(frozen=True)
class Trait:
    """One way in which a group stands out; `phrase` is empty where it makes no name."""

    strength: float
    sentence: str
    phrase: str


def traits(everybody: Sequence[Behaviour], points: np.ndarray, inside: np.ndarray, space: Space) -> list[Trait]:
    """How the customers `inside` (n,) differ from `everybody`, whose `points` (n, d) are; the strongest first."""
    spread = points.std(axis=0)
    away = points[inside].mean(axis=0) - points.mean(axis=0)
    effect = np.divide(away, spread, out=np.zeros_like(away), where=spread > 1e-12)
    group = [one for one, there in zip(everybody, inside, strict=True) if there]
    named = [(block, name) for block, names in space.blocks.items() for name in names]
    found = [
        trait
        for (block, name), strength in zip(named, effect, strict=True)
        if abs(strength) >= OUTSTANDING and (trait := _trait(block, name, float(strength), group, everybody))
    ]
    return sorted(found, key=lambda one: (-abs(one.strength), one.sentence))


def typical(group: Sequence[Behaviour]) -> tuple[str, ...]:
    """The categories with the largest mean share of interest."""
    known = [one.shares["category"] for one in group if sum(one.shares["category"].values()) > 0]
    names = {name for one in known for name in one}
    shares = {name: float(np.mean([one.get(name, 0.0) / sum(one.values()) for one in known])) for name in names}
    return tuple(sorted(shares, key=lambda name: (-shares[name], name))[:CATEGORIES])


def name_of(found: Sequence[Trait], taken: Collection[str]) -> str:
    """A name that no other group has, such as "Mostly Lighting, many orders"."""
    phrases = [one.phrase for one in found if one.phrase]
    for count in range(min(PHRASES, len(phrases)) or 1, len(phrases) + 1):
        name = ", ".join(phrases[:count])
        if name and (name := name[0].upper() + name[1:]) not in taken:
            return name
    return next(name for name in _numbered(phrases) if name not in taken)


def _numbered(phrases: Sequence[str]) -> Iterator[str]:
    stem = ", ".join(phrases[:PHRASES]) or "like most customers"
    stem = stem[0].upper() + stem[1:]
    yield stem
    number = 2
    while True:
        yield f"{stem} {number}"
        number += 1


def _trait(
    block: str, name: str, strength: float, group: Sequence[Behaviour], everybody: Sequence[Behaviour]
) -> Trait | None:
    if block in SHARES and name != REST:
        here, among = (_mean_share(block, name, some) for some in (group, everybody))
        phrase = SHARES[block].high.format(name=name) if strength > 0 else ""
        return Trait(strength, SHARES[block].says.format(name=name, here=here, all=among), phrase)
    if block == "number":
        number = NUMBERS[name]
        here, among = (_mean(name, some) for some in (group, everybody))
        return Trait(strength, number.says.format(here=here, all=among), number.high if strength > 0 else number.low)
    return None


def _mean(name: str, some: Sequence[Behaviour]) -> float:
    known = [value for one in some if (value := one.numbers[name]) is not None]
    return float(np.mean(known)) if known else 0.0


def _mean_share(kind: str, name: str, some: Sequence[Behaviour]) -> float:
    known = [counted for one in some if (counted := one.shares[kind]) and sum(counted.values()) > 0]
    return float(np.mean([one.get(name, 0.0) / sum(one.values()) for one in known])) if known else 0.0

"""Which products a person looks at and buys: taste, season, price and what belongs together."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from bot.shop.catalogue import CatalogueProduct
from bot.shop.demo.behaviours import COMPANIONS, EVEN, GIFT_CATEGORIES, HOME_CATEGORIES, SEASON_OF_CATEGORY, Behaviour

TOGETHER = 0.5  # chance that the next line belongs to the last: same range, or the companion category
CHEAP = 20  # pounds: such things are bought by the handful


class Shelves:
    """The catalogue by category and range, with each product's popularity."""

    def __init__(self, products: Sequence[CatalogueProduct], *, seed: int) -> None:
        self.by_category: dict[str, list[CatalogueProduct]] = defaultdict(list)
        self.by_range: dict[str, list[CatalogueProduct]] = defaultdict(list)
        for product in products:
            self.by_category[product.category].append(product)
            self.by_range[product.name.split(" ")[0]].append(product)
        random = Random(f"{seed}:popularity")
        self.popularity = {product.id: random.paretovariate(1.4) for product in products}
        self.category_popularity = {category: random.uniform(0.6, 1.4) for category in self.by_category}

    def pick(self, category: str, *, price_power: float, random: Random) -> CatalogueProduct:
        products = self.by_category[category]
        weights = [
            min(self.popularity[product.id], 12.0) * max(float(product.price), 1.0) ** price_power
            for product in products
        ]
        return random.choices(products, weights=weights)[0]


@dataclass(frozen=True)
class Taste:
    """One person's way of choosing."""

    behaviour: Behaviour
    favourites: tuple[str, ...]

    def category(self, shelves: Shelves, day: date, *, random: Random) -> str:
        if self.favourites and random.random() < self.behaviour.focus:
            candidates = self.favourites
        elif self.behaviour.name == "gift buyer":
            candidates = tuple(category for category in GIFT_CATEGORIES if category in shelves.by_category)
        else:
            candidates = tuple(shelves.by_category)
        weights = [
            shelves.category_popularity[category] * SEASON_OF_CATEGORY.get(category, EVEN)[day.month - 1]
            for category in candidates
        ]
        return random.choices(candidates, weights=weights)[0]


def taste_of(behaviour: Behaviour, shelves: Shelves, *, random: Random) -> Taste:
    available = tuple(shelves.by_category)
    if behaviour.name == "category lover":
        pairs = [pair for pair in COMPANIONS if pair[0] in available and pair[1] in available]
        return Taste(behaviour, random.choice(pairs) if pairs else available[:1])
    pool = [c for c in HOME_CATEGORIES if c in available] if behaviour.name == "high spender" else list(available)
    return Taste(behaviour, tuple(random.sample(pool or list(available), min(behaviour.favourites, len(pool)))))


def basket(taste: Taste, shelves: Shelves, day: date, *, random: Random) -> list[tuple[CatalogueProduct, int]]:
    """One order's products, each once, with quantities."""
    wanted = 1 + _poisson(taste.behaviour.lines - 1, random)
    chosen: dict[str, CatalogueProduct] = {}
    last: CatalogueProduct | None = None
    for _ in range(wanted * 2):
        last = _next(taste, shelves, day, last, random=random)
        chosen.setdefault(last.id, last)
        if len(chosen) == wanted:
            break
    return [(product, _quantity(product, random)) for product in chosen.values()]


def _next(
    taste: Taste, shelves: Shelves, day: date, last: CatalogueProduct | None, *, random: Random
) -> CatalogueProduct:
    power = taste.behaviour.price_power
    if last is not None and random.random() < TOGETHER:
        same_range = shelves.by_range[last.name.split(" ")[0]]
        if len(same_range) > 1:
            return random.choice(same_range)
        companions = [b if last.category == a else a for a, b in COMPANIONS if last.category in (a, b)]
        if companions := [category for category in companions if category in shelves.by_category]:
            return shelves.pick(random.choice(companions), price_power=power, random=random)
    return shelves.pick(taste.category(shelves, day, random=random), price_power=power, random=random)


def _quantity(product: CatalogueProduct, random: Random) -> int:
    if float(product.price) >= CHEAP:
        return 1 if random.random() < 0.93 else 2
    return random.choices((1, 2, 4, 6), weights=(62, 24, 9, 5))[0]


def _poisson(mean: float, random: Random) -> int:
    """Knuth's method; the means here are below 5."""
    limit, product, count = math.exp(-max(mean, 0.0)), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count

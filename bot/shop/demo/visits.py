"""When people come, what they look at, and what they order or leave in the cart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from bot.shop.catalogue import CatalogueProduct
from bot.shop.demo.baskets import Shelves, Taste, basket, taste_of
from bot.shop.demo.people import Person


@dataclass(frozen=True)
class Visit:
    """One visit to the shop; `ordered` False: the basket was left behind."""

    person: Person
    at: datetime
    looked: tuple[CatalogueProduct, ...]
    basket: tuple[tuple[CatalogueProduct, int], ...]
    ordered: bool


def visits(person: Person, shelves: Shelves, *, seed: int) -> Iterator[Visit]:
    """The person's visits in two years, oldest first."""
    if person.behaviour is None:
        return
    random = Random(f"{seed}:visits:{person.id}")
    taste = taste_of(person.behaviour, shelves, random=random)
    for day in _order_days(person, random=random):
        yield _visit(person, taste, shelves, day, ordered=True, random=random)
        if random.random() < person.behaviour.abandoned:
            other = min(day + timedelta(days=random.randint(2, 40)), person.active_until)
            yield _visit(person, taste, shelves, other, ordered=False, random=random)


def _order_days(person: Person, *, random: Random) -> list[date]:
    behaviour = person.behaviour
    assert behaviour is not None
    days = [person.active_from + timedelta(days=n) for n in range((person.active_until - person.active_from).days + 1)]
    weights = [behaviour.months[day.month - 1] for day in days]
    if behaviour.orders == 0:
        return random.choices(days, weights=weights)
    scale = behaviour.orders / 365 / (sum(behaviour.months) / 12)
    return [day for day, weight in zip(days, weights, strict=True) if random.random() < scale * weight]


def _visit(person: Person, taste: Taste, shelves: Shelves, day: date, *, ordered: bool, random: Random) -> Visit:
    chosen = basket(taste, shelves, day, random=random)
    looked = [product for product, _ in chosen]
    for product, _ in chosen:
        if random.random() < taste.behaviour.views - 1:
            power = taste.behaviour.price_power
            looked.append(shelves.pick(product.category, price_power=power, random=random))
    at = datetime.combine(day, time(random.randint(7, 22), random.randint(0, 59), random.randint(0, 59)), tzinfo=UTC)
    return Visit(person, at, tuple(looked), tuple(chosen), ordered)

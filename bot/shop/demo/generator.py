"""Two years of the demo shop: the same seed and the same `today` give the same customers, orders and events.

The newest order is from yesterday, so nothing lies in the future whatever the time of day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from bot.shop.catalogue import CatalogueProduct
from bot.shop.demo.baskets import Shelves
from bot.shop.demo.fates import Basket, Fate, fate, fate_of_shown
from bot.shop.demo.people import Person, people
from bot.shop.demo.showcase import SHOWCASE
from bot.shop.demo.visits import Visit, visits
from bot.shop.demo.words import CARRIERS, PAYMENTS
from bot.shop.loading import Row, ShopRows
from bot.shop.money import to_pence
from insight.events import Event

SEED = 20
FIRST_ORDER = 10_001
SHIPPING_PENCE = {"standard": 395, "express": 695}
FREE_FROM_PENCE = 5_000
CODES = (
    ("WELCOME10", "10 % off your first order", 10, 0, 365),
    ("PINE15", "15 % off orders from £80", 15, 8_000, 45),
)


@dataclass
class World:
    """What the generator has made so far."""

    today: date
    customers: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    reviews: dict[tuple[str, str], Row] = field(default_factory=dict)
    events: list[tuple[str, datetime, str, Mapping[str, Any]]] = field(default_factory=list)

    def tell(self, name: str, at: datetime, customer_id: str, /, **properties: Any) -> None:
        self.events.append((name, at, customer_id, properties))


def generate(products: Sequence[CatalogueProduct], today: date, *, seed: int = SEED) -> ShopRows:
    """Rows and events of the whole demo shop; the catalogue itself is loaded apart."""
    world = World(today)
    shelves = Shelves(products, seed=seed)
    everyone = list(people(today, seed=seed))
    world.customers = [_customer_row(person) for person in everyone]
    history = sorted(
        (visit for person in everyone for visit in visits(person, shelves, seed=seed)),
        key=lambda visit: (visit.at, visit.person.id),
    )
    number = FIRST_ORDER
    for visit in history:
        _tell_visit(world, visit)
        if visit.ordered:
            _add_visit_order(world, visit, f"HP-{number}", seed=seed)
            number += 1
    _add_showcase(world, {person.id: person for person in everyone}, {product.id: product for product in products})
    return ShopRows(
        customers=world.customers,
        orders=world.orders,
        lines=world.lines,
        returns=world.returns,
        reviews=list(world.reviews.values()),
        discounts=[_discount_row(today, *code) for code in CODES],
        events=list(_events(world)),
    )


def _add_visit_order(world: World, visit: Visit, order_id: str, *, seed: int) -> None:
    behaviour = visit.person.behaviour
    assert behaviour is not None
    random = Random(f"{seed}:order:{order_id}")
    outcome = fate(
        visit.at,
        visit.basket,
        returning=behaviour.returns,
        reviewing=behaviour.reviews,
        today=world.today,
        random=random,
    )
    _add_order(world, order_id, visit.person, visit.at, visit.basket, outcome, random=random)


def _add_showcase(world: World, persons: Mapping[str, Person], products: Mapping[str, CatalogueProduct]) -> None:
    for shown in SHOWCASE:
        for order in shown.orders:
            basket = tuple((products[id], quantity) for id, quantity in order.lines if id in products)
            if not basket:  # a shop that edits the catalogue loses that showcase order, not its set-up
                continue
            placed_at = datetime.combine(world.today - timedelta(days=order.days_ago), time(10, 30), tzinfo=UTC)
            outcome = fate_of_shown(order, basket, today=world.today)
            random = Random(order.id)
            _add_order(world, order.id, persons[shown.id], placed_at, basket, outcome, random=random)


def _add_order(
    world: World,
    order_id: str,
    person: Person,
    placed_at: datetime,
    basket: Basket,
    outcome: Fate,
    *,
    random: Random,
) -> None:
    goods = sum(to_pence(product.price) * quantity for product, quantity in basket)
    free = outcome.delivery == "standard" and goods >= FREE_FROM_PENCE
    shipping = 0 if free else SHIPPING_PENCE[outcome.delivery]
    carrier, prefix = random.choice(CARRIERS)
    sent = outcome.shipped_on is not None
    world.orders.append(
        {
            "id": order_id,
            "customer_id": person.id,
            "status": outcome.status,
            "placed_at": placed_at,
            "expected_on": outcome.expected_on,
            "shipped_on": outcome.shipped_on,
            "delivered_on": outcome.delivered_on,
            "cancelled_on": outcome.cancelled_on,
            "shipping_pence": shipping,
            "currency": "GBP",
            "address": person.address,
            "delivery": outcome.delivery,
            "payment": random.choice(PAYMENTS),
            "carrier": carrier if sent else "",
            "tracking": f"{prefix}{random.randrange(10**9):09d}GB" if sent else "",
            "invoice_requested_on": None,
        }
    )
    world.lines += [
        {
            "order_id": order_id,
            "position": position,
            "product_id": product.id,
            "name": product.name,
            "quantity": quantity,
            "price_pence": to_pence(product.price),
        }
        for position, (product, quantity) in enumerate(basket, start=1)
    ]
    described = [_described(product, quantity) for product, quantity in basket]
    total = (goods + shipping) / 100
    world.tell(
        "Order Completed", placed_at, person.id, order_id=order_id, total=total, currency="GBP", products=described
    )
    _add_aftermath(world, order_id, person, placed_at, basket, outcome)


def _add_aftermath(
    world: World,
    order_id: str,
    person: Person,
    placed_at: datetime,
    basket: Basket,
    outcome: Fate,
) -> None:
    """The order's cancellation, returns and reviews."""
    positions = {product.id: position for position, (product, _) in enumerate(basket, start=1)}
    if outcome.cancelled_on is not None:
        described = [_described(product, quantity) for product, quantity in basket]
        at = max(placed_at + timedelta(minutes=20), _noon(outcome.cancelled_on))
        world.tell(
            "Order Cancelled", at, person.id, order_id=order_id, products=described, reason="", resolution="refund"
        )
    for back in outcome.returns:
        world.returns.append(
            {
                "id": f"RT-{order_id.removeprefix('HP-')}-{positions[back.product.id]}",
                "order_id": order_id,
                "product_id": back.product.id,
                "name": back.product.name,
                "quantity": back.quantity,
                "reason": back.reason,
                "resolution": back.resolution,
                "status": back.status,
                "requested_on": back.requested_on,
                "closed_on": back.closed_on,
                "amount_pence": to_pence(back.product.price) * back.quantity if back.resolution == "refund" else 0,
            }
        )
        details = {
            "order_id": order_id,
            "product_id": back.product.id,
            "products": [_described(back.product, back.quantity)],
            "reason": back.reason,
            "resolution": back.resolution,
        }
        world.tell("Return Requested", _noon(back.requested_on), person.id, **details)
        if back.status == "refunded" and back.closed_on is not None:
            world.tell("Order Refunded", _noon(back.closed_on), person.id, **details)
    for review in outcome.reviews:
        _add_review(world, person, review.product, review.rating, review.text, review.written_on)


def _add_review(
    world: World, person: Person, product: CatalogueProduct, rating: int, text: str, written_on: date
) -> None:
    if (person.id, product.id) in world.reviews:
        return
    world.reviews[person.id, product.id] = {
        "customer_id": person.id,
        "product_id": product.id,
        "rating": rating,
        "body": text,
        "written_on": written_on,
    }
    world.tell(
        "Product Reviewed",
        _noon(written_on),
        person.id,
        product_id=product.id,
        category=product.category,
        rating=rating,
        review_body=text,
    )


def _tell_visit(world: World, visit: Visit) -> None:
    minutes = len(visit.looked) + 1
    for step, product in enumerate(visit.looked):
        at = visit.at - timedelta(minutes=2 * (minutes - step))
        world.tell("Product Viewed", at, visit.person.id, **_described(product, 1))
    for product, quantity in visit.basket:
        at = visit.at - timedelta(minutes=1)
        world.tell("Product Added", at, visit.person.id, **_described(product, quantity))


def _events(world: World) -> Iterator[Event]:
    """In the order they happened, numbered so that ids depend on nothing else."""
    world.events.sort(key=lambda event: (event[1], event[2], event[0]))
    for number, (name, at, customer_id, properties) in enumerate(world.events):
        yield Event(
            name=name, message_id=f"demo:{number}", occurred_at=at, properties=properties, customer_id=customer_id
        )


def _described(product: CatalogueProduct, quantity: int) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "name": product.name,
        "category": product.category,
        "price": float(product.price),
        "quantity": quantity,
    }


def _customer_row(person: Person) -> Row:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": person.address,
        "newsletter": person.newsletter,
        "since": person.since,
    }


def _discount_row(today: date, code: str, description: str, percent: int, minimum: int, days: int) -> Row:
    return {
        "code": code,
        "description": description,
        "percent": percent,
        "minimum_pence": minimum,
        "valid_until": today + timedelta(days=days),
    }


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)

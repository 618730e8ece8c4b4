"""What becomes of an order: when it leaves and arrives, whether it is cancelled, sent back, reviewed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from bot.shop.catalogue import CatalogueProduct
from bot.shop.demo.showcase import ShowOrder
from bot.shop.demo.words import FAIR_REVIEWS, GOOD_REVIEWS, POOR_REVIEWS, REASONS
from bot.shop.port import OrderStatus, Resolution, ReturnStatus

CANCELLED = 0.035
TOO_OFTEN_RETURNED = {"Clothing": 2.6, "Furniture": 1.4, "Lighting": 1.2, "Stationery": 0.3, "Pets": 0.6}
STEPS: tuple[tuple[int, OrderStatus], ...] = ((1, "paid"), (2, "packed"), (4, "shipped"))  # up to this age in days
DELIVERY_DAYS = {"standard": 5, "express": 2}


@dataclass(frozen=True)
class FateReturn:
    product: CatalogueProduct
    quantity: int
    reason: str
    resolution: Resolution
    status: ReturnStatus
    requested_on: date
    closed_on: date | None


@dataclass(frozen=True)
class FateReview:
    product: CatalogueProduct
    rating: int
    text: str
    written_on: date


@dataclass(frozen=True)
class Fate:
    status: OrderStatus
    delivery: str
    expected_on: date | None
    shipped_on: date | None = None
    delivered_on: date | None = None
    cancelled_on: date | None = None
    returns: tuple[FateReturn, ...] = ()
    reviews: tuple[FateReview, ...] = ()


Basket = tuple[tuple[CatalogueProduct, int], ...]


def fate(
    placed_at: datetime, basket: Basket, *, returning: float, reviewing: float, today: date, random: Random
) -> Fate:
    """The fate of a generated order, as far as it is known `today`."""
    placed = placed_at.date()
    delivery = "express" if random.random() < 0.2 else "standard"
    expected = placed + timedelta(days=DELIVERY_DAYS[delivery])
    age = (today - placed).days
    if random.random() < CANCELLED and age > 1:
        return Fate("cancelled", delivery, None, cancelled_on=placed + timedelta(days=random.randint(0, 1)))
    status: OrderStatus = next((status for days, status in STEPS if age <= days), "delivered")
    shipped = placed + timedelta(days=1 if delivery == "express" else 2)
    if status == "paid" or status == "packed":
        return Fate(status, delivery, expected)
    delivered = min(expected, shipped + timedelta(days=random.randint(1, 3)))
    if status == "shipped" or delivered >= today:
        return Fate("shipped", delivery, expected, shipped_on=min(shipped, today - timedelta(days=1)))
    returns = _returns(basket, delivered, returning, today=today, random=random)
    reviews = _reviews(basket, delivered, reviewing, {back.product.id for back in returns}, today=today, random=random)
    return Fate(
        _after_returns(basket, returns), delivery, expected, shipped, delivered, returns=returns, reviews=reviews
    )


def fate_of_shown(order: ShowOrder, basket: Basket, *, today: date) -> Fate:
    """The fate that the showcase prescribes."""
    placed = today - timedelta(days=order.days_ago)
    expected = placed + timedelta(days=DELIVERY_DAYS["standard"])
    if order.status == "cancelled":
        return Fate("cancelled", "standard", None, cancelled_on=placed + timedelta(days=1))
    if order.status in ("placed", "paid", "packed"):
        return Fate(order.status, "standard", expected)
    shipped = placed + timedelta(days=2)
    if order.status == "shipped":
        return Fate("shipped", "standard", expected, shipped_on=shipped)
    returns: tuple[FateReturn, ...] = ()
    if (shown := order.returned) is not None:
        product, quantity = next(line for line in basket if line[0].id == shown.product_id)
        requested = today - timedelta(days=shown.days_ago)
        closed = None if shown.status == "requested" else requested + timedelta(days=6)
        returns = (FateReturn(product, quantity, shown.reason, shown.resolution, shown.status, requested, closed),)
    return Fate(order.status, "standard", expected, shipped, placed + timedelta(days=4), returns=returns)


def _after_returns(basket: Basket, returns: tuple[FateReturn, ...]) -> OrderStatus:
    refunded = {back.product.id for back in returns if back.status == "refunded"}
    return "returned" if refunded == {product.id for product, _ in basket} else "delivered"


def _returns(basket: Basket, delivered: date, chance: float, *, today: date, random: Random) -> tuple[FateReturn, ...]:
    returns = []
    for product, quantity in basket:
        if random.random() >= chance * TOO_OFTEN_RETURNED.get(product.category, 1.0):
            continue
        reason = random.choice(REASONS if product.category in ("Clothing", "Accessories") else REASONS[2:])
        resolution: Resolution = "replacement" if random.random() < 0.25 else "refund"
        requested = delivered + timedelta(days=random.randint(1, 12))
        if requested >= today:
            continue
        closed: date | None = requested + timedelta(days=random.randint(5, 9))
        status: ReturnStatus = "refunded" if resolution == "refund" else "replaced"
        if closed is not None and closed >= today:
            status, closed = "requested", None
        returns.append(FateReturn(product, quantity, reason, resolution, status, requested, closed))
    return tuple(returns)


def _reviews(
    basket: Basket, delivered: date, chance: float, sent_back: set[str], *, today: date, random: Random
) -> tuple[FateReview, ...]:
    reviews = []
    for product, _ in basket:
        if random.random() >= chance:
            continue
        unhappy = product.id in sent_back
        rating = random.choices((1, 2, 3, 4, 5), weights=(5, 4, 2, 0, 0) if unhappy else (2, 3, 9, 30, 56))[0]
        texts = POOR_REVIEWS if rating <= 2 else FAIR_REVIEWS if rating == 3 else GOOD_REVIEWS
        written = delivered + timedelta(days=random.randint(3, 20))
        if written < today:
            reviews.append(FateReview(product, rating, random.choice(texts), written))
    return tuple(reviews)

"""Seven ways of being a customer; segments, value tiers and churn in the demo come from these."""

from collections.abc import Mapping
from dataclasses import dataclass

EVEN = (1.0,) * 12
SHOP_YEAR = (0.8, 0.7, 0.9, 1.0, 1.1, 1.0, 0.9, 0.8, 1.0, 1.1, 1.6, 2.2)  # January to December
SALES = (3.0, 1.0, 0.4, 0.4, 0.4, 0.8, 3.0, 0.6, 0.3, 0.4, 2.6, 0.7)
GIFTS = (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 1.6, 4.0)
GARDEN_YEAR = (0.2, 0.5, 1.6, 2.4, 2.4, 1.8, 1.1, 0.8, 0.9, 0.5, 0.2, 0.3)
SEASON_OF_CATEGORY: Mapping[str, tuple[float, ...]] = {
    "Garden": GARDEN_YEAR,
    "Outdoor": (0.3, 0.3, 0.7, 1.2, 1.8, 2.2, 2.2, 1.7, 0.8, 0.5, 0.5, 0.8),
    "Toys": (0.6, 0.6, 0.7, 0.8, 0.8, 0.8, 0.8, 0.7, 0.8, 1.0, 2.0, 3.0),
    "Bedding": (1.6, 1.2, 0.9, 0.8, 0.7, 0.7, 0.7, 0.8, 1.2, 1.4, 1.3, 1.0),
}
COMPANIONS: tuple[tuple[str, str], ...] = (
    ("Kitchen", "Tableware"),
    ("Garden", "Outdoor"),
    ("Bedding", "Bath"),
    ("Pets", "Outdoor"),
    ("Toys", "Clothing"),
    ("Stationery", "Accessories"),
    ("Lighting", "Decor"),
    ("Storage", "Furniture"),
)
GIFT_CATEGORIES = ("Toys", "Accessories", "Stationery", "Decor", "Tableware", "Bath")
HOME_CATEGORIES = ("Furniture", "Lighting", "Decor", "Bedding")


@dataclass(frozen=True)
class Behaviour:
    """Rates are a year; `months` weighs the twelve months; `focus`: the chance of a line in a favourite category."""

    name: str
    share: float
    orders: float
    lines: float  # mean of an order
    months: tuple[float, ...]
    favourites: int  # how many favourite categories; 0: no taste of their own
    focus: float
    price_power: float  # above 0 prefers dear products, below 0 cheap ones
    views: float  # product pages looked at for every line bought
    abandoned: float  # carts left behind for every order
    returns: float  # chance that a delivered line comes back
    reviews: float  # chance that a delivered line is reviewed


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("regular", 0.18, 7.0, 2.4, SHOP_YEAR, 3, 0.75, 0.0, 1.3, 0.2, 0.04, 0.16),
    Behaviour("bargain hunter", 0.16, 3.2, 2.0, SALES, 2, 0.4, -0.8, 2.2, 0.9, 0.10, 0.06),
    Behaviour("gift buyer", 0.16, 1.6, 3.0, GIFTS, 0, 0.0, -0.1, 1.2, 0.3, 0.05, 0.05),
    Behaviour("one-timer", 0.20, 0.0, 1.6, SHOP_YEAR, 1, 0.6, -0.2, 1.5, 0.4, 0.09, 0.07),
    Behaviour("lapsed", 0.12, 6.0, 2.0, SHOP_YEAR, 2, 0.7, 0.0, 1.2, 0.3, 0.12, 0.10),
    Behaviour("category lover", 0.12, 5.0, 2.6, EVEN, 2, 0.92, 0.1, 1.6, 0.3, 0.04, 0.18),
    Behaviour("high spender", 0.06, 5.0, 2.8, SHOP_YEAR, 2, 0.7, 0.9, 1.4, 0.2, 0.07, 0.14),
)

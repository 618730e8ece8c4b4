"""What insight needs to know of a product to suggest it; the composition root makes these from the shop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    product_id: str
    name: str
    category: str
    price: float  # in the shop's currency
    in_stock: bool
    description: str = ""

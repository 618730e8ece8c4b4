"""The shop's products as a turn needs them, read from the shop at most once a minute."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from bot.shop.card import product_card
from bot.shop.port import Product, Shop
from insight.catalogue import Item

FRESH_S = 60.0


class Catalogue:
    """Synchronous, like the shop; call it in a thread."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._lock = threading.Lock()
        self._read_at = -FRESH_S
        self._products: Mapping[str, Product] = {}
        self._items: Mapping[str, Item] = {}

    def items(self) -> Mapping[str, Item]:
        """By id, as `insight` wants them."""
        self._refresh()
        return self._items

    def card(self, product_id: str) -> dict[str, Any] | None:
        """The product as reply parts show it."""
        self._refresh()
        product = self._products.get(product_id)
        return product_card(product) if product else None

    def named(self, parse: Mapping[str, Any]) -> list[dict[str, str]]:
        """The products a parse names, as `{"product_id", "category"}`, each once."""
        ids = dict.fromkeys(entity["value"] for entity in parse.get("entities", ()) if entity["entity"] == "product")
        if not ids:
            return []
        self._refresh()
        found = (self._products.get(str(product_id)) for product_id in ids)
        return [{"product_id": product.id, "category": product.category} for product in found if product]

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._read_at < FRESH_S:
                return
            products = self._shop.products()
            self._products = {product.id: product for product in products}
            self._items = {product.id: _item(product) for product in products}
            self._read_at = time.monotonic()


def _item(product: Product) -> Item:
    price, description = float(product.price), product.description
    return Item(product.id, product.name, product.category, price, product.in_stock, description)

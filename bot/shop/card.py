"""A product as reply parts show it."""

from bot.shop.port import Product


def product_card(product: Product, reason: str | None = None) -> dict[str, object]:
    """`reason`: why it is shown, one plain sentence."""
    shown: dict[str, object] = {
        "id": product.id,
        "name": product.name,
        "price": float(product.price),
        "currency": product.currency,
        "image": product.image,
        "url": product.url,
    }
    return shown | ({"reason": reason} if reason else {})

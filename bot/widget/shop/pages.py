"""The demo shop's pages: home, category, search, product, pictures. They read the shop through its port only.

Every page carries a strict Content-Security-Policy: what the widget promises to work under is what it runs under here.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from bot.errors import NotFound
from bot.settings import Settings
from bot.shop.errors import ProductNotFound
from bot.shop.pictures import picture
from bot.shop.port import Product, Shop
from bot.widget.shop.demo import Demo

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}
FILES = ("shop.css", "shop.js", "icon.svg", "hero.svg")
FAVOURITES = 12
RELATED = 4
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}


def router(settings: Settings, shop: Shop, demo: Demo) -> APIRouter:
    """The pages; `demo` knows who is signed in and notes what they look at."""
    routes = APIRouter(include_in_schema=False)
    pages = Pages(settings, shop, demo)

    @routes.get("/")
    def home(request: Request, q: str = "") -> Response:
        return pages.search(request, q.strip()[:100]) if q.strip() else pages.home(request)

    @routes.get("/categories/{name}")
    def category(request: Request, name: str) -> Response:
        return pages.category(request, name)

    @routes.get("/products/{product_id}")
    def product(request: Request, product_id: str) -> Response:
        return pages.product(request, product_id)

    @routes.get("/pictures/{product_id}.svg")
    def product_picture(product_id: str) -> Response:
        return Response(picture(_product(shop, product_id)), media_type="image/svg+xml", headers=PICTURE_HEADERS)

    @routes.get("/shop/{name}")
    def file(name: str) -> Response:
        if name not in FILES:
            raise NotFound("There is no such file.")
        return FileResponse(HERE / "static" / name, headers={"Cache-Control": "public, no-cache"})

    return routes


class Pages:
    """Renders the templates with what every page needs."""

    def __init__(self, settings: Settings, shop: Shop, demo: Demo) -> None:
        self._settings, self._shop, self._demo = settings, shop, demo
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(loader=loader, autoescape=select_autoescape(), trim_blocks=True)
        self._templates.filters["price"] = lambda product: price(product.price, product.currency)
        self._promises = promises(settings.data_dir / "answers" / "facts.yml")

    def home(self, request: Request) -> Response:
        products = self._shop.products()
        return self._page(request, "home.html", tiles=_tiles(products), products=_favourites(products))

    def search(self, request: Request, query: str) -> Response:
        found = self._shop.find_products(query, limit=24)
        return self._page(request, "list.html", heading=f"“{query}”", products=found, query=query)

    def category(self, request: Request, name: str) -> Response:
        products = [product for product in self._shop.products() if product.category == name]
        if not products:
            raise NotFound("There is no such category.")
        return self._page(request, "list.html", heading=name, products=products, category=name)

    def product(self, request: Request, product_id: str) -> Response:
        product = _product(self._shop, product_id)
        self._demo.viewed(request, product)
        alike = [other for other in self._shop.products() if other.category == product.category]
        return self._page(
            request,
            "product.html",
            product=product,
            category=product.category,
            category_link=_category_link(product.category),
            reviews=self._shop.reviews(product.id, limit=3),
            products=_neighbours(alike, product),
        )

    def _page(self, request: Request, template: str, **content: Any) -> Response:
        customer = self._demo.customer(request)
        categories = dict.fromkeys(product.category for product in self._shop.products())
        text = self._templates.get_template(template).render(
            {"query": "", "category": "", "promises": self._promises, "shop_name": self._settings.shop_name}
            | {"categories": [(name, _category_link(name)) for name in categories]}
            | {"people": self._demo.people(), "customer": customer}
            | {"signature": self._demo.signature(customer.id) if customer else ""}
            | content
        )
        return HTMLResponse(text, headers=PAGE_HEADERS)


def price(amount: Decimal, currency: str) -> str:
    """An amount as a customer reads it: £24.50."""
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{amount:,.2f}" if symbol else f"{amount:,.2f} {currency}"


def promises(path: Path) -> list[str]:
    """The line above the header, from the same facts that the answers use; empty without the file."""
    if not path.exists():
        return []
    facts = {name: fact["value"] for name, fact in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
    symbol = SYMBOLS.get(facts["currency"], "")
    return [
        f"Free delivery from {symbol}{facts['free_delivery_from']}",
        f"{facts['return_days']} days to return",
        f"{facts['guarantee_years']}-year guarantee",
    ]


def _product(shop: Shop, product_id: str) -> Product:
    product = shop.product(product_id)
    if product is None:
        raise ProductNotFound()
    return product


def _category_link(name: str) -> str:
    return f"/categories/{quote(name, safe='')}"


def _tiles(products: Sequence[Product]) -> list[dict[str, Any]]:
    counts = Counter(product.category for product in products)
    first = {product.category: product for product in reversed(products)}
    return [
        {"name": name, "count": count, "link": _category_link(name), "image": first[name].image}
        for name, count in counts.items()
    ]


def _favourites(products: Sequence[Product]) -> list[Product]:
    """One of each category first, then the next of each, so that the page shows the whole shop."""
    ranks: Counter[str] = Counter()
    ranked = []
    for product in products:
        if product.in_stock:
            ranks[product.category] += 1
            ranked.append((ranks[product.category], product))
    return [product for _, product in sorted(ranked, key=lambda pair: pair[0])][:FAVOURITES]


def _neighbours(alike: Sequence[Product], product: Product) -> list[Product]:
    """The ones nearest in price."""
    others = [other for other in alike if other.id != product.id]
    return sorted(others, key=lambda other: abs(other.price - product.price))[:RELATED]

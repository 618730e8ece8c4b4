"""What only the demo shop does: sign in as an invented customer, note product views, show confirmation codes.

Served in development with `DEMO` on and never otherwise: a cookie that says who one is, is for invented people only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from sqlalchemy import select

from bot.database import Database
from bot.errors import NotAllowed
from bot.gateway import tokens
from bot.gateway.gateway import CurrentVisitor
from bot.settings import Settings
from bot.shop.port import Customer, Product, Shop
from bot.tables import Conversation, Visitor
from bot.verification import latest_demo_code
from insight import events

COOKIE = "demo_customer"


@dataclass(frozen=True)
class DemoPerson:
    """An entry of the menu "sign in as"."""

    id: str
    name: str
    note: str


class View(BaseModel):
    product_id: str


class Demo:
    """Who is signed in on the demo page, and what they did there."""

    def __init__(self, settings: Settings, database: Database, shop: Shop, people: Sequence[str]) -> None:
        """`people`: ids of the customers one may sign in as."""
        self._settings, self._database, self._shop, self._people = settings, database, shop, people

    def people(self) -> list[DemoPerson]:
        known = [self._shop.customer(customer_id) for customer_id in self._people]
        return [DemoPerson(customer.id, customer.name, self._note(customer.id)) for customer in known if customer]

    def customer(self, request: Request) -> Customer | None:
        """The demo customer of the page's cookie; anybody else's id is ignored."""
        customer_id = request.cookies.get(COOKIE, "")
        return self._shop.customer(customer_id) if customer_id in self._people else None

    def may_be(self, customer_id: str) -> bool:
        return customer_id in self._people

    def signature(self, customer_id: str) -> str:
        """What a real shop's server computes to vouch for its customer."""
        return tokens.customer_signature(self._settings.identity_key, customer_id)

    def _note(self, customer_id: str) -> str:
        orders = self._shop.orders(customer_id, limit=3)
        if not orders:
            return "No orders yet"
        return "Latest orders: " + ", ".join(dict.fromkeys(order.status for order in orders))

    def viewed(self, request: Request, product: Product) -> None:
        """A signed-in customer looks at a product; a guest is noted by `/v1/demo/views`, once they have chatted."""
        customer = self.customer(request)
        if customer is not None:
            self._note_view(product, customer_id=customer.id)

    def guest_viewed(self, visitor_id: str, product_id: str) -> None:
        product = self._shop.product(product_id)
        with self._database.reading() as session:
            visitor = session.get(Visitor, visitor_id)
        if product is not None and visitor is not None and visitor.customer_id is None:
            self._note_view(product, visitor_id=visitor_id)

    def codes(self, visitor_id: str) -> list[dict[str, str]]:
        """What a real shop would have sent by e-mail in the visitor's latest conversation."""
        latest = select(Conversation.id).where(Conversation.visitor_id == visitor_id)
        with self._database.reading() as session:
            conversation_id = session.scalar(latest.order_by(Conversation.created_at.desc()).limit(1))
            code = latest_demo_code(session, self._settings, conversation_id) if conversation_id else None
        return [{"code": code}] if code else []

    def _note_view(self, product: Product, *, customer_id: str | None = None, visitor_id: str | None = None) -> None:
        view = events.Event(
            name="Product Viewed",
            message_id=uuid4().hex,
            occurred_at=datetime.now(UTC),
            properties={
                "product_id": product.id,
                "name": product.name,
                "category": product.category,
                "price": float(product.price),
            },
            customer_id=customer_id,
            anonymous_id=visitor_id,
        )
        with self._database.writing() as session:
            events.append(session, [view])


def router(demo: Demo) -> APIRouter:
    """Sign in as somebody, views of guests who chat, and the inbox."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/demo/sign-in")
    def sign_in(request: Request, customer_id: str = Form("")) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise NotAllowed("Sign in on the shop's own page.")
        if customer_id and not demo.may_be(customer_id):
            raise NotAllowed("Only the demo's own customers can be chosen here.")
        answer = RedirectResponse(_way_back(request), status_code=303)
        if customer_id:
            answer.set_cookie(COOKIE, customer_id, httponly=True, samesite="lax")
        else:
            answer.delete_cookie(COOKIE)
        return answer

    @routes.post("/v1/demo/views", status_code=204)
    def view(view: View, visitor_id: CurrentVisitor) -> None:
        demo.guest_viewed(visitor_id, view.product_id)

    @routes.get("/v1/demo/codes")
    def codes(visitor_id: CurrentVisitor) -> dict[str, list[dict[str, str]]]:
        return {"codes": demo.codes(visitor_id)}

    return routes


def _way_back(request: Request) -> str:
    """The page the form was on, if it is ours."""
    came_from = request.headers.get("referer", "")
    own = f"{request.url.scheme}://{request.url.netloc}"
    path = came_from.removeprefix(own) if came_from.startswith(f"{own}/") else "/"
    return "/" if path.startswith("//") else path

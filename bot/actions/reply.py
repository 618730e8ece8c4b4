"""Reply parts: texts from answer templates, orders and products as the widget shows them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.actions.context import Context
from bot.actions.request import Part, Request
from bot.shop.card import product_card
from bot.shop.port import Order, Product
from retrieval.fill import fill
from retrieval.saying import day, money
from retrieval.templates import Button


def say(context: Context, request: Request, template_id: str, *, buttons: Sequence[Button] = (), **facts: Any) -> Part:
    """A text part from a template; `buttons` replace the template's own. LookupError when a slot has no fact."""
    template = context.templates[template_id]
    text = fill(template, facts, seed=request.message_id)
    if text is None:
        raise LookupError(f"the template '{template_id}' cannot be filled from {sorted(facts)}")
    shown = buttons or template.buttons
    part: Part = {"type": "text", "text": text, "template_id": template_id}
    part |= {"rateable": True} if template.searchable else {}
    return part | ({"buttons": [{"title": b.title, "payload": b.payload} for b in shown]} if shown else {})


def plain(text: str) -> Part:
    """A sentence that somebody else wrote for the customer, for instance why the shop refuses."""
    return {"type": "text", "text": text}


def button(title: str, intent: str, **entities: object) -> Button:
    return Button(title, f"/{intent}" + (json.dumps(entities, ensure_ascii=False) if entities else ""))


def asking(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same parts, the last marked as one that asks something."""
    return (*parts[:-1], parts[-1] | {"asks": True}) if parts else ()


def order_part(text: str, order: Order) -> Part:
    return {
        "type": "order",
        "text": text,
        "order": {
            "id": order.id,
            "status": order.status,
            "placed_on": order.placed_at.date().isoformat(),
            "expected_on": order.expected_on.isoformat() if order.expected_on else None,
            "total": float(order.total),
            "currency": order.currency,
            "lines": [{"name": line.name, "quantity": line.quantity} for line in order.lines],
        },
    }


def products_part(text: str, products: Iterable[Product], *, reasons: Mapping[str, str] | None = None) -> Part:
    """`reasons`: product id -> why it is shown."""
    return {
        "type": "products",
        "text": text,
        "products": [product_card(p, (reasons or {}).get(p.id)) for p in products],
    }


def order_title(order: Order) -> str:
    """A short name for a button: number, day and what was in it."""
    first = order.lines[0].name if order.lines else ""
    more = f" + {len(order.lines) - 1} more" if len(order.lines) > 1 else ""
    return f"{order.id} · {short_day(order.placed_at)} · {first}{more}"


def short_day(day_: date | datetime) -> str:
    return f"{day_.day} {day_:%b}"


def said_money(amount: object, currency: str) -> str:
    return money(amount, currency) or str(amount)


def said_day(value: date | None) -> str:
    return day(value) or ""

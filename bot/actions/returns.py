"""Sending something back: one form for returns, exchanges, damage and wishes for a refund."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.actions.choices import choice_step, confirm_step, order_step, product_step, text_step
from bot.actions.context import Context
from bot.actions.form import Answer, Form, Step, Values, opening
from bot.actions.orders import STATUS
from bot.actions.reply import say
from bot.actions.request import Outcome, Part, Request
from bot.shop.port import Order, OrderLine, own_order

RESOLUTIONS = {
    "refund": re.compile(r"\b(refund\w*|money( back)?|cash|reimburse\w*|credit)\b", re.IGNORECASE),
    "replacement": re.compile(
        r"\b(replac\w*|exchang\w*|swap\w*|another( one)?|new one|different|same again)\b", re.IGNORECASE
    ),
}
WANTED = {"get_refund": "refund", "exchange_item": "replacement"}


def returnable(context: Context, order: Order) -> bool:
    if order.status != "delivered" or not open_lines(order):
        return False
    arrived = order.delivered_on or order.placed_at.date()
    return datetime.now(UTC).date() <= arrived + timedelta(days=context.fact("return_days"))


def open_lines(order: Order) -> Sequence[OrderLine]:
    """Lines that are not on their way back yet."""
    back = {returned.product_id for returned in order.returns}
    return [line for line in order.lines if line.product_id not in back]


def refuse(context: Context, request: Request, order: Order) -> tuple[Part, ...]:
    if order.returns and not open_lines(order):
        last = order.returns[-1]
        return (say(context, request, "return_already_created", product=last.name, return_number=last.id),)
    if order.status == "cancelled":
        return (say(context, request, "order_already_cancelled", order_number=order.id),)
    if order.status == "delivered":
        return (say(context, request, "return_too_late", order_number=order.id),)
    return (say(context, request, "return_not_delivered", order_number=order.id, order_status=STATUS[order.status]),)


def ask_reason(context: Context, request: Request, values: Values) -> Answer:
    damaged = values["opening"]["intent"]["name"] == "damaged_item"
    product = line_of(context, request, values).name
    return Answer(parts=(say(context, request, "ask_damage" if damaged else "ask_return_reason", product=product),))


def told_already(context: Context, request: Request, values: Values) -> Answer:
    """Whoever opens with what is broken has given the reason."""
    damaged = request.said.intent == "damaged_item" and len(request.said.typed.split()) > 3
    return Answer(request.said.typed[:500] if damaged else None)


def ask_resolution(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_resolution"),))


def wanted_already(context: Context, request: Request, values: Values) -> Answer:
    return Answer(WANTED.get(request.said.intent))


def ask_summary(context: Context, request: Request, values: Values) -> Answer:
    facts: dict[str, Any] = {
        "product": line_of(context, request, values).name,
        "order_number": values["which"],
        "resolution": values["resolution"],
    }
    return Answer(parts=(say(context, request, "ask_return_confirm", **facts),))


def line_of(context: Context, request: Request, values: Values) -> OrderLine:
    order = own_order(context.shop, customer_id=request.customer_id, order_id=values["which"])
    return next(line for line in order.lines if line.product_id == values["product"])


def start_return(context: Context, request: Request, values: Values) -> Outcome:
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    done = context.shop.start_return(
        request.customer_id or "",
        values["which"],
        product_id=values["product"],
        reason=values["reason"],
        resolution=values["resolution"],
        key=request.key("start_return"),
    )
    if done.returned is None:
        raise LookupError("the shop's receipt for a return has no return")
    facts: dict[str, Any] = {"product": done.returned.name, "return_number": done.returned.id}
    if not done.changed:
        return Outcome((say(context, request, "return_already_created", **facts),))
    if opening(values).intent == "damaged_item":
        resolution = values["resolution"]
        return Outcome((say(context, request, "damage_reported", resolution=resolution, **facts),))
    template = "return_created_refund" if values["resolution"] == "refund" else "return_created_replacement"
    return Outcome((say(context, request, template, **facts),))


REASON = text_step("reason", ask_reason)
RESOLUTION = choice_step("resolution", ask_resolution, entity="resolution", words=RESOLUTIONS)

RETURN_FORM = Form(
    name="return_form",
    steps=(
        order_step(eligible=returnable, refuse=refuse),
        product_step(lines=open_lines),
        Step("reason", ask=REASON.ask, read=REASON.read, prefill=told_already, free_text=True),
        Step("resolution", ask=RESOLUTION.ask, read=RESOLUTION.read, prefill=wanted_already),
        confirm_step(ask_summary),
    ),
    finish=start_return,
    opened_by=frozenset({"return_item", "exchange_item", "damaged_item", "get_refund"}),
)

"""Where an order is, where a refund is, and cancelling an order."""

from datetime import UTC, datetime

from rasa_sdk.events import FollowupAction

from bot.actions.choices import confirm_step, find_order, named_order, order_step, which
from bot.actions.context import Context
from bot.actions.form import Answer, Form, Values
from bot.actions.reply import order_part, plain, said_money, say
from bot.actions.request import Event, Outcome, Part, Request
from bot.shop.port import Order, own_order

STATUS = {
    "placed": "placed and waiting for your payment",
    "paid": "paid and about to be packed",
    "packed": "packed and waiting for the carrier",
    "shipped": "on its way to you",
    "delivered": "delivered",
    "cancelled": "cancelled",
    "returned": "sent back",
}
UNDER_WAY = ("placed", "paid", "packed", "shipped")
IDENTIFY: tuple[Event, ...] = (FollowupAction("verify_form"),)


def track_order(context: Context, request: Request) -> Outcome:
    """The order that is named, else the newest one under way, with the others as buttons."""
    if request.customer_id is None:
        return Outcome(events=IDENTIFY)
    number = named_order(request.said)
    if number is not None:
        order = find_order(context, request, number)
        if order is None:
            return Outcome((say(context, request, "not_your_order", order_number=number),))
        return Outcome((status_part(context, request, order),))
    orders = context.shop.orders(request.customer_id)
    if not orders:
        return Outcome((say(context, request, "no_orders"),))
    under_way = [order for order in orders if order.status in UNDER_WAY]
    shown = (under_way or orders)[0]
    others = [order for order in under_way if order is not shown]
    more = which(context, request, others, intent="track_order").get("buttons") if others else None
    part = status_part(context, request, shown)
    return Outcome((part | {"buttons": [*part.get("buttons", ()), *more]} if more else part,))


def status_part(context: Context, request: Request, order: Order) -> Part:
    status = STATUS[order.status]
    if order.status == "delivered" and order.delivered_on:
        said = say(context, request, "order_delivered", order_number=order.id, delivered_on=order.delivered_on)
    elif order.status == "shipped" and is_late(order):
        said = say(context, request, "order_late", order_number=order.id, expected_on=order.expected_on)
    elif order.status in UNDER_WAY and order.expected_on:
        said = say(
            context,
            request,
            "order_status_expected",
            order_number=order.id,
            order_status=status,
            expected_on=order.expected_on,
        )
    else:
        said = say(context, request, "order_status", order_number=order.id, order_status=status)
    tracking = (
        f" It travels with {order.carrier}, {order.tracking}." if order.status == "shipped" and order.tracking else ""
    )
    part = order_part(said["text"] + tracking, order) | {"template_id": said["template_id"]}
    return part | ({"buttons": said["buttons"]} if "buttons" in said else {})


def is_late(order: Order) -> bool:
    return order.expected_on is not None and order.expected_on < datetime.now(UTC).date()


def track_refund(context: Context, request: Request) -> Outcome:
    if request.customer_id is None:
        return Outcome(events=IDENTIFY)
    number = named_order(request.said)
    order = find_order(context, request, number) if number else None
    if number and order is None:
        return Outcome((say(context, request, "not_your_order", order_number=number),))
    found = context.shop.refunds(request.customer_id, order_id=order.id if order else None)
    waiting = [refund for refund in found if refund.status != "paid"]
    if not found:
        part = (
            say(context, request, "refund_none", order_number=order.id) if order else say(context, request, "no_refund")
        )
        return Outcome((part,))
    return Outcome(
        tuple(
            say(
                context,
                request,
                "refund_status",
                order_number=refund.order_id,
                amount=refund.amount,
                currency=refund.currency,
                refund_status=refund.status,
            )
            for refund in (waiting or found)[:3]
        )
    )


def refuse_cancelling(context: Context, request: Request, order: Order) -> tuple[Part, ...]:
    if order.status == "cancelled":
        return (say(context, request, "order_already_cancelled", order_number=order.id),)
    status = STATUS[order.status]
    return (say(context, request, "order_too_late_to_cancel", order_number=order.id, order_status=status),)


def ask_cancelling(context: Context, request: Request, values: Values) -> Answer:
    order = own_order(context.shop, customer_id=request.customer_id, order_id=values["which"])
    said = say(
        context, request, "ask_cancel_confirm", order_number=order.id, total=order.total, currency=order.currency
    )
    return Answer(parts=(order_part(said["text"], order) | {"buttons": said["buttons"]},))


def cancel(context: Context, request: Request, values: Values) -> Outcome:
    order_id = values["which"]
    if not values["sure"]:
        return Outcome((say(context, request, "order_kept", order_number=order_id),))
    done = context.shop.cancel_order(request.customer_id or "", order_id, key=request.key("cancel_order"))
    template = "order_cancelled" if done.changed else "order_already_cancelled"
    return Outcome((say(context, request, template, order_number=order_id),))


CANCEL_FORM = Form(
    name="cancel_form",
    steps=(
        order_step(eligible=lambda context, order: order.can_cancel, refuse=refuse_cancelling),
        confirm_step(ask_cancelling),
    ),
    finish=cancel,
    opened_by=frozenset({"cancel_order"}),
)


def show_invoice(context: Context, request: Request, values: Values) -> Outcome:
    """Send a copy (get_invoice) or say what is on it (check_invoice), as the message that opened the form wanted."""
    order = own_order(context.shop, customer_id=request.customer_id, order_id=values["which"])
    if values["opening"]["intent"]["name"] == "get_invoice":
        context.shop.request_invoice(request.customer_id or "", order.id, key=request.key("request_invoice"))
        return Outcome((say(context, request, "invoice_sent", order_number=order.id),))
    said = say(
        context,
        request,
        "invoice_shown",
        order_number=order.id,
        total=order.total,
        currency=order.currency,
        placed_on=order.placed_at,
    )
    return Outcome((order_part(said["text"], order), plain(invoice_lines(order))))


def invoice_lines(order: Order) -> str:
    lines = [f"{line.quantity} × {line.name}: {said_money(line.total, order.currency)}" for line in order.lines]
    return "; ".join([*lines, f"delivery: {said_money(order.shipping, order.currency)}", f"paid by {order.payment}"])


def any_order(context: Context, order: Order) -> bool:
    return True


def refuse_nothing(context: Context, request: Request, order: Order) -> tuple[Part, ...]:
    return ()


INVOICE_FORM = Form(
    name="invoice_form",
    steps=(order_step(eligible=any_order, refuse=refuse_nothing),),
    finish=show_invoice,
    opened_by=frozenset({"get_invoice", "check_invoice"}),
)

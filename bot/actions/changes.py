"""Changing what an order holds or where it goes, and the address of the account."""

import re
from collections.abc import Sequence

from bot.actions.choices import (
    choice_step,
    confirm_step,
    named_order,
    needed_when,
    order_step,
    product_step,
    read_yes_or_no,
    text_step,
    which,
)
from bot.actions.context import Context
from bot.actions.flow import resume
from bot.actions.form import Answer, Form, Step, Values, opening
from bot.actions.orders import STATUS
from bot.actions.reply import button, say
from bot.actions.request import Outcome, Part, Request
from bot.shop.errors import Invalid
from bot.shop.port import Order, OrderLine, own_order

MOST_OF_ONE = 99
ACCOUNT = "account"
ACCOUNT_NAMED = re.compile(r"\b(account|profile)\b", re.IGNORECASE)
NUMBER = re.compile(r"\b\d{1,3}\b")
NUMBER_WORDS = {
    word: n
    for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
}
NONE_LEFT = re.compile(r"\b(remove|none|no more|take (it )?off|delete)\b", re.IGNORECASE)
WHAT = {
    "items": re.compile(
        r"\b(item\w*|product\w*|quantit\w*|how many|number|add|remove|amount|more|fewer)\b", re.IGNORECASE
    ),
    "address": re.compile(r"\b(address|deliver\w*|ship\w*|where)\b", re.IGNORECASE),
    "cancel": re.compile(r"\b(cancel\w*|everything|whole)\b", re.IGNORECASE),
    "other": re.compile(r"\b(else|other|different|colou?r|size|swap|exchange)\b", re.IGNORECASE),
}


def can_change(context: Context, order: Order) -> bool:
    return order.can_cancel


def refuse(context: Context, request: Request, order: Order) -> tuple[Part, ...]:
    if order.status == "cancelled":
        return (say(context, request, "order_already_cancelled", order_number=order.id),)
    status = STATUS[order.status]
    return (say(context, request, "order_too_late_to_change", order_number=order.id, order_status=status),)


def ask_what(context: Context, request: Request, values: Values) -> Answer:
    buttons = [
        button("Products or quantity", "choose", choice="items"),
        button("Delivery address", "choose", choice="address"),
        button("Cancel the order", "choose", choice="cancel"),
        button("Something else", "choose", choice="other"),
    ]
    return Answer(parts=(say(context, request, "ask_change_what", buttons=buttons),))


def lines(order: Order) -> Sequence[OrderLine]:
    return order.lines


def ask_quantity(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_quantity_or_none"),))


def read_quantity(context: Context, request: Request, values: Values) -> Answer:
    said = request.said
    found = said.entity("quantity")
    if found is None and (digits := NUMBER.search(said.typed)):
        found = digits[0]
    if found is None:
        words = said.typed.casefold().split()
        found = next((NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS), None)
    if found is None and NONE_LEFT.search(said.typed):
        found = 0
    quantity = int(found) if found is not None else None
    return Answer(quantity if quantity is not None and 0 <= quantity <= MOST_OF_ONE else None)


def ask_address(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_address"),))


def ask_change(context: Context, request: Request, values: Values) -> Answer:
    """Nothing to confirm for what another form or a person does."""
    if values["what"] in ("cancel", "other"):
        return Answer(True)
    if values["what"] == "address":
        return Answer(parts=(say(context, request, "ask_address_confirm", address=values["address"]),))
    change = change_text(context, request, values)
    return Answer(parts=(say(context, request, "ask_change_confirm", order_number=values["which"], change=change),))


def change_text(context: Context, request: Request, values: Values) -> str:
    order = own_order(context.shop, customer_id=request.customer_id, order_id=values["which"])
    name = next(line.name for line in order.lines if line.product_id == values["product"])
    return f"{values['quantity']} × {name}" if values["quantity"] else f"without {name}"


def change(context: Context, request: Request, values: Values) -> Outcome:
    if values["what"] == "cancel":
        entities = [{"entity": "order_number", "value": values["which"]}]
        return Outcome(events=resume(request, {"text": "", "entities": entities}, intent="cancel_order"))
    if values["what"] == "other":
        return Outcome((say(context, request, "change_by_person"),))
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    if values["what"] == "address":
        return change_order_address(context, request, order_id=values["which"], address=values["address"])
    said = change_text(context, request, values)
    done = context.shop.change_line(
        request.customer_id or "",
        values["which"],
        product_id=values["product"],
        quantity=values["quantity"],
        key=request.key("change_line"),
    )
    parts = [say(context, request, "order_changed", order_number=values["which"], change=said)]
    if done.order is not None:
        total, currency = done.order.total, done.order.currency
        parts.append(say(context, request, "order_total_changed", total=total, currency=currency))
    return Outcome(tuple(parts))


def change_order_address(context: Context, request: Request, *, order_id: str, address: str) -> Outcome:
    key = request.key("change_address")
    context.shop.change_address(request.customer_id or "", order_id, address=address, key=key)
    return Outcome((say(context, request, "address_changed", order_number=order_id, address=address),))


CHANGE_FORM = Form(
    name="change_form",
    steps=(
        order_step(eligible=can_change, refuse=refuse),
        choice_step("what", ask_what, entity="choice", words=WHAT),
        needed_when(product_step(lines=lines), "what", "items"),
        needed_when(Step("quantity", ask=ask_quantity, read=read_quantity), "what", "items"),
        needed_when(text_step("address", ask_address, shortest=8, longest=300), "what", "address"),
        confirm_step(ask_change),
    ),
    finish=change,
    opened_by=frozenset({"change_order"}),
)


def ask_where_for(context: Context, request: Request, values: Values) -> Answer:
    """An open order, or only the account; without an open order there is nothing to choose, and that is said."""
    found = [order for order in context.shop.orders(request.customer_id or "") if can_change(context, order)]
    if not found:
        mistaken = not ACCOUNT_NAMED.search(opening(values).text) and context.shop.orders(request.customer_id or "")
        return Answer(ACCOUNT, parts=(say(context, request, "only_account_address"),) if mistaken else ())
    part = which(context, request, found)
    account = button("Only my account", "choose", choice=ACCOUNT)
    buttons = [*part["buttons"], {"title": account.title, "payload": account.payload}]
    return Answer(parts=(say(context, request, "ask_address_for") | {"buttons": buttons},))


def read_where_for(context: Context, request: Request, values: Values) -> Answer:
    if request.said.entity("choice") == ACCOUNT or ACCOUNT_NAMED.search(request.said.typed):
        return Answer(ACCOUNT)
    return order_step(eligible=can_change, refuse=refuse).read(context, request, values)


def named_order_only(context: Context, request: Request, values: Values) -> Answer:
    if named_order(request.said) is None:
        return Answer()
    return order_step(eligible=can_change, refuse=refuse).read(context, request, values)


def ask_address_right(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_address_confirm", address=values["where"]),))


def change_address(context: Context, request: Request, values: Values) -> Outcome:
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    target = values.get("which") or ACCOUNT
    try:
        if target != ACCOUNT:
            return change_order_address(context, request, order_id=target, address=values["where"])
        key = request.key("set_customer_address")
        context.shop.set_customer_address(request.customer_id or "", address=values["where"], key=key)
    except Invalid as error:
        return Outcome(({"type": "text", "text": error.message},))
    return Outcome((say(context, request, "account_address_saved", address=values["where"]),))


WHERE = text_step("where", ask_address, shortest=8, longest=300)
SURE = Step("sure", ask=ask_address_right, read=read_yes_or_no)

ADDRESS_FORM = Form(
    name="address_form",
    steps=(Step("which", ask=ask_where_for, read=read_where_for, prefill=named_order_only), WHERE, SURE),
    finish=change_address,
    opened_by=frozenset({"change_shipping_address"}),
)
NEW_ADDRESS_FORM = Form(
    name="new_address_form",
    steps=(WHERE, SURE),
    finish=change_address,
    opened_by=frozenset({"set_up_shipping_address"}),
    stranger="set_up_shipping_address",
)

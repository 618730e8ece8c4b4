"""The customer's account: its details, its deletion, the newsletter, and a review of something bought."""

import re

from bot.actions.choices import choice_step, confirm_step, read_yes_or_no, text_step
from bot.actions.context import Context
from bot.actions.form import Answer, Form, Step, Values, opening
from bot.actions.handoff import hand_over
from bot.actions.reply import button, say
from bot.actions.request import Outcome, Request

FIELDS = {
    "name": re.compile(r"\b(name|surname)\b", re.IGNORECASE),
    "email": re.compile(r"\be-?mail\b", re.IGNORECASE),
    "phone": re.compile(r"\b(phone|mobile|telephone|number)\b", re.IGNORECASE),
    "address": re.compile(r"\baddress\b(?<!e-mail address)(?<!email address)", re.IGNORECASE),
}
TITLES = {"name": "name", "email": "e-mail address", "phone": "phone number", "address": "address"}
LEAVING_LIST = re.compile(r"\b(unsubscri\w*|stop|leave|no more|opt out|remove|cancel)\b", re.IGNORECASE)
STARS = {
    str(number): re.compile(rf"\b{number}\b|\b{word}\b", re.IGNORECASE)
    for number, word in enumerate(("one", "two", "three", "four", "five"), start=1)
}
PRODUCTS_SHOWN = 5


def ask_field(context: Context, request: Request, values: Values) -> Answer:
    buttons = [button(title.capitalize(), "choose", choice=field) for field, title in TITLES.items()]
    return Answer(parts=(say(context, request, "account_data", buttons=buttons),))


def ask_value(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_account_value", detail=TITLES[values["field"]]),))


def ask_value_right(context: Context, request: Request, values: Values) -> Answer:
    facts = {"detail": TITLES[values["field"]], "detail_value": values["value"]}
    return Answer(parts=(say(context, request, "ask_account_confirm", **facts),))


def edit(context: Context, request: Request, values: Values) -> Outcome:
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    customer_id, field, value = request.customer_id or "", values["field"], values["value"]
    key = request.key("update_customer")
    if field == "address":
        context.shop.set_customer_address(customer_id, address=value, key=key)
    else:
        context.shop.update_customer(customer_id, key=key, **{field: value})
    return Outcome((say(context, request, "account_changed", detail=TITLES[field]),))


ACCOUNT_FORM = Form(
    name="account_form",
    steps=(
        choice_step("field", ask_field, entity="choice", words=FIELDS),
        text_step("value", ask_value),
        confirm_step(ask_value_right),
    ),
    finish=edit,
    opened_by=frozenset({"edit_account"}),
    stranger="edit_account",
)


def ask_deleting(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_delete_account_confirm"),))


def delete(context: Context, request: Request, values: Values) -> Outcome:
    """A colleague does it: what is owed, and open orders, need a person's eye."""
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    return Outcome((hand_over(context, request, reason="policy", wish="wants the account deleted"),))


DELETE_FORM = Form(
    name="delete_form",
    steps=(confirm_step(ask_deleting),),
    finish=delete,
    opened_by=frozenset({"delete_account"}),
    stranger="delete_account",
)


def ask_newsletter(context: Context, request: Request, values: Values) -> Answer:
    if wants_out(values):
        return Answer(parts=(say(context, request, "ask_newsletter_leave"),))
    customer = context.shop.customer(request.customer_id or "")
    if customer is not None and customer.newsletter:
        return Answer(parts=(say(context, request, "newsletter_already"),), stop=True)
    return Answer(parts=(say(context, request, "ask_newsletter"),))


def wants_out(values: Values) -> bool:
    return bool(LEAVING_LIST.search(opening(values).text))


def newsletter(context: Context, request: Request, values: Values) -> Outcome:
    if not values["sure"]:
        return Outcome((say(context, request, "form_stopped"),))
    customer_id = request.customer_id or ""
    if wants_out(values):
        context.shop.unsubscribe_newsletter(customer_id, key=request.key("unsubscribe_newsletter"))
        return Outcome((say(context, request, "newsletter_unsubscribed"),))
    done = context.shop.subscribe_newsletter(customer_id, key=request.key("subscribe_newsletter"))
    return Outcome((say(context, request, "newsletter_joined" if done.changed else "newsletter_already"),))


NEWSLETTER_FORM = Form(
    name="newsletter_form",
    steps=(Step("sure", ask=ask_newsletter, read=read_yes_or_no),),
    finish=newsletter,
    opened_by=frozenset({"newsletter_subscription"}),
    stranger="newsletter_subscription",
)


def ask_reviewed(context: Context, request: Request, values: Values) -> Answer:
    """Something delivered; a customer without such a thing leaves a message for the shop instead."""
    bought = bought_products(context, request)
    if not bought:
        return Answer(parts=(say(context, request, "review_nothing_bought"),), stop=True)
    buttons = [button(name, "inform_product", product=id) for id, name in list(bought.items())[:PRODUCTS_SHOWN]]
    return Answer(parts=(say(context, request, "ask_review_product", buttons=buttons),))


def read_reviewed(context: Context, request: Request, values: Values) -> Answer:
    named = request.said.entity("product")
    return Answer(named if named in bought_products(context, request) else None)


def bought_products(context: Context, request: Request) -> dict[str, str]:
    """Product id -> name, the newest first."""
    orders = [order for order in context.shop.orders(request.customer_id or "") if order.status == "delivered"]
    return {line.product_id: line.name for order in orders for line in order.lines}


def ask_rating(context: Context, request: Request, values: Values) -> Answer:
    buttons = [button("★" * stars, "choose", choice=str(stars)) for stars in range(5, 0, -1)]
    return Answer(parts=(say(context, request, "ask_rating", buttons=buttons),))


def ask_words(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_review"),))


def review(context: Context, request: Request, values: Values) -> Outcome:
    context.shop.add_review(
        request.customer_id or "",
        product_id=values["product"],
        rating=int(values["rating"]),
        text=values["words"],
        key=request.key("add_review"),
    )
    return Outcome((say(context, request, "review_saved"),))


REVIEW_FORM = Form(
    name="review_form",
    steps=(
        Step("product", ask=ask_reviewed, read=read_reviewed, prefill=read_reviewed),
        choice_step("rating", ask_rating, entity="choice", words=STARS),
        text_step("words", ask_words),
    ),
    finish=review,
    opened_by=frozenset({"review"}),
    stranger="review_write",
)

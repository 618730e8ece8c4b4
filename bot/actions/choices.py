"""Steps that several forms share: which order, which of its products, yes or no, and a free answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.actions.context import Context
from bot.actions.form import LEAVING, Answer, Look, Step, Values, takes_text
from bot.actions.reply import button, order_title, say
from bot.actions.request import Part, Request, Said
from bot.shop.errors import OrderNotFound
from bot.shop.port import Order, OrderLine, own_order

YES = re.compile(r"(yes|yep|yeah|yup|ok|okay|sure|correct|right|please do|do it|go ahead|of course)\b", re.IGNORECASE)
NO = re.compile(r"(no|nope|nah|don'?t|do not|wrong)\b", re.IGNORECASE)
ORDER_NUMBER = re.compile(r"(?:\b[A-Za-z]{2,3}-?|\b[A-Z]{2,3} |#)\d{4,10}\b")
BARE_NUMBER = re.compile(r"\b\d{4,10}\b")  # an order's only where one was asked for: it could be a year or a code
LATEST = re.compile(r"\b(latest|last|newest|most recent|recent one)\b", re.IGNORECASE)
SHOWN = 5  # choices offered as buttons

Eligible = Callable[[Context, Order], bool]
Refusal = Callable[[Context, Request, Order], tuple[Part, ...]]


def order_step(*, eligible: Eligible, refuse: Refusal) -> Step:
    """Which order: named by number or product, the only one there is, or one of the buttons.

    `refuse` says why a named order (or, if none is eligible, the newest) will not do.
    """

    def read(context: Context, request: Request, values: Values) -> Answer:
        return understood(context, request, named_order(request.said, bare=True))

    def prefill(context: Context, request: Request, values: Values) -> Answer:
        return understood(context, request, named_order(request.said))

    def understood(context: Context, request: Request, number: str | None) -> Answer:
        if number is not None:
            order = find_order(context, request, number)
            if order is None:
                return Answer(parts=(say(context, request, "not_your_order", order_number=number),))
            if not eligible(context, order):
                return Answer(parts=refuse(context, request, order), stop=True)
            return Answer(order.id)
        return Answer(described(context, request, choices(context, request)))

    def ask(context: Context, request: Request, values: Values) -> Answer:
        found = choices(context, request)
        if len(found) == 1:
            return Answer(found[0].id)
        if found:
            return Answer(parts=(which(context, request, found),))
        newest = context.shop.orders(request.customer_id or "", limit=1)
        said = refuse(context, request, newest[0]) if newest else (say(context, request, "no_orders"),)
        return Answer(parts=said, stop=True)

    def choices(context: Context, request: Request) -> list[Order]:
        return [order for order in context.shop.orders(request.customer_id or "") if eligible(context, order)]

    return Step("which", ask=ask, read=read, prefill=prefill)


def which(context: Context, request: Request, orders: Sequence[Order], *, intent: str = "inform_order") -> Part:
    buttons = [button(order_title(order), intent, order_number=order.id) for order in orders[:SHOWN]]
    return say(context, request, "ask_which_order", buttons=buttons)


def named_order(said: Said, *, bare: bool = False) -> str | None:
    """The order number in a message, as the customer wrote it; `bare`: also digits alone."""
    if (value := said.entity("order_number")) is not None:
        return str(value)
    found = ORDER_NUMBER.search(said.typed) or (BARE_NUMBER.search(said.typed) if bare else None)
    return found[0] if found else None


def find_order(context: Context, request: Request, number: str) -> Order | None:
    """The customer's own order of that number; None for another's and for none."""
    try:
        return own_order(context.shop, customer_id=request.customer_id, order_id=number)
    except OrderNotFound:
        return None


def described(context: Context, request: Request, orders: Sequence[Order]) -> str | None:
    """The one order that the words fit: the latest, or the only one with a product that is named."""
    if not orders:
        return None
    if LATEST.search(request.said.typed):
        return orders[0].id
    product_id = request.said.entity("product")
    fitting = [order for order in orders if product_id and order.line(str(product_id))]
    return fitting[0].id if len(fitting) == 1 else None


def product_step(*, lines: Callable[[Order], Sequence[OrderLine]]) -> Step:
    """Which product of the order in `which`; an order with one product needs no question."""

    def read(context: Context, request: Request, values: Values) -> Answer:
        order = find_order(context, request, values.get("which") or "")
        found = named_line(request.said, lines(order)) if order else None
        return Answer(found.product_id if found else None)

    def ask(context: Context, request: Request, values: Values) -> Answer:
        order = own_order(context.shop, customer_id=request.customer_id, order_id=values["which"])
        found = lines(order)
        if len(found) == 1:
            return Answer(found[0].product_id)
        buttons = [button(line.name, "inform_product", product=line.product_id) for line in found]
        return Answer(parts=(say(context, request, "ask_item", buttons=buttons),))

    return Step("product", ask=ask, read=read, prefill=read)


def named_line(said: Said, lines: Sequence[OrderLine]) -> OrderLine | None:
    """The line whose product is named, by id or by words that fit no other line as well."""
    product_id = said.entity("product")
    for line in lines:
        if line.product_id == product_id:
            return line
    words = set(re.findall(r"\w{3,}", said.typed.casefold()))
    scores = [(len(words & set(re.findall(r"\w{3,}", line.name.casefold()))), line) for line in lines]
    best = max((score for score, _ in scores), default=0)
    fitting = [line for score, line in scores if score == best]
    return fitting[0] if best and len(fitting) == 1 else None


def confirm_step(ask: Look) -> Step:
    """Yes or no, pressed or typed; `values["sure"]` is a bool."""
    return Step("sure", ask=ask, read=read_yes_or_no)


def read_yes_or_no(context: Context, request: Request, values: Values) -> Answer:
    return Answer(yes_or_no(request.said))


def yes_or_no(said: Said) -> bool | None:
    """What was meant; None for neither. The classifier goes first, plain words help it out."""
    if said.intent in ("affirm", "deny"):
        return said.intent == "affirm"
    if len(said.typed.split()) > 6:
        return None
    if NO.match(said.typed) or LEAVING.match(said.typed):
        return False
    return True if YES.match(said.typed) else None


def text_step(name: str, ask: Look, *, shortest: int = 2, longest: int = 500) -> Step:
    """Whatever the customer writes, unless it is a question or a wish to stop."""

    def read(context: Context, request: Request, values: Values) -> Answer:
        text = " ".join(request.said.typed.split())
        return Answer(text[:longest] if takes_text(request.said) and len(text) >= shortest else None)

    return Step(name, ask=ask, read=read, free_text=True)


def choice_step(name: str, ask: Look, *, entity: str, words: dict[str, re.Pattern[str]]) -> Step:
    """One of a few values, pressed (the button's entity) or said in words."""

    def read(context: Context, request: Request, values: Values) -> Answer:
        pressed = request.said.entity(entity)
        if pressed in words:
            return Answer(pressed)
        meant = [value for value, pattern in words.items() if pattern.search(request.said.typed)]
        return Answer(meant[0] if len(meant) == 1 else None)

    return Step(name, ask=ask, read=read)


def asks(template: str) -> Look:
    """A question that needs no facts."""

    def ask(context: Context, request: Request, values: Values) -> Answer:
        return Answer(parts=(say(context, request, template),))

    return ask


def needed_when(step: Step, name: str, value: object) -> Step:
    """`step`, asked only if the form's `name` has that value."""
    return replace(step, needed=lambda values: values.get(name) == value)

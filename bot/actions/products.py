"""Questions about products, stock and discounts."""

import re
from typing import Any

from rasa_sdk.events import FollowupAction

from bot.actions.answers import answer, fitting_hit
from bot.actions.context import Context
from bot.actions.form import Answer, Form, Step, Values, opening, takes_text
from bot.actions.recommendations import ASKING, SHOWN, named_product, wanted_words
from bot.actions.reply import products_part, said_day, say
from bot.actions.request import Outcome, Part, Request, Said
from bot.shop.port import Product

FEW = 3  # pieces left that are worth a word
PRICE_ASKED = re.compile(r"\b(price|cost|how much|expensive)\b", re.IGNORECASE)
STOCK_ASKED = re.compile(r"\b(in stock|available|have (it|this|that|any)|left|sold out|back in)\b", re.IGNORECASE)
POINTING = re.compile(r"\b(it|its|this|that|these|those|they|them|one)\b", re.IGNORECASE)
CODE = re.compile(r"\b[A-Z][A-Z0-9]{3,}\b")
SYNONYMS = {
    "material": ("made of", "fabric", "wood", "cotton", "leather", "plastic"),
    "dimensions": ("size", "big", "large", "tall", "wide", "long", "deep", "measure", "dimension"),
    "colour": ("color", "colours", "colors"),
    "care": ("wash", "clean", "dishwasher", "iron", "maintain"),
    "weight": ("heavy", "weigh"),
}
COLOUR = re.compile(
    r"\b(black|white|grey|gray|red|blue|navy|green|olive|yellow|orange|pink|purple|brown|beige|cream|natural|gold|silver)\b",
    re.IGNORECASE,
)
PROPERTIES = re.compile(
    rf"\b(?:{'|'.join((*SYNONYMS, *(word for words in SYNONYMS.values() for word in words)))})\b", re.IGNORECASE
)
MAY_NAME_ONE = frozenset(  # intents of a message that may be a product's name and nothing else
    {"product_question", "check_stock", "inform_product", "recommend_product", "faq", "nlu_fallback", "out_of_scope"}
)


def about_product(context: Context, request: Request) -> Outcome:
    """The product that is named, from the catalogue; without one the form asks which (not inside another form)."""
    product = named_product(context, request.said) or shown_product(context, request)
    described = (product,) if product is not None else described_products(context, request.said)
    if len(described) == 1:
        return Outcome(told(context, request, described[0], question=request.said))
    if described:
        return Outcome((products_part(say(context, request, "which_product")["text"], described),))
    hit = fitting_hit(context, request)
    if hit is not None and request.said.intent == "product_question" and "product_question" in hit.intents:
        return answer(context, request)
    if request.active_form is not None:
        return Outcome((say(context, request, "ask_product"),))
    return Outcome(events=(FollowupAction("product_form"),))


def shown_product(context: Context, request: Request) -> Product | None:
    """What "it" is: the one product that the bot showed last."""
    cards = [card for part in request.before for card in part.get("products", ())]
    if len(cards) != 1 or not POINTING.search(request.said.typed):
        return None
    return context.shop.product(cards[0]["id"])


def described_products(context: Context, said: Said) -> tuple[Product, ...]:
    """The products that a question's words can only mean, such as "wool blanket" for one of lambswool.

    A word of it stands in the product's name, and every other one somewhere in what the shop says of the product.
    """
    text = said.typed
    for asked in (PROPERTIES, PRICE_ASKED, STOCK_ASKED):
        text = asked.sub(" ", text)
    words = {_stem(word) for word in wanted_words(text)}
    found = context.shop.find_products(" ".join(sorted(words)), limit=SHOWN) if words else ()
    return tuple(product for product in found if _is_described(product, words))


def _is_described(product: Product, words: set[str]) -> bool:
    name = {_stem(word) for word in re.findall(r"[^\W\d]+", product.name.casefold())}
    told = " ".join((product.name, product.category, product.description, *product.attributes.values())).casefold()
    return bool(words & name) and all(word in told for word in words)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def told(context: Context, request: Request, product: Product, *, question: Said) -> tuple[Part, ...]:
    """Stock if that was asked, else the attribute in question, else what there is to say; with the product's card."""
    if (colour := other_colour(product, question.text)) is not None:
        said = say(context, request, "product_other_colour", product=product.name, colour=colour)["text"]
    elif question.intent == "check_stock" or STOCK_ASKED.search(question.text):
        said = stock_text(context, request, product)
    elif PRICE_ASKED.search(question.text):
        said = say(context, request, "product_price", product=product.name, price=product.price)["text"]
    elif found := asked_attribute(product, question.text):
        said = say(context, request, "product_detail", product=product.name, detail=found[0], detail_value=found[1])[
            "text"
        ]
    else:
        facts: dict[str, Any] = {"product": product.name, "description": product.description, "price": product.price}
        said = say(context, request, "product_facts", **facts)["text"]
    return (products_part(said, [product]),)


def other_colour(product: Product, question: str) -> str | None:
    """The product's colour, if the question names one that it does not have."""
    own = next((value for name, value in product.attributes.items() if name.casefold() == "colour"), None)
    known = f"{own} {product.name}".casefold()
    others = [colour for colour in COLOUR.findall(question) if colour.casefold() not in known]
    return own if others else None


def stock_text(context: Context, request: Request, product: Product) -> str:
    stock = context.shop.in_stock(product.id) or 0
    template = "product_out_of_stock" if stock == 0 else "product_low_stock" if stock <= FEW else "product_in_stock"
    return str(say(context, request, template, product=product.name, stock=stock)["text"])


def asked_attribute(product: Product, question: str) -> tuple[str, str] | None:
    """The attribute that the question names, by its own name, a word people use for it, or a word of its value."""
    words = question.casefold()
    for name, value in product.attributes.items():
        if name.casefold() in words or any(word in words for word in SYNONYMS.get(name.casefold(), ())):
            return name, value
    telling = _long_words(words) - _long_words(product.name.casefold()) - ASKING
    return next(((name, value) for name, value in product.attributes.items() if telling & _long_words(value)), None)


def _long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d]+", text.casefold()) if len(word) > 3}


def ask_product(context: Context, request: Request, values: Values) -> Answer:
    return Answer(parts=(say(context, request, "ask_product"),))


def read_product(context: Context, request: Request, values: Values) -> Answer:
    """A named product, or the best match for what is typed."""
    product = named_product(context, request.said)
    if product is None and request.said.intent in MAY_NAME_ONE and takes_text(request.said):
        product = next(iter(context.shop.find_products(request.said.typed, limit=1)), None)
        if product is None:
            return Answer(parts=(say(context, request, "product_not_found"),))
    return Answer(product.id if product else None)


def answer_product(context: Context, request: Request, values: Values) -> Outcome:
    product = context.shop.product(values["product"])
    if product is None:
        return Outcome((say(context, request, "product_not_found"),))
    return Outcome(told(context, request, product, question=opening(values)))


PRODUCT_FORM = Form(
    name="product_form",
    steps=(Step("product", ask=ask_product, read=read_product),),
    finish=answer_product,
    needs_customer=False,
    holds=False,
)


def discount(context: Context, request: Request) -> Outcome:
    """The code that is named, or those that are valid now."""
    codes = context.shop.discounts(request.customer_id)
    named = CODE.search(request.said.typed)
    if named is not None:
        valid = next((code for code in codes if code.code == named[0]), None)
        if valid is None:
            return Outcome((say(context, request, "discount_invalid", code=named[0]),))
        return Outcome((say(context, request, "discount_valid", code=valid.code, discount=valid.description),))
    if not codes:
        return Outcome((say(context, request, "discount_code"),))
    listed = [f"{code.code}: {code.description}, until {said_day(code.valid_until)}" for code in codes[:SHOWN]]
    return Outcome((say(context, request, "discounts_now", codes="; ".join(listed)),))

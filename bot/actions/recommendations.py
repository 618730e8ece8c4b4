"""What to buy: recommendations for a wish and a budget, and the way to a product that somebody wants to order."""

import re

from bot.actions.answers import answer
from bot.actions.budget import Budget, budget_of, without_budget
from bot.actions.context import Context
from bot.actions.form import is_question
from bot.actions.reply import products_part, say
from bot.actions.request import Outcome, Request, Said
from bot.shop.port import Product
from bot.turn import wishes
from insight import suggestions
from insight.suggestions import Choice

SHOWN = 3
LOOKED_AT = 60  # products that fit the words, among which those in the budget are shown
ASKING = frozenset(
    re.findall(
        r"\S+",
        """
        a about an and any anything are around best birthday budget buy can cheap christmas could do euro euros find for
        from get gift give good got great have help her hi hello him i i'd i'm idea ideas in is it like looking me my
        need nice not of on one or our please pounds present product products quid recommend recommendation
        recommendations shop should show some something spend suggest suggestion suggestions tell than that the their
        them there thing things think this to too up us want wedding what what's which who with would you your
        aunt boss boyfriend brother colleague dad daughter father fiance friend gf girlfriend grandad grandfather
        grandma grandmother granny husband mate mom mother mum neighbour nephew niece partner sister someone son
        teacher uncle wife add basket cart order purchase
        """,
    )
)


def named_product(context: Context, said: Said) -> Product | None:
    product_id = said.entity("product")
    return context.shop.product(str(product_id)) if product_id is not None else None


def recommend(context: Context, request: Request) -> Outcome:
    """What was asked for, from the catalogue; without a wish, what customers like this one bought."""
    budget = budget_of(request.said.typed, request.said.entities)
    wish = wish_of(request.said)
    if wish and (found := fitting(context, wish, budget)):
        return Outcome((products_part(say(context, request, "recommended")["text"], found),))
    chosen = suggested(context, request, budget)
    if not chosen:
        return Outcome((say(context, request, "ask_recommend_what" if not wish else "nothing_to_recommend"),))
    text, reasons = say(context, request, "recommended")["text"], {p.id: c.suggestion.reason for p, c in chosen}
    part = products_part(text, [product for product, _ in chosen], reasons=reasons)
    return Outcome((part | {"chosen": [{**choice.facts, "requested": True} for _, choice in chosen]},))


def order_product(context: Context, request: Request) -> Outcome:
    """The products that somebody wants to order; a question, or a wish for nothing we sell, gets how to order."""
    named = named_product(context, request.said)
    found = [named] if named is not None else [] if is_question(request.said) else ordered(context, request.said)
    if not found:
        return answer(context, request)
    return Outcome((products_part(say(context, request, "product_to_order")["text"], found),))


def ordered(context: Context, said: Said) -> list[Product]:
    """What fits the words inside the budget, if a word stands in the product's name."""
    wish = wish_of(said)
    words = set(wish.split())
    found = fitting(context, wish, budget_of(said.typed, said.entities)) if wish else []
    return [product for product in found if words & set(re.findall(r"\w+", product.name.casefold()))]


def wish_of(said: Said) -> str:
    """The words that say what is looked for, without the asking around them, the price and for whom it is."""
    return " ".join(wanted_words(without_budget(said.typed)))


def wanted_words(text: str) -> list[str]:
    words = re.findall(r"[\w'-]+", text.casefold())
    return [word for word in words if word not in ASKING and not word.isdigit()]


def fitting(context: Context, wish: str, budget: Budget) -> list[Product]:
    """What fits the words and can be bought, inside the budget; if nothing is, what costs less than its upper end."""
    found = [p for p in context.shop.find_products(wish, max_price=budget.most, limit=LOOKED_AT) if p.in_stock]
    inside = [product for product in found if budget.holds(product.price)]
    return (inside or found)[:SHOWN]


def suggested(context: Context, request: Request, budget: Budget) -> list[tuple[Product, Choice]]:
    """What insight chooses, also for who is held back: they asked."""
    named = [str(e["value"]) for e in request.said.entities if e.get("entity") == "product"]
    with context.database.reading() as session:
        found = suggestions.choose_several(
            session,
            request.customer_id or request.visitor_id,
            context.items(),
            context=named,
            exclude=wishes.offered(session, request.conversation_id),
            prices=budget.prices(),
            needs_consent=context.settings.suggestions_need_consent,
            limit=SHOWN,
        )
    products = [(context.shop.product(choice.suggestion.product_id), choice) for choice in found]
    return [(product, choice) for product, choice in products if product is not None]

"""Questions about the shop: the template that search found, else the intent's own, else an honest "I don't know"."""

from typing import Any

from bot import hits
from bot.actions.circumstances import circumstances
from bot.actions.context import Context
from bot.actions.reply import say
from bot.actions.request import Outcome, Request
from retrieval.fill import fill
from retrieval.templates import Template

OWN = {"affirm": "affirm_alone", "deny": "deny_alone"}  # default template where it is not named like the intent
SMALL_TALK = frozenset({"greet", "goodbye", "thanks", "bot_challenge", "out_of_scope"})


def answer(context: Context, request: Request) -> Outcome:
    if request.said.intent == "greet" and request.customer_id is not None:
        customer = context.shop.customer(request.customer_id)
        if customer is not None and customer.first_name:
            return Outcome((say(context, request, "greet_known", customer_name=customer.first_name),))
    template = chosen(context, request)
    if template is None or fill(template, live_facts(context, template), seed=request.message_id) is None:
        return Outcome((say(context, request, "no_answer"),))
    return Outcome((say(context, request, template.id, **live_facts(context, template)),))


def chosen(context: Context, request: Request) -> Template | None:
    """The hit that fits, if it belongs to the intent (any does for `faq`); else the intent's own template."""
    intent = request.said.intent
    own = context.templates.get(OWN.get(intent, intent))
    hit = fitting_hit(context, request)
    if intent in SMALL_TALK or hit is None:
        return own if own is not None and fits(context, request, own) else None
    return hit if intent == "faq" or intent in hit.intents or own is None else own


def fitting_hit(context: Context, request: Request) -> Template | None:
    """The best of what search is sure of and whose conditions hold; None when nothing passed its threshold."""
    named = [context.templates.get(hit.template_id) for hit in hits.sure(request.said.parse)]
    return next((template for template in named if template and fits(context, request, template)), None)


def fits(context: Context, request: Request, template: Template) -> bool:
    """Whether the template's conditions hold; facts are looked up only for one that has some."""
    return template.when is None or template.fits(circumstances(context, request))


def live_facts(context: Context, template: Template) -> dict[str, Any]:
    """Facts that only the shop knows at this moment; asked for only by a template that has such a slot."""
    open_slots = any(slot.value is None for slot in template.slots.values())
    return dict(context.shop.facts()) if open_slots else {}

"""Two-stage fallback and the little words "yes" and "no": what they mean follows from what the bot said last.

First the likeliest wishes are offered as buttons; then the customer is asked to say it differently; then a person is
offered. A typed "yes" is the button that agrees, a typed "no" declines, exactly as if it had been pressed.
"""

import json
import re

from bot.actions.answers import answer, fitting_hit
from bot.actions.context import Context
from bot.actions.flow import resume
from bot.actions.reply import asking, button, say
from bot.actions.request import Outcome, Part, Request
from bot.wishes import KEPT, WISHES
from retrieval.templates import Button

PAYLOAD = re.compile(r"/([a-z_]+)(\{.*\})?", re.DOTALL)
GUESSES = 2


def not_understood(context: Context, request: Request) -> Outcome:
    """A sure hit is simply said; an order number alone asks where the order is; else stage by stage."""
    if fitting_hit(context, request) is not None:
        return answer(context, request)
    if request.said.entity("order_number") is not None:
        return Outcome(events=resume(request, request.said.parse, intent="track_order"))
    before = [part.get("template_id") for part in request.before]
    if "fallback_ask" in before or "fallback_rephrase" in before:
        return Outcome(asking((say(context, request, "fallback_give_up"),)))
    guesses = guess_buttons(request)
    if not guesses:
        return Outcome(asking((say(context, request, "fallback_rephrase"),)))
    buttons = (*guesses, button("Something else", "deny"))
    return Outcome(asking((say(context, request, "fallback_ask", buttons=buttons),)))


def guess_buttons(request: Request) -> list[Button]:
    entities = {name: request.said.entity(name) for name in KEPT if request.said.entity(name) is not None}
    ranking = [str(entry.get("name")) for entry in request.said.parse.get("intent_ranking") or ()]
    return [button(WISHES[intent], intent, **entities) for intent in ranking if intent in WISHES][:GUESSES]


def yes(context: Context, request: Request) -> Outcome:
    """Press the agreeing button of the bot's last question; without such a question it is small talk."""
    agreed = next((found for part in request.before if (found := agreeing(part)) is not None), None)
    if agreed is None:
        return answer(context, request)
    intent, entities = agreed
    message = {"text": "", "model": "button", "entities": entities}
    return Outcome(events=resume(request, message, intent=intent))


def agreeing(part: Part) -> tuple[str, list[dict[str, object]]] | None:
    """Intent and entities of the button that "yes" means: the only one that does not decline, or the best guess."""
    pressed = [button["payload"] for button in part.get("buttons", ()) if not button["payload"].startswith("/deny")]
    guesses = part.get("template_id") == "fallback_ask"
    if not pressed or not (guesses or (len(pressed) == 1 and asks(part))):
        return None
    found = PAYLOAD.fullmatch(pressed[0])
    if found is None or found[1] == "affirm":
        return None
    return found[1], [{"entity": name, "value": value} for name, value in json.loads(found[2] or "{}").items()]


def asks(part: Part) -> bool:
    return bool(part.get("asks")) or str(part.get("text", "")).rstrip().endswith("?")


def no(context: Context, request: Request) -> Outcome:
    if any(part.get("template_id") == "fallback_ask" for part in request.before):
        return Outcome(asking((say(context, request, "fallback_rephrase"),)))
    return answer(context, request)


def stale_choice(context: Context, request: Request) -> Outcome:
    """A button of a question that is no longer open."""
    return Outcome((say(context, request, "choice_is_stale"),))

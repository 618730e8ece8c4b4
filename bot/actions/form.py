"""Forms: a few questions in order, walked by one function that is the validation action of each Rasa form.

Rasa keeps the slots and the open question (`requested_slot`), lets a rule answer whatever the form does not take, and
comes back to the form afterwards. All that reads an answer, asks the next question or finishes is here and in the
form's value, so a form's turn costs one request. A step's slot has its name; forms share slots, since one form is open
at a time, and `opening` holds the message that opened it. (Rasa copies all slots several times a turn: few are fast.)
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.context import Context
from bot.actions.reply import asking, button, plain, say
from bot.actions.request import Event, Outcome, Part, Request, Said, said_from
from bot.shop.errors import ShopError
from bot.wishes import KEPT, WISHES

Values = Mapping[str, Any]
LEAVING = re.compile(
    r"(please )?(stop|quit|exit|abort|never ?mind|forget (it|about it|that)|leave it|drop it|not now|changed my mind"
    r"|i('ve| have)? changed my mind)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"(and |but |so |wait,? )?(how|what|when|where|which|who|why|can|could|do|does|is|are|will|would|should)\b",
    re.IGNORECASE,
)
PATIENCE = 2  # messages in a row that are about something else before a form gives way
OUT_OF_PLACE = frozenset({"affirm", "deny", "nlu_fallback", ""})  # no answer, and nothing that a rule could answer


@dataclass(frozen=True)
class Answer:
    """What came of a step: a value, something to say, or the end of the form (`stop`)."""

    value: Any = None
    parts: tuple[Part, ...] = ()
    stop: bool = False
    events: tuple[Event, ...] = ()


Look = Callable[[Context, Request, Values], Answer]


@dataclass(frozen=True)
class Step:
    """One question. `read` finds the answer in the latest message, `ask` asks or, knowing the answer, gives it.

    `prefill` reads the message that opens the form; `needed` says whether this step is asked at all; `free_text` takes
    whatever is said unless it is a question about something else.
    """

    name: str
    ask: Look
    read: Look
    prefill: Look | None = None
    needed: Callable[[Values], bool] = lambda values: True
    free_text: bool = False


@dataclass(frozen=True)
class Form:
    """`finish` acts on the complete values. A form that does not hold gives way to any other message."""

    name: str
    steps: tuple[Step, ...]
    finish: Callable[[Context, Request, Values], Outcome]
    opened_by: frozenset[str] = frozenset()
    needs_customer: bool = True
    holds: bool = True
    stranger: str = ""  # template for somebody unknown, instead of asking who it is

    @property
    def slots(self) -> tuple[str, ...]:
        return (*(step.name for step in self.steps), "opening")


def run_form(form: Form, context: Context, request: Request) -> Outcome:
    """One turn of the form. No events at all tell Rasa that the message was not for the form."""
    values = {name: request.slots.get(name) for name in form.slots}
    asked = {step.name: step for step in form.steps}.get(request.slots.get("requested_slot") or "")
    if asked is None or (values["opening"] or {}).get("form") != form.name or reopens(form, request):
        return opened(form, context, request)
    if request.interrupted:
        return passed(form, context, request, values)
    return answered(form, asked, context, request, values)


def reopens(form: Form, request: Request) -> bool:
    """Whether the customer starts the same thing again for another order while the form is open."""
    named = request.said.entity("order_number")
    return request.said.intent in form.opened_by and named not in (None, request.slots.get("which"))


def opened(form: Form, context: Context, request: Request) -> Outcome:
    if form.needs_customer and request.customer_id is None:
        if form.stranger:
            return closed(form, parts=(say(context, request, form.stranger),))
        return closed(form, events=(FollowupAction("verify_form"),))
    values: dict[str, Any] = {"opening": kept(form, request.said)}
    parts: list[Part] = []
    for step in form.steps:
        if step.prefill is None:
            continue
        answer = attempt(step.prefill, context, request, values)
        parts += answer.parts
        if answer.stop:
            return closed(form, parts=tuple(parts), events=answer.events)
        values[step.name] = answer.value
    return advance(form, context, request, values, said=tuple(parts))


def passed(form: Form, context: Context, request: Request, values: Values) -> Outcome:
    """A rule answered something else: ask again, unless the customer has plainly moved on."""
    if not form.holds:
        return closed(form)
    count = values["opening"].get("passed", 0) + 1
    if count < PATIENCE:
        return advance(form, context, request, {**values, "opening": values["opening"] | {"passed": count}})
    return closed(form, parts=(put_aside(context, request, opening(values)),))


def put_aside(context: Context, request: Request, opened: Said) -> Part:
    """What the form was for waits behind a button."""
    entities = {name: value for name in KEPT if (value := opened.entity(name)) is not None}
    buttons = [button(WISHES[opened.intent], opened.intent, **entities)] if opened.intent in WISHES else []
    return say(context, request, "form_put_aside", buttons=buttons)


def answered(form: Form, step: Step, context: Context, request: Request, values: Values) -> Outcome:
    answer = attempt(step.read, context, request, values)
    if answer.stop:
        return closed(form, parts=answer.parts, events=answer.events)
    if answer.value is not None:
        again = {**values, step.name: answer.value, "opening": values["opening"] | {"passed": 0}}
        return advance(form, context, request, again, said=answer.parts)
    if answer.parts:
        return advance(form, context, request, values, said=answer.parts)
    if leaves(step, request.said):
        return closed(form, parts=(say(context, request, "form_stopped"),))
    if request.said.intent in form.opened_by:
        return advance(form, context, request, values)
    if not form.holds or interrupts(step, request.said):
        return Outcome()
    return advance(form, context, request, values, said=(say(context, request, "form_not_understood"),))


def advance(form: Form, context: Context, request: Request, values: Values, *, said: tuple[Part, ...] = ()) -> Outcome:
    """Ask the first open question, or finish."""
    known = dict(values)
    for step in form.steps:
        if known.get(step.name) is not None or not step.needed(known):
            continue
        answer = attempt(step.ask, context, request, known)
        if answer.stop:
            return closed(form, parts=said + answer.parts, events=answer.events)
        if answer.value is None:
            return Outcome(said + asking(answer.parts), (*stored(form, known), requested(step.name)))
        known[step.name] = answer.value
        said += answer.parts
    outcome = finished(form, context, request, known)
    return closed(form, parts=said + outcome.parts, events=outcome.events)


def finished(form: Form, context: Context, request: Request, values: Values) -> Outcome:
    try:
        return form.finish(context, request, values)
    except ShopError as error:
        return Outcome((plain(error.message),))


def attempt(look: Look, context: Context, request: Request, values: Values) -> Answer:
    """A refusal of the shop ends the form in the shop's words."""
    try:
        return look(context, request, values)
    except ShopError as error:
        return Answer(parts=(plain(error.message),), stop=True)


def interrupts(step: Step, said: Said) -> bool:
    """Whether a message that did not answer is for a rule: a question or another wish, not a stray word."""
    if said.intent in OUT_OF_PLACE:
        return False
    return not step.free_text or said.intent == "contact_human_agent" or is_question(said)


def takes_text(said: Said) -> bool:
    """Whether a free answer may be read from the message: typed, no question, nobody asking for a person or to stop."""
    if not said.typed or LEAVING.match(said.typed) or said.intent == "contact_human_agent":
        return False
    return not (is_question(said) and said.intent not in OUT_OF_PLACE)


def is_question(said: Said) -> bool:
    return said.typed.endswith("?") or bool(QUESTION.match(said.typed))


def leaves(step: Step, said: Said) -> bool:
    return bool(LEAVING.match(said.typed)) or (said.intent == "deny" and not step.free_text)


def closed(form: Form, *, parts: tuple[Part, ...] = (), events: tuple[Event, ...] = ()) -> Outcome:
    """The form ends here: its slots are emptied, and `events` follow."""
    return Outcome(parts, (*(SlotSet(slot, None) for slot in form.slots), requested(None), *events))


def stored(form: Form, values: Values) -> tuple[Event, ...]:
    return tuple(SlotSet(name, values.get(name)) for name in form.slots)


def requested(slot: str | None) -> Event:
    return SlotSet("requested_slot", slot)


def kept(form: Form, said: Said) -> dict[str, Any]:
    """The message as the slot `opening` holds it, with the form that it opened."""
    return {key: value for key, value in said.parse.items() if key not in ("message_id", "metadata")} | {
        "form": form.name
    }


def opening(values: Values) -> Said:
    """The message that opened the form."""
    return said_from(values.get("opening") or {})

"""Who is asking: order number and e-mail, then the code that was sent there.

What is said never depends on whether order and e-mail belong together.
"""

import re

from bot import verification
from bot.actions.choices import asks, named_order
from bot.actions.context import Context
from bot.actions.flow import resume
from bot.actions.form import Answer, Form, Step, Values
from bot.actions.reply import say
from bot.actions.request import Outcome, Request

EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
CODE = re.compile(r"\b\d{3}[ -]?\d{3}\b")


def read_order(context: Context, request: Request, values: Values) -> Answer:
    return Answer(named_order(request.said, bare=True))


def named_in_opening(context: Context, request: Request, values: Values) -> Answer:
    return Answer(named_order(request.said))


def ask_order(context: Context, request: Request, values: Values) -> Answer:
    if context.send is None:
        return Answer(parts=(say(context, request, "verify_impossible"),), stop=True)
    return Answer(parts=(say(context, request, "verify_first"), say(context, request, "ask_order_number")))


def read_email(context: Context, request: Request, values: Values) -> Answer:
    entity = request.said.entity("email")
    found = EMAIL.search(request.said.typed)
    return Answer(str(entity) if entity else found[0].rstrip(".") if found else None)


def ask_code(context: Context, request: Request, values: Values) -> Answer:
    """Send the code; when the question is only repeated it was sent already."""
    if request.slots.get("requested_slot") == "code":
        return Answer(parts=(say(context, request, "ask_code_again"),))
    send_code(context, request, values)
    return Answer(parts=(say(context, request, "ask_code_sent"),))


def send_code(context: Context, request: Request, values: Values) -> None:
    customer_id, order_id = verification.owner_of(context.shop, order_id=values["order"], email=values["email"])
    with context.database.writing() as session:
        code = verification.request_code(
            session,
            context.settings,
            request.conversation_id,
            customer_id=customer_id,
            order_id=order_id,
            email=values["email"],
        )
    if code is not None and context.send is not None:
        context.send(code.email, code.code)


def read_code(context: Context, request: Request, values: Values) -> Answer:
    found = CODE.search(request.said.typed)
    if found is None:
        return Answer()
    code = found[0].replace(" ", "").replace("-", "")
    with context.database.writing() as session:
        outcome = verification.confirm(session, context.settings, request.conversation_id, code)
    if outcome is verification.Outcome.CONFIRMED:
        return Answer("confirmed")
    if outcome is verification.Outcome.WRONG:
        return Answer(parts=(say(context, request, "code_wrong"),))
    return Answer(parts=(say(context, request, "code_failed"),), stop=True)


def finish(context: Context, request: Request, values: Values) -> Outcome:
    """Thank, and go on with what the customer wanted before."""
    return Outcome((say(context, request, "verified"),), resume(request, values["opening"]))


FORM = Form(
    name="verify_form",
    steps=(
        Step("order", ask=ask_order, read=read_order, prefill=named_in_opening),
        Step("email", ask=asks("ask_email"), read=read_email, prefill=read_email),
        Step("code", ask=ask_code, read=read_code),
    ),
    finish=finish,
    needs_customer=False,
)

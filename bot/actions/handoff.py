"""Handing over to a person: at once when asked, offered after a complaint or when the bot does not know."""

from datetime import UTC, datetime

from rasa_sdk.events import ActiveLoop
from sqlalchemy import select

from bot import conversations
from bot.actions.context import Context
from bot.actions.form import requested
from bot.actions.reply import say
from bot.actions.request import Outcome, Part, Request
from bot.tables import Message
from insight import events

LAST_WORDS = 3
OFFERED = {  # template of the offer that was taken up -> why a person was needed
    "complaint_offer": "sentiment",
    "fallback_give_up": "fallback",
    "no_answer": "fallback",
}
DOING = {
    "account_form": "was changing account details",
    "address_form": "was changing an address",
    "cancel_form": "was cancelling an order",
    "change_form": "was changing an order",
    "delete_form": "was deleting the account",
    "invoice_form": "was asking for an invoice",
    "new_address_form": "was adding an address",
    "newsletter_form": "was asking about the newsletter",
    "product_form": "was asking about a product",
    "return_form": "was returning something",
    "review_form": "was writing a review",
    "verify_form": "was confirming who they are",
}
UNTOLD = ("requested_slot", "session_started_metadata", "opening", "code")


def contact_person(context: Context, request: Request) -> Outcome:
    """Hand over now; an open form ends, and the summary says how far it came."""
    offers = [OFFERED[part["template_id"]] for part in request.before if part.get("template_id") in OFFERED]
    took_up = offers and any(said_yes(request, part) for part in request.before)
    part = hand_over(context, request, reason=offers[-1] if took_up else "asked", wish="asks for a person")
    return Outcome((part,), (ActiveLoop(None), requested(None)))


def said_yes(request: Request, part: Part) -> bool:
    """Whether the message is the offer's button, pressed or said in words, and no wish of the customer's own."""
    return not request.said.typed and bool(part.get("buttons"))


def hand_over(context: Context, request: Request, *, reason: str, wish: str) -> Part:
    """The gateway carries it out and tells the customer; the summary is for the agent."""
    return {"type": "handoff", "reason": reason, "summary": summary(context, request, wish=wish)}


def summary(context: Context, request: Request, *, wish: str) -> str:
    """Who it is, what they want, what they were doing, what an agent settled before, and their last words."""
    customer = context.shop.customer(request.customer_id) if request.customer_id else None
    lines = [f"{customer.name if customer else 'A visitor who has not confirmed who they are'} {wish}."]
    if request.active_form in DOING:
        known = {name: value for name, value in request.slots.items() if value is not None and name not in UNTOLD}
        facts = "; ".join(f"{name}: {value}" for name, value in known.items())
        lines.append(f"The customer {DOING[request.active_form]}{f' ({facts})' if facts else ''}.")
    if said := already_settled(context, request):
        lines.append(f"A colleague settled before: {said}")
    if words := last_words(context, request):
        lines.append("Last messages: " + " / ".join(f"“{text}”" for text in words))
    return "\n".join(lines)


def already_settled(context: Context, request: Request) -> str | None:
    with context.database.reading() as session:
        return conversations.settled(session, request.conversation_id)


def last_words(context: Context, request: Request) -> list[str]:
    with context.database.reading() as session:
        bodies = session.scalars(
            select(Message.body)
            .where(Message.conversation_id == request.conversation_id, Message.author == "customer")
            .order_by(Message.seq.desc())
            .limit(LAST_WORDS)
        ).all()
    return [str(body.get("text", ""))[:200] for body in reversed(bodies) if body.get("text")]


def complain(context: Context, request: Request) -> Outcome:
    """An apology, the complaint on record, and a person if one is wanted."""
    said = (say(context, request, "apology_short"), say(context, request, "complaint_offer"))
    number = request.said.entity("order_number")
    if request.customer_id is not None:
        context.shop.open_complaint(request.customer_id, text=request.said.text, key=request.key("open_complaint"))
    else:
        record_complaint(context, request, order_id=str(number) if number else None)
    return Outcome(said)


def record_complaint(context: Context, request: Request, *, order_id: str | None) -> None:
    """A stranger's complaint is on record, too, though the shop has no account to put it on."""
    complaint = events.Event(
        name="Complaint Opened",
        message_id=request.key("open_complaint"),
        occurred_at=datetime.now(UTC),
        properties={"order_id": order_id, "reason": request.said.text, "resolution": ""},
        anonymous_id=request.visitor_id,
        conversation_id=request.conversation_id,
    )
    with context.database.writing() as session:
        events.append(session, [complaint])

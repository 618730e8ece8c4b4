"""What in a text belongs to one person: replaced by slots where we know what it is, named where we can only suspect it.

Suspicion is on the safe side: every number and every capitalised word that the shop itself never says counts. A text
with something left is never shown to another customer; in a draft it is pointed out to the agent.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sqlalchemy import select

from bot.database import Database
from bot.shop.port import Customer, Order, Product, Shop
from bot.tables import Conversation, Visitor
from nlu.entities import EMAIL, orders
from retrieval.search import passages
from retrieval.slots import Slot
from retrieval.templates import PLACEHOLDER, Template

SLOTS: Mapping[str, Slot] = {
    name: Slot(name, "date" if name.endswith("_on") else "text")
    for name in ("customer_name", "customer_email", "order_number", "tracking_number", "expected_on", "delivered_on")
}
TOKEN = re.compile(r"\{[a-z_]+\}|[^\s,;:!?()\"“”]*\w")
GREETING = re.compile(
    r"^(?P<hello>\s*(?:hi there|hi|hello|hey|dear|good (?:morning|afternoon|evening)|thank you|thanks)[\s,]+)"
    r"(?:(?:mrs?|ms|miss|mx|dr)\.?\s+)?(?P<name>[^\W\d_][\w'’-]*)(?=\s*[,.!\n])",
    re.IGNORECASE,
)
CALENDAR = [
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
]
SAID = ["yes", "no", "sorry", "unfortunately", "sure", "certainly", "great", "okay", "i'm", "i'll", "i've", "i'd"]
GREETINGS = ["hi", "hello", "hey", "dear", "thanks", "thank", "good", "morning", "afternoon", "evening"]
Known = Sequence[tuple[str, str]]  # what is known of a customer: (text, slot)
PLAIN = frozenset({*ENGLISH_STOP_WORDS, *CALENDAR, *SAID, *GREETINGS})


def vocabulary(templates: Iterable[Template], products: Iterable[Product]) -> frozenset[str]:
    """Every word and number that the shop itself says, in lower case."""
    said = [text for template in templates for text in (*passages(template), *template.wordings)]
    said += [text for product in products for text in (product.name, product.category, product.description)]
    return PLAIN.union(_bare(token) for text in said for token in TOKEN.findall(text))


def details(customer: Customer | None, theirs: Sequence[Order]) -> list[tuple[str, str]]:
    """(text, slot) of what is known of a customer, the longest first."""
    found = [(order.id, "order_number") for order in theirs]
    found += [(order.tracking, "tracking_number") for order in theirs]
    if customer is not None:
        found += [(customer.email, "customer_email"), (customer.name, "customer_name")]
        found += [(customer.first_name, "customer_name")]
    return sorted({(text, slot) for text, slot in found if len(text) > 1}, key=lambda pair: -len(pair[0]))


def known(database: Database, shop: Shop, conversation_ids: Collection[str]) -> dict[str, Known]:
    """`details` of the customer of each conversation in which somebody vouches for one."""
    wanted = select(Conversation.id, Visitor.customer_id).join(Visitor, Visitor.id == Conversation.visitor_id)
    with database.reading() as session:
        rows = session.execute(wanted.where(Conversation.id.in_(conversation_ids))).all()
    found = {one: details(shop.customer(one), shop.orders(one)) for one in {one for _, one in rows if one}}
    return {conversation_id: found[customer_id] for conversation_id, customer_id in rows if customer_id}


def masked(text: str, known: Known, words: frozenset[str]) -> str:
    """`text` with slots for what is known of its customer, for who is greeted and for anything like an order number."""
    for value, slot in known:
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"{{{slot}}}", text, flags=re.IGNORECASE)
    text = GREETING.sub(lambda found: _greeted(found, words), text)
    numbers = {(found.start, found.end) for found in (*orders.find(text), *orders.find_bare(text))}
    for start, end in sorted(numbers, reverse=True):
        text = f"{text[:start]}{{order_number}}{text[end:]}"
    return text


def suspects(text: str, words: frozenset[str]) -> list[str]:
    """What is left that may be somebody's: e-mail addresses, numbers and names the shop never says."""
    found = [token for token in TOKEN.findall(text) if not token.startswith("{") and _suspect(token, words)]
    return list(dict.fromkeys(found))


def facts_of(customer: Customer | None, order: Order | None) -> dict[str, object]:
    """What the slots say for the present customer; what is not known is left out."""
    facts: dict[str, object] = {}
    if customer is not None:
        facts |= {"customer_name": customer.first_name, "customer_email": customer.email}
    if order is not None:
        facts |= {"order_number": order.id, "tracking_number": order.tracking}
        facts |= {"expected_on": order.expected_on, "delivered_on": order.delivered_on}
    return {name: value for name, value in facts.items() if value}


def slots_of(text: str) -> dict[str, Slot]:
    return {name: SLOTS[name] for name in PLACEHOLDER.findall(text) if name in SLOTS}


def _greeted(found: re.Match[str], words: frozenset[str]) -> str:
    name = found["name"]
    return found.group() if name.lower() in words else f"{found['hello']}{{customer_name}}"


def _suspect(token: str, words: frozenset[str]) -> bool:
    bare = _bare(token)
    if bare in words or all(part in words for part in re.split(r"[-/’']", bare)):
        return False
    return bool(EMAIL.search(token)) or any(letter.isdigit() for letter in token) or token[:1].isupper()


def _bare(token: str) -> str:
    return token.lower().replace("’", "'").strip(".'-")

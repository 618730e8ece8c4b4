"""Confirmation codes: who knows an order's number and reads its e-mail is that order's customer.

Nobody learns whether an order and an address belong together: a request that matches nothing gets a row and answers
like any other, only no code is ever right for it. A code is derived from the secret key and the row's expiry, so it is
stored nowhere, and the demo page can still show it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import keys
from bot.conversations import identify
from bot.settings import Settings
from bot.shop.port import Shop
from bot.tables import Confirmation, Conversation

VALID_FOR = timedelta(minutes=10)
TRIES = 5
CODES_A_CUSTOMER = 5  # that may be valid at once, over all conversations: more would be guessing
NOBODY = ""


class Outcome(Enum):
    CONFIRMED = "confirmed"
    WRONG = "wrong"
    OVER = "over"  # no tries left, expired, or never asked for: start again


@dataclass(frozen=True)
class Code:
    """A code to be sent; only made when order and e-mail belong to one customer."""

    email: str
    code: str


def owner_of(shop: Shop, *, order_id: str, email: str) -> tuple[str, str]:
    """(customer id, order id) of whoever ordered `order_id` with `email`; (NOBODY, "") when they do not match."""
    order = shop.order(order_id)
    customer = shop.customer(order.customer_id) if order and order.customer_id else None
    same = customer is not None and customer.email.strip().casefold() == email.strip().casefold()
    return (customer.id, order.id) if order and customer and same else (NOBODY, "")


def request_code(
    session: Session, settings: Settings, conversation_id: str, *, customer_id: str, order_id: str, email: str
) -> Code | None:
    """Begin a confirmation (`customer_id` NOBODY: one that cannot succeed); the code to send, or None for none.

    Asking again within the ten minutes does not give new tries.
    """
    now = datetime.now(UTC)
    row = session.get(Confirmation, conversation_id)
    tries = row.tries_left if row is not None and row.expires_at > now else TRIES
    row = row or Confirmation(conversation_id=conversation_id)
    if _valid_codes(session, customer_id, conversation_id, now) >= CODES_A_CUSTOMER:
        customer_id, order_id = NOBODY, ""
    row.customer_id, row.order_id = customer_id, order_id
    row.tries_left, row.expires_at = tries, now + VALID_FOR
    code = _code(settings, row)
    row.code_hash = _hash(settings, conversation_id, code)
    session.add(row)
    session.flush()
    return Code(email, code) if customer_id != NOBODY and tries > 0 else None


def confirm(session: Session, settings: Settings, conversation_id: str, code: str) -> Outcome:
    """Check a typed code; the right one makes the conversation's visitor that customer."""
    row = session.get(Confirmation, conversation_id, with_for_update=True)
    if row is None or row.expires_at <= datetime.now(UTC) or row.tries_left <= 0:
        return Outcome.OVER
    row.tries_left -= 1
    right = keys.same(row.code_hash, _hash(settings, conversation_id, code))
    if not right or row.customer_id == NOBODY:
        return Outcome.WRONG if row.tries_left else Outcome.OVER
    visitor_id = session.execute(select(Conversation.visitor_id).where(Conversation.id == conversation_id)).scalar_one()
    identify(session, visitor_id, row.customer_id, "code")
    session.delete(row)
    return Outcome.CONFIRMED


def latest_demo_code(session: Session, settings: Settings, conversation_id: str) -> str | None:
    """What the demo's e-mail would say; None outside the demo, and when nothing is being confirmed."""
    if not settings.shows_demo:
        return None
    row = session.get(Confirmation, conversation_id)
    if row is None or row.customer_id == NOBODY or row.expires_at <= datetime.now(UTC):
        return None
    return _code(settings, row)


def _valid_codes(session: Session, customer_id: str, conversation_id: str, now: datetime) -> int:
    if customer_id == NOBODY:
        return 0
    others = select(func.count()).where(
        Confirmation.customer_id == customer_id,
        Confirmation.conversation_id != conversation_id,
        Confirmation.expires_at > now,
    )
    return session.execute(others).scalar_one()


def _code(settings: Settings, row: Confirmation) -> str:
    seconds = int(row.expires_at.timestamp())
    digest = _digest(settings, f"code:{row.conversation_id}:{row.customer_id}:{seconds}")
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _hash(settings: Settings, conversation_id: str, code: str) -> str:
    return _digest(settings, f"hash:{conversation_id}:{code}").hex()


def _digest(settings: Settings, text: str) -> bytes:
    return hmac.new(settings.secret_key.encode(), text.encode(), hashlib.sha256).digest()

"""From what the caller tells to a `Situation`; here it is decided whether the person's profile may be used."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypedDict

from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.profile import get
from insight.suggestions.situation import Situation
from insight.suggestions.values import ANY_PRICE, Prices, Said

CONSENT = "policy"  # of the profile's consents: to what the shop asks before the first message


class Told(TypedDict, total=False):
    """What the caller knows of the moment. `context`: ids of the products just talked about, the latest first.

    `needs_consent`: without it, what is known of the person is used for nothing but leaving out.
    """

    context: Sequence[str]
    exclude: Collection[str]
    said: Said | None
    prices: Prices
    needs_consent: bool
    now: datetime


def situate(session: Session, person_id: str, items: Iterable[Item] | Mapping[str, Item], told: Told) -> Situation:
    """What there is to know for a suggestion."""
    now = told.get("now") or datetime.now(UTC)
    seen = get(session, person_id, now=now)
    allowed = seen is not None and (CONSENT in seen.consents or not told.get("needs_consent", False))
    return Situation(
        session=session,
        now=now,
        catalogue=items if isinstance(items, Mapping) else {item.product_id: item for item in items},
        seen=seen,
        profile=seen if allowed else None,
        context=told.get("context", ()),
        exclude=told.get("exclude", ()),
        said=told.get("said"),
        prices=told.get("prices", ANY_PRICE),
    )

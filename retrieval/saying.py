"""Values as customers read them: each type of slot has its way to be said."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from retrieval.slots import Slot

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}


def render(slot: Slot, value: object, facts: Mapping[str, object]) -> str | None:
    """`value` as the slot's type is said, or None when it cannot be."""
    if slot.type == "money":
        return money(value, str(facts.get("currency", slot.currency)))
    if slot.type == "count":
        return counted(value, slot.one, slot.many)
    if slot.type == "number":
        return number(value)
    if slot.type == "date":
        return day(value)
    if slot.type == "list":
        return listed(value)
    return text(value)


def text(value: object) -> str | None:
    """Text on one line; None for anything empty."""
    said = " ".join(str(value).split()) if isinstance(value, str | int | float | Decimal) else ""
    return said or None


def decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def number(value: object) -> str | None:
    """12345.50 as 12,345.5."""
    amount = decimal(value)
    if amount is None:
        return None
    said = f"{amount:,f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def counted(value: object, one: str, many: str) -> str | None:
    """1 as `1 day`, 30 as `30 days`."""
    said = number(value)
    return None if said is None else f"{said} {one if said == '1' else many}"


def money(value: object, currency: str) -> str | None:
    """4.95 as £4.95 and 50 as £50; a currency without a sign of its own stands behind."""
    amount = decimal(value)
    if amount is None:
        return None
    size = f"{abs(amount):,.2f}".removesuffix(".00")
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{size}" if symbol else f"{sign}{size} {currency}".strip()


def day(value: object) -> str | None:
    """A date, a datetime or an ISO string as `3 March 2026`."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else None


def listed(value: object) -> str | None:
    """["a", "b", "c"] as `a, b and c`."""
    if not isinstance(value, list | tuple):
        return None
    items = [text(item) for item in value]
    if not items or None in items:
        return None
    said = [item for item in items if item]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"

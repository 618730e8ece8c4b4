"""A template and facts become a sentence, or None: a hole or a brace never reaches a customer.

Which wording is said follows from the seed alone, so a conversation varies and its replay is the same.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zlib import crc32

from retrieval.slots import Slot
from retrieval.templates import PLACEHOLDER, Template

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}


def fill(template: Template, facts: Mapping[str, object], *, seed: int | str = 0) -> str | None:
    """One wording with every slot filled from `facts`, else from the shop's own; None when none can be filled."""
    start = crc32(template.id.encode()) + (seed if isinstance(seed, int) else crc32(seed.encode()))
    count = len(template.wordings)
    for step in range(count):
        said = fill_wording(template.wordings[(start + step) % count], template.slots, facts)
        if said is not None:
            return said
    return None


def fill_wording(wording: str, slots: Mapping[str, Slot], facts: Mapping[str, object]) -> str | None:
    """`wording` with its slots filled, or None when one of them has no usable value."""
    said = {}
    for name in PLACEHOLDER.findall(wording):
        slot = slots.get(name)
        rendered = None if slot is None else render(slot, facts.get(name, slot.value), facts)
        if rendered is None:
            return None
        said[name] = rendered
    return PLACEHOLDER.sub(lambda match: said[match.group(1)], wording)


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

"""Take what names a person out of a message before it becomes a training example; stand-ins keep the wording real.

"my order HP-48213" becomes "my order HP-12345" and not "my order [NUMBER]", which no customer ever writes: a model
trained on it would learn the brackets (Carrell and others 2013, "Hiding in plain sight"). Rules cannot know every name;
whoever confirms a message reads what will be learned first.
"""

import re
from collections.abc import Sequence
from itertools import cycle

from bot.shop.port import Customer
from nlu.entities import emails, orders

URL = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
LONG_NUMBER = re.compile(r"\+?\(?\d(?:[\s().\-/]{0,2}\d){3,}")  # order numbers, telephones, cards, accounts
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE)
STREET = re.compile(
    r"\b\d{1,4}[A-Za-z]?,?\s+(?:[A-Z][\w'’-]*\s+){1,3}"
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|close|way|place|court|square|gardens|terrace|crescent|quay)\b"
)
NO_NAME = r"(?!(?i:wrong|incorrect|missing|mis-?spel\w+|not|still|on)\b)"
NAMED = re.compile(
    rf"(?i:\b(?:name is|name's|name:|in the name of|called)\s+){NO_NAME}([^\W\d_][\w'’-]*"
    r"(?:\s+[A-Z][\w'’-]*|\s+[a-z][\w'’-]*(?=\s*(?:[,.!?;]|$|and\b))){0,2})"
    r"|(?i:\b(?:i am|i'm|this is|regards,?)\s+)([A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)+)"
)
SITE, SOMEONE, CODE = "https://example.com", "someone@example.com", "AB1 2CD"
FIRST, LAST, STREET_LINE, TOWN = "Alex", "Morgan", "12 High Street", "Anytown"
SHORTEST = 4  # letters that a part of an address must have to be told from other words


def masked(text: str, customer: Customer | None = None) -> str:
    """`text` with stand-ins for addresses, numbers and names; `customer`: who wrote it, where the shop knows."""
    text = URL.sub(SITE, text)
    text = _replaced(text, [(found.start, found.end, SOMEONE) for found in emails(text)])
    if customer is not None:
        text = _without_name(_without_address(text, customer.address), customer.name)
    text = POSTCODE.sub(CODE, STREET.sub(STREET_LINE, text))
    text = LONG_NUMBER.sub(lambda found: _counted(found.group()), text)
    marked = [(found.start, found.end) for found in orders.find(text)]
    text = _replaced(text, [(start, end, _counted(text[start:end])) for start, end in marked])
    return NAMED.sub(_renamed, text)


def _without_name(text: str, name: str) -> str:
    """The whole name however it is written; its parts only with a capital: Will may write "will it come"."""
    parts = [part for part in name.split() if len(part) > 1]
    if not parts:
        return text
    whole = r"[\s,]+".join(re.escape(part) for part in parts)
    text = re.sub(rf"\b{whole}\b", FIRST if len(parts) == 1 else f"{FIRST} {LAST}", text, flags=re.IGNORECASE)
    for part, stand_in in zip(parts, (FIRST, *(LAST for _ in parts)), strict=False):
        written = "|".join(re.escape(form) for form in (part.capitalize(), part.upper(), part))
        text = re.sub(rf"\b(?:{written})\b", stand_in, text)
    return text


def _without_address(text: str, address: str) -> str:
    parts = [part.strip() for part in address.split(",")]
    for part, stand_in in zip(parts, (STREET_LINE, *(TOWN for _ in parts)), strict=False):
        if len(part) >= SHORTEST:
            text = re.sub(rf"\b{re.escape(part)}\b", stand_in, text, flags=re.IGNORECASE)
    return text


def _renamed(found: re.Match[str]) -> str:
    name = found[1] or found[2]
    return found.group().removesuffix(name) + (f"{FIRST} {LAST}" if " " in name else FIRST)


def _counted(number: str) -> str:
    """Each digit by the next of 1, 2, 3 …; what is between them stays."""
    digits = cycle("1234567890")
    return "".join(next(digits) if character.isdecimal() else character for character in number)


def _replaced(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    for start, end, stand_in in sorted(spans, reverse=True):
        text = text[:start] + stand_in + text[end:]
    return text

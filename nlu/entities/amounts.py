"""Amounts of money: `£12.50`, `30€`, `$1,299.00`, `12,50 euros`, `20 pounds`. The value is a number, not a currency:
a shop has one, and the customer's symbol is often the wrong one.
"""

import re

from nlu.parse import Entity

NUMBER = r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?"
SIGN = r"£|€|\$|us\$|gbp|eur|usd"
WORD = r"£|€|\$|gbp|eur|usd|euros?|pounds?|quid|dollars?|bucks?|pence|cents?"
AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?:{SIGN})\s?(?P<after>{NUMBER})|(?P<before>{NUMBER})\s?(?P<word>{WORD}))(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
HUNDREDTHS = ("pence", "cent", "cents")


def find(text: str) -> list[Entity]:
    found = []
    for match in AMOUNT.finditer(text):
        value = number(match["after"] or match["before"])
        if (match["word"] or "").lower() in HUNDREDTHS:
            value = round(value / 100, 2)
        found.append(Entity("amount", value, match.start(), match.end()))
    return found


def number(written: str) -> float:
    """`1,299.00`, `1.299,00` and `12,50` as people mean them: a last mark with one or two digits is the decimal one."""
    decimal = re.search(r"[.,](\d{1,2})$", written)
    whole = written[: decimal.start()] if decimal else written
    digits = re.sub(r"[.,]", "", whole)
    return float(f"{digits}.{decimal[1]}" if decimal else digits)

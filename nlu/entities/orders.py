"""Order numbers: `HP-10482`, `#10482`, `order no. 10482`, and bare ones of five to eight digits.

The value keeps what identifies the order: upper case, `HP-10482` however it was spaced, digits alone where no letters
were written. Whether such an order exists is the shop's to say.
"""

import re

from nlu.parse import Entity

LETTERS = re.compile(r"(?<![\w-])#?(?:([A-Za-z]{2,3})-?|([A-Z]{2,3})\s)(\d{4,10})(?![\w-])")
ONE_LETTER = re.compile(r"(?<![\w-])#?([A-Za-z]\d{6,8})(?![\w-])")
NAMED = re.compile(
    r"(?:#|\b(?:order|invoice|purchase|booking|reference|ref|confirmation)\b"
    r"(?:\s*(?:number|num|nr|no|id|code|is|was|the|[#№.:=]))*)\s*(\d{4,10})(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
BARE = re.compile(r"(?<![\w.,+£$€/@-])(?<![£$€\d] )(\d{5,8})(?![\w/@€£$-]|[.,]\d| \d| ?(?:€|£|\$|euro|pound|dollar))")


def find(text: str) -> list[Entity]:
    """Numbers that are marked as an order's: by letters, a `#` or the word before them."""
    found = [
        Entity("order_number", f"{(match[1] or match[2]).upper()}-{match[3]}", match.start(), match.end())
        for match in LETTERS.finditer(text)
    ]
    for pattern in (ONE_LETTER, NAMED):
        found += _digits(pattern, text)
    return found


def find_bare(text: str) -> list[Entity]:
    """Numbers that nothing marks but their length; asked for last, when dates and amounts have taken theirs."""
    return _digits(BARE, text)


def _digits(pattern: re.Pattern[str], text: str) -> list[Entity]:
    return [Entity("order_number", match[1].upper(), match.start(1), match.end(1)) for match in pattern.finditer(text)]

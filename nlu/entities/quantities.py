"""How many: `2 lamps`, `x3`, `qty: 4`, `two of them`, words to twelve. A number of days, stars or percent is none.

A number counts something when what stands around it says so; "one" only when it plainly does ("one of them", "one
lamp"), because it is mostly a pronoun.
"""

import re
from collections.abc import Iterator, Sequence

from nlu.parse import Entity

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER = re.compile(
    rf"(?<![\w.,:/#£$€+'’-])(?P<x>[x×]\s?)?(?P<number>\d{{1,3}}|{'|'.join(WORDS)})(?P<times>\s?[x×])?"
    r"(?![\w-]|[.,:/]\d|\s?[%€£$])",
    re.IGNORECASE,
)
OTHER_UNITS = re.compile(
    r"\s*(?:business |working |more |whole |full |long |different |other )*"
    r"(?:percent|per cent|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|yrs?|am|pm"
    r"|o'?clock|stars?|times|cm|mm|m|kg|g|inch(?:es)?|feet|ft|lit(?:re|er)s?|ml|people|persons?|euros?|pounds?"
    r"|dollars?|quid|pence|cents?|questions?|things?|problems?|issues?|orders?|e?-?mails?|accounts?|address(?:es)?"
    r"|cards?|calls?|messages?|reasons?|ways?|options?|left|off|kilos?|kilograms?|grams?|met(?:re|er)s?|miles?|players?"
    r"|sizes?)\b",
    re.IGNORECASE,
)
OTHER_NAMES = re.compile(
    r"\b(?:size|page|room|flat|floor|apartment|number|no|nr|step|option|level|version|part|phase|at|by|before|after"
    r"|until|since|around|in|within|over|under|than|aged?|out|is|am|unit|building|house)\.?\s*$",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"\s*(?:of\b|pcs?\b|pieces?\b|units?\b|items?\b|pairs?\b|sets?\b|box(?:es)?\b|packs?\b|more\b)", re.IGNORECASE
)
ASKED = re.compile(
    r"\b(?:to|quantity|qty|amount|need|want|wanted|ordered|buy|bought|get|got|make (?:it|that)|only|just|received)"
    r"[\s:=]*$",
    re.IGNORECASE,
)
NOUN = re.compile(
    r"\s+(?!(?:and|or|is|was|are|were|in|on|at|to|from|for|but|which|that|who|i|it|has|had|have|please|pls|of|the|a"
    r"|then|so|because|not|you|we|my)\b)[^\W\d_]{2,}",
    re.IGNORECASE,
)
ALONE = re.compile(r"\W*(?:just |only )?(?:\d{1,3}|[a-z]+)(?: please| pls)?\W*", re.IGNORECASE)


def find(text: str, *, products: Sequence[int] = ()) -> list[Entity]:
    """Quantities in `text`; `products`: where product names start, for "3 oak tables"."""
    return list(_quantities(text, set(products)))


def _quantities(text: str, products: set[int]) -> Iterator[Entity]:
    alone = ALONE.fullmatch(text) is not None
    for match in NUMBER.finditer(text):
        value = _value(match["number"])
        if value and (alone or _counts(text, match, value, products)):
            yield Entity("quantity", value, match.start(), match.end())


def _counts(text: str, match: re.Match[str], value: int, products: set[int]) -> bool:
    if match["x"] or match["times"]:
        return True
    if OTHER_UNITS.match(text, match.end()):
        return False
    gap = re.compile(r"\s*").match(text, match.end())
    if gap is not None and gap.end() in products and gap.end() > match.end():
        return True
    before = text[max(0, match.start() - 20) : match.start()]
    if OTHER_NAMES.search(before):
        return False
    if COUNTED.match(text, match.end()):
        return True
    if value == 1 and not match["number"].isdigit():
        return False
    noun = NOUN.match(text, match.end())
    if noun and noun.group().strip()[0].isupper() and not text.isupper():  # 18 Orchard Close
        return False
    return bool(noun or ASKED.search(before))


def _value(written: str) -> int:
    return int(written) if written.isdigit() else WORDS.index(written.lower()) + 1

"""Questions that only the turn before makes whole: "and for a gift card?".

Such a question is searched for twice in one, as it stands and behind what was asked before; what was answered then is
not the answer again unless the question itself says so. Whether it is one is decided by its words alone, so that a
message that stands for itself costs nothing more.
"""

import re

from retrieval.lexical import APOSTROPHE

OPENING = re.compile(r"(and|or|but|also|then|what about|how about|what if|same|even|only|as well)\b")
POINTING = re.compile(r"\b(it|its|they|them|their|that|those|these|this|one|ones|mine|there|too|instead|either)\b")
LONGEST_OPENED, LONGEST_POINTING, SHORTEST_WHOLE = 12, 9, 5  # words


def leans_on_the_turn_before(text: str) -> bool:
    """Whether `text` looks like the rest of a question: it goes on, points back, or has hardly a word."""
    said = APOSTROPHE.sub("", " ".join(text.lower().split()))
    count = len(said.split())
    if OPENING.match(said):
        return count <= LONGEST_OPENED
    return 0 < count < SHORTEST_WHOLE or (count <= LONGEST_POINTING and POINTING.search(said) is not None)


def whole(before: str, text: str) -> str:
    """The question with the one before it."""
    return f"{before.strip()} {text.strip()}"

"""A greeting in front of a request is manners: the request is read without it, or the greeting is all that is heard.

What is nothing but a greeting stays whole, and so does a name after one ("hello I am Ann"), or a single word unless a
comma parts them ("hi you", "hi, klarna?").
"""

import re

WORDS = r"hi+|hiya|hello+|helo|hey+|heya|hallo|howdy|yo|greetings|good\s+(?:morning|afternoon|evening|day)|dear"
ADDRESSED = (
    r"there|team|all|everyone|everybody|folks|guys|sir\s+or\s+madam|sir|madam|ma'am|again|dear|friends?|support|"
    r"customer\s+service|to\s+you|shopkeeper"
)
NAMES = r"(?!(?:kitty|from)\b)"  # of things that begin like a greeting
PARTED = r"(?P<mark>[,.!:;…]+\s*|\s+[–-]\s+|\s+|$)"
GREETING = re.compile(rf"\s*(?:(?:{WORDS})\b(?:\s+(?:{ADDRESSED})\b)*{PARTED}{NAMES})+", re.IGNORECASE)
INTRODUCED = re.compile(r"(?:i am|i['’]?m|my name is|this is)\s+\S+(?:\s+\S+)?\s*", re.IGNORECASE)
WORD = re.compile(r"\w")
SHORTEST = 2  # words of a request that nothing parts from the greeting


def without(text: str) -> str:
    """`text` without the greetings that it begins with, where a request is left."""
    found = GREETING.match(text)
    if found is None:
        return text
    rest = text[found.end() :]
    if INTRODUCED.fullmatch(rest):
        return text
    parted = bool(found["mark"].strip())
    return rest if len([word for word in rest.split() if WORD.search(word)]) >= (1 if parted else SHORTEST) else text

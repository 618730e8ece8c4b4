"""Does a message say that the last answer was of no use? A rule and no intent: it is said in few words, about no topic.

Whoever says more than that ("that did not help, where is my order?") has a wish, and the dialogue answers it.
"""

import re

LONGEST = 9  # words
SAYS_SO = re.compile(
    r"\b(?:(?:did|does|do|was|is|are|were)(?:n['’]?t| not) (?:really |very |much |any |of )*(?:help|useful|what i)"
    r"|not (?:really |very |at all )*(?:help|useful)|unhelpful|useless|no (?:help|use)\b"
    r"|(?:did|does)(?:n['’]?t| not) answer (?:my|the) question|(?:wrong|not the right) answer"
    r"|not what i (?:asked|meant|mean))",
    re.IGNORECASE,
)


def says_so(text: str) -> bool:
    """Whether these few words say that the answer did not help."""
    return "?" not in text and len(text.split()) <= LONGEST and SAYS_SO.search(text) is not None

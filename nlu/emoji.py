"""What emoji say: the encoder's vocabulary has next to none of them, and customers show with them how they feel.

Beside words they tell the mood and not the intent, so the intent is read without them and the mood with each in words;
alone they are read in words for both. Those that are not in the table are left to the encoder.
"""

import re

SAID = {
    "angry": "😠😡🤬😤👿💢",
    "annoyed": "🙄😒😑😾",
    "disappointed": "😢😭😞😔😟🙁☹😩😫😥😿😓😖😣💔",
    "disgusting": "🤮🤢💩",
    "shocked": "😱😨😰🤯",
    "no, bad": "👎",
    "yes, good": "👍👌✅",
    "happy": "😀😃😄😁😊🙂😺😌☺😇",
    "funny": "😂🤣😆😅😹",
    "love it": "😍❤♥🥰😘💕💖💗💙💚💛💜🧡🖤🤍😻",
    "great": "🎉🥳🤩👏🙌🔥⭐🌟✨💪😎🏆💯",
    "thank you": "🙏🤗",
    "hello": "👋",
}
WORDS = {emoji: words for words, several in SAID.items() for emoji in several}
MODIFIERS = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"  # colour or not, and of which skin
SHOWN = re.compile(rf"\s*([{''.join(WORDS)}]){MODIFIERS}\s*(?:\1{MODIFIERS}\s*)*")
WORD = re.compile(r"\w")


def spelled(text: str) -> str:
    """`text` with each emoji of the table in words, a repeated one once."""
    return text if text.isascii() else SHOWN.sub(lambda found: f" {WORDS[found[1]]} ", text).strip()


def plain(text: str) -> str:
    """`text` without the emoji of the table; in words where it has nothing else."""
    if text.isascii():
        return text
    left = SHOWN.sub(" ", text).strip()
    return left if WORD.search(left) else spelled(text)


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in it, or an emoji of the table."""
    return WORD.search(spelled(text)) is not None

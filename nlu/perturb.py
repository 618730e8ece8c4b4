"""What haste does to a message: typos, dropped letters, shouting, missing spaces, and what people put around it.

For teaching a model to read such messages and for measuring what they cost. A text says the same before and after, so
its label stays. The same generator gives the same text.
"""

from collections.abc import Callable
from random import Random

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # a key lies over the gap of two of the row below
EMOJI = ("🙂", "😊", "🙏", "😡", "😢", "👍", "❤️", "😂", "🤔", "!!!")
GREETINGS = ("hi", "hello", "hey there", "hi team,", "good morning,", "dear sir or madam,", "hello, quick question:")


def perturb(text: str, kind: str, rate: float, random: Random) -> str:
    """`text` with noise of `kind`, one of `KINDS`; never empty unless `text` is.

    `rate` is the share of letters (keyboard, dropped), words (upper, lower, repeated) or spaces (spaces) that it meets,
    and the chance that an emoji or a greeting is added.
    """
    noisy = KINDS[kind](text, rate, random)
    return noisy if noisy.strip() else text


def _keyboard(text: str, rate: float, random: Random) -> str:
    return "".join(_slip(letter, random) if _typed(letter) and random.random() < rate else letter for letter in text)


def _dropped(text: str, rate: float, random: Random) -> str:
    return "".join(letter for letter in text if not (_typed(letter) and random.random() < rate))


def _upper(text: str, rate: float, random: Random) -> str:
    return " ".join(word.upper() if random.random() < rate else word for word in text.split(" "))


def _lower(text: str, rate: float, random: Random) -> str:
    return " ".join(word.lower() if random.random() < rate else word for word in text.split(" "))


def _spaces(text: str, rate: float, random: Random) -> str:
    return "".join(letter for letter in text if not (letter == " " and random.random() < rate))


def _repeated(text: str, rate: float, random: Random) -> str:
    return " ".join(f"{word} {word}" if word and random.random() < rate else word for word in text.split(" "))


def _emoji(text: str, rate: float, random: Random) -> str:
    return f"{text} {random.choice(EMOJI)}" if random.random() < rate else text


def _greeting(text: str, rate: float, random: Random) -> str:
    return f"{random.choice(GREETINGS)} {text}" if random.random() < rate else text


def _typed(letter: str) -> bool:
    return letter.lower() in NEIGHBOURS


def _slip(letter: str, random: Random) -> str:
    near = random.choice(NEIGHBOURS[letter.lower()])
    return near.upper() if letter.isupper() else near


def _neighbours() -> dict[str, str]:
    """The letters beside, above and below each letter."""
    places = {key: (number, place) for number, row in enumerate(ROWS) for place, key in enumerate(row)}
    return {
        key: "".join(
            other
            for other, (line, column) in places.items()
            if (line - row, column - place) in ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))
        )
        for key, (row, place) in places.items()
    }


NEIGHBOURS = _neighbours()
KINDS: dict[str, Callable[[str, float, Random], str]] = {
    "keyboard": _keyboard,
    "dropped": _dropped,
    "upper": _upper,
    "lower": _lower,
    "spaces": _spaces,
    "repeated": _repeated,
    "emoji": _emoji,
    "greeting": _greeting,
}

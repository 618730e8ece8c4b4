"""The labels a message can get: those of the shop's own examples, each shown by one of them."""

from dataclasses import dataclass
from pathlib import Path

from nlu.data import read

SHORTEST = 6  # words that an example must have to say something


@dataclass(frozen=True)
class Label:
    """An intent, and a message that has it."""

    name: str
    example: str


def labels(intents_file: Path) -> list[Label]:
    """Every label of `intents_file` by name; blocking. Raises `nlu.errors.DataError`."""
    shortest: dict[str, str] = {}
    for example in read(intents_file):
        known = shortest.get(example.label)
        if known is None or _rank(example.text) < _rank(known):
            shortest[example.label] = example.text
    return [Label(name, shortest[name]) for name in sorted(shortest)]


def _rank(text: str) -> tuple[bool, int]:
    return len(text.split()) < SHORTEST, len(text)

"""Finding products by a customer's words: weighted word overlap with inverse document frequency, typos forgiven.

Words of the name count most, then category and attributes, then the description. It is built from the catalogue in
memory (4,000 products take about 0.3 s) and asked without touching the database.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.shop.port import Product

NAME, CATEGORY, ATTRIBUTE, DESCRIPTION = 4.0, 2.0, 1.5, 1.0
INSIDE = 0.5  # what a word counts that is only a part of the product's, "coat" in "raincoat"
SAME_AS = {
    "kid": "children",
    "child": "children",
    "sweater": "jumper",
    "pullover": "jumper",
    "couch": "sofa",
    "sox": "sock",
    "trainer": "shoe",
    "wellie": "wellington",
    "cup": "mug",
    "backpack": "rucksack",
    "robe": "bathrobe",
    "comforter": "duvet",
    "puppy": "dog",
    "kitten": "cat",
}
CLOSE_ENOUGH = 80  # of 100: "lampe", "blankt", "cusion"
COMMON_WORDS = (
    "a an and any are at be can could do does for from give got has have how i im in is it its like looking me my need "
    "of on one or our please show some something sell shop stock that the their them there this to under want we what "
    "which with you your buy below less than cheaper pounds price present gift"
)
STOP_WORDS = frozenset(COMMON_WORDS.split())


@dataclass(frozen=True)
class SearchIndex:
    """Word → (product id → weight), with the words' rarity inside the weights."""

    postings: Mapping[str, Mapping[str, float]]

    def scores(self, text: str) -> dict[str, float]:
        """Product id → score of every product that shares a word with `text`; empty when none does."""
        found: defaultdict[str, float] = defaultdict(float)
        for word in words(text):
            for match, share in self._matches(word):
                for product_id, weight in self.postings[match].items():
                    found[product_id] += weight * share
        return dict(found)

    def _matches(self, word: str) -> list[tuple[str, float]]:
        """The catalogue's words that `word` stands for, each with the share of its weight that counts."""
        exact = [(other, 1.0) for other in dict.fromkeys((word, SAME_AS.get(word, word))) if other in self.postings]
        if len(word) < 4:
            return exact
        inside = [(other, INSIDE) for other in self.postings if word in other and other != word]
        if exact or inside:
            return exact + inside
        close = process.extract(word, self.postings.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH, limit=3)
        return [(match, score / 100) for match, score, _ in close]


def build_index(products: Iterable[Product]) -> SearchIndex:
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    count = 0
    for product in products:
        count += 1
        for text, weight in _fields(product):
            for word in words(text):
                weights[word][product.id] = max(weights[word].get(product.id, 0.0), weight)
    return SearchIndex(
        {
            word: {id: weight * math.log(1 + count / len(by_product)) for id, weight in by_product.items()}
            for word, by_product in weights.items()
        }
    )


def _fields(product: Product) -> list[tuple[str, float]]:
    attributes = " ".join(f"{name} {value}" for name, value in product.attributes.items())
    return [
        (product.name, NAME),
        (product.category, CATEGORY),
        (attributes, ATTRIBUTE),
        (product.description, DESCRIPTION),
    ]


def words(text: str) -> list[str]:
    """Lower-case words without stop words, plurals cut to their singular."""
    found = re.findall(r"[^\W_]+", text.lower())
    return [_singular(word) for word in found if word not in STOP_WORDS]


def _singular(word: str) -> str:
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word

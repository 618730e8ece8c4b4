"""Products of the catalogue in a message: "the oak table" is the Oak Dining Table, "a table" is none.

Words are looked up in the catalogue's vocabulary, a misspelt one in its nearest word. A product is named when words
of its name stand together and carry enough of it: a rare word more than one that many products share. One word alone
is enough only where it is the thing itself (the name's last word before a comma), no other product's, and meant as one
("the kettle").
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.parse import Entity

BREAK = re.compile(r"[.!?;:]\s|\n")
POINTING = ("the", "my", "this", "that", "these", "those", "our")
TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
ENOUGH = 0.55  # of a name's weight
ENOUGH_WITH_HEAD = 0.4  # when its last word, the thing itself, was said
ENOUGH_ALONE = 0.3  # when only that was said, and no other product has it
CLOSE = 0.79  # similarity of a misspelt word: one slip in five letters
SHORTEST_FUZZY = 4
LONG = 7
GAP = 2  # places between neighbouring words of one name
MOST_FUZZY = 40  # misspelt words looked up in a message

SMALL = frozenset(
    TOKEN.findall(
        "a an and are be by can cm do for from i in is it me my not of on or per set the to we with x you your"
    )
)

# Words of ordinary talk with a shop: they never name a product on their own, and are never a misspelt one.
ORDINARY = frozenset(
    TOKEN.findall(
        """
        a about above account actually add address after again all already also always am amount an and
        another any anyone anything arrive arrived as ask asked at available away back bad be because been
        before being best better big bill black blue both bought box break broke broken brown buy by call
        can cancel cannot card cart change changed charge charged cheap cheaper check code color colour come
        company complain complaint confirm contact cost could count customer damage damaged date day days
        deal deliver delivered delivery did different discount do does done dont down each early easy else
        email even ever every exchange expect expensive few find first five fix for form found four free
        from full get getting gift give go going gone good got great green grey had half hand happen
        happened has have he hello help her here hey hi high him his home hope hour hours house how i if in
        info inside instead into invoice is it it's item items its just keep kind know large last late later
        least left less let life light like line little live long look looking lost lot love low made mail
        make many may maybe me mean mind mine minute missing money month more most much must my name need
        never new next nice no none not note nothing now number of off offer offers ok old on once one
        online only open opened or order ordered orders other our out over own package paid paper parcel
        part password pay payment people person phone pick piece pink place placed please post price problem
        product products purchase purple put quality question quick quite ready real really reason receive
        received red refund refunded return returned returning review right round sale same say see seem
        sell send sent service set shall ship shipped shipping shop should show sign since size small so
        some someone something soon sorry speak special still stock stop store such support sure take taken
        talk tell than thank thanks that the their them then there these they thing things think this those
        three time times to today together told tomorrow too top total track tracking travel try two under
        understand until up update upon us use used very voucher wait waiting want wanted was watch way we
        website week weeks well went were what when where which while white who why will wish with within
        without wonder wood work working would write wrong year years yellow yes yesterday yet you your
        """
    )
)


@dataclass(frozen=True)
class _Word:
    """A word of the message that is in the catalogue: as the catalogue writes it, its place (further on
    after the end of a sentence), and where it stands."""

    stem: str
    pointed_at: bool  # on its own it can stand for a product: "the kettle", or nothing else was said
    place: int
    start: int
    end: int


class Catalogue:
    """Finds products by name; `products`: (id, name)."""

    def __init__(self, products: Iterable[tuple[str, str]]) -> None:
        listed = list(products)
        self._ids = [product_id for product_id, _ in listed]
        self._stems = [tuple(dict.fromkeys(stems(name))) for _, name in listed]
        self._heads = [stems(re.split(r"[,(–]| - ", name)[0])[-1:] for _, name in listed]
        self._owners: dict[str, set[int]] = defaultdict(set)
        for product, words in enumerate(self._stems):
            for word in words:
                self._owners[word].add(product)
        self._weights = {word: log(1 + len(listed) / len(owners)) for word, owners in self._owners.items()}
        self._totals = [sum(self._weights[word] for word in words) for words in self._stems]
        self._vocabulary = sorted(word for word in self._owners if len(word) >= SHORTEST_FUZZY and word.isalpha())
        self._nearest = lru_cache(maxsize=10_000)(self._find_nearest)

    def find(self, text: str) -> list[Entity]:
        """The products named in `text`, surest first; each word belongs to one of them only."""
        words = self._known_words(text)
        matches = [match for product in self._candidates(words) for match in self._matches(product, words)]
        found: list[Entity] = []
        used: set[int] = set()
        for _, product, said in sorted(matches, key=lambda match: (-match[0], match[1])):
            places = set(range(said[0].place, said[-1].place + 1))
            if not places & used:
                used |= places
                found.append(Entity("product", self._ids[product], said[0].start, said[-1].end))
        return found

    def _known_words(self, text: str) -> list[_Word]:
        words, looked_up, place = [], 0, 0
        tokens = list(TOKEN.finditer(text))
        for number, match in enumerate(tokens):
            before = tokens[number - 1] if number else None
            place += 1 if before is None or not BREAK.search(text, before.end(), match.start()) else 1 + GAP
            word = written = stem(match.group())
            if word not in self._owners:
                if len(word) < SHORTEST_FUZZY or match.group().lower() in ORDINARY or looked_up == MOST_FUZZY:
                    continue
                looked_up += 1
                word = self._nearest(word)
            if word:
                sure = word == written or len(word) >= LONG
                pointing = before is not None and before.group().lower() in POINTING
                pointed_at = sure and (pointing or len(tokens) == 1)
                words.append(_Word(word, pointed_at, place, match.start(), match.end()))
        return words

    def _find_nearest(self, word: str) -> str:
        best = process.extractOne(word, self._vocabulary, scorer=OSA.normalized_similarity, score_cutoff=CLOSE)
        return best[0] if best else ""

    def _candidates(self, words: Sequence[_Word]) -> set[int]:
        """Products that own two words near each other, or alone own a word."""
        found: set[int] = set()
        for number, word in enumerate(words):
            owners = self._owners[word.stem]
            if len(owners) == 1:
                found |= owners
            for other in words[number + 1 : number + 1 + GAP]:
                if other.place - word.place <= GAP and other.stem != word.stem:
                    found |= owners & self._owners[other.stem]
        return found

    def _matches(self, product: int, words: Sequence[_Word]) -> Iterator[tuple[float, int, list[_Word]]]:
        """(score, product, words) for each place where `product` is named."""
        name = self._stems[product]
        for said in _runs([word for word in words if word.stem in name]):
            distinct = {word.stem for word in said}
            weight = sum(self._weights[word] for word in distinct)
            share = weight / self._totals[product]
            alone = len(said) == 1
            if (not alone or said[0].pointed_at) and self._is_named(product, distinct, share):
                yield weight * (1 + share), product, said

    def _is_named(self, product: int, said: set[str], share: float) -> bool:
        if len(said) == len(self._stems[product]) and len(said) > 1:
            return True
        if said <= ORDINARY:
            return False
        head = said.issuperset(self._heads[product])
        if len(said) == 1:
            return head and share >= ENOUGH_ALONE and len(self._owners[min(said)]) == 1
        return share >= (ENOUGH_WITH_HEAD if head else ENOUGH)


def stems(name: str) -> list[str]:
    """The words that tell a product from others; of a name made of small words and numbers only, all of them."""
    every = [stem(token) for token in TOKEN.findall(name)]
    return [word for word in every if word not in SMALL and not word.isdigit()] or every


def stem(word: str) -> str:
    """Lower case, without accents, a possessive or a plural s."""
    plain = unicodedata.normalize("NFKD", word.lower())
    plain = re.sub(r"['’]s?$", "", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    if len(plain) > 4 and plain.endswith(("shes", "ches", "xes", "sses")):
        return plain[:-2]
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss") else plain


def _runs(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Words that follow each other within `GAP`, as far as none is said twice."""
    run: list[_Word] = []
    for word in words:
        if run and (word.place - run[-1].place > GAP or word.stem in {earlier.stem for earlier in run}):
            yield run
            run = []
        run.append(word)
    if run:
        yield run

"""The words that tell a group of texts from the others: class-based TF-IDF.

W(t, c) = tf(t, c) · log(1 + A / f(t)), with A the mean number of words a class. Source: M. Grootendorst, "BERTopic:
Neural topic modeling with a class-based TF-IDF procedure", arXiv 2203.05794, 2022, equation 2.
"""

from collections.abc import Mapping, Sequence

import numpy as np

WORD = r"(?u)\b[^\W\d_]{2,}\b"
TELLING = frozenset(["too", "not", "no", "never", "without", "cannot", "off", "up", "down", "back", "out"])  # in a pair
FEWEST_PEOPLE = 3  # use a word, or it may be somebody's name


def telling_words(
    texts: Sequence[str], classes: Sequence[int], people: Sequence[str], *, count: int = 6
) -> Mapping[int, tuple[str, ...]]:
    """Up to `count` words or pairs of words for each class, the most telling first; `people` wrote the texts.

    Without digits, and only what `FEWEST_PEOPLE` of the class wrote, so that nobody is told by them.
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    stop = sorted(ENGLISH_STOP_WORDS - TELLING)
    try:
        counter = CountVectorizer(token_pattern=WORD, stop_words=stop, ngram_range=(1, 2), min_df=min(2, len(texts)))
        counts = counter.fit_transform(texts).tocsr()
    except ValueError:  # nothing but stop words
        return {one: () for one in set(classes)}
    terms = counter.get_feature_names_out()
    numbers = np.asarray(classes)
    who = np.unique(np.asarray(people), return_inverse=True)[1]
    kinds = np.unique(numbers)
    totals = np.vstack([np.asarray(counts[numbers == one].sum(axis=0)).ravel() for one in kinds])
    weight = np.log1p(totals.sum() / len(kinds) / np.maximum(totals.sum(axis=0), 1))
    scores = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1) * weight
    found: dict[int, tuple[str, ...]] = {}
    for row, one in enumerate(kinds):
        inside = np.flatnonzero(numbers == one)
        persons = sparse.csr_matrix((np.ones(len(inside)), (who[inside], range(len(inside)))))
        users = np.asarray(((persons @ (counts[inside] > 0).astype(float)) > 0).sum(axis=0)).ravel()
        allowed = np.where(users >= FEWEST_PEOPLE, scores[row], 0.0)
        found[int(one)] = _apart(terms, allowed, count)
    return found


def _apart(terms: np.ndarray, scores: np.ndarray, count: int) -> tuple[str, ...]:
    """The best terms that share no word with a better one; a word that only tells beside another is none alone."""
    chosen: list[str] = []
    taken: set[str] = set()
    for place in np.lexsort((terms, -scores)):
        words = set(terms[place].split())
        if scores[place] <= 0 or len(chosen) == count:
            break
        if not words & taken and not words <= TELLING:
            chosen.append(str(terms[place]))
            taken |= words - TELLING
    return tuple(chosen)

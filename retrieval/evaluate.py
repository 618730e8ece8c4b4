"""How good search is, and the weights and the threshold that make it so.

`tune` sees no query. Each question of a template is searched for twice: word for word, and while it is missing from its
template. What customers type lies between the two, so the weights are those with the best mean reciprocal rank over
both. Then the threshold, and what an unanswerable neighbour takes off, are those with the best F1 of abstaining over
the missing questions and the unanswerable ones (these missing as well), as if one question in three had no answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Index
from retrieval.search import Array, Fusion, Hit, Searcher, rows
from retrieval.templates import Template

UNTUNED = Fusion(nearest=0.5, centre=0.5, lexical=0, intent=0, unanswered=0, threshold=0)
NEAREST = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
LEXICAL = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
INTENT = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
UNANSWERED = tuple(round(0.05 * step, 2) for step in range(17))
UNANSWERABLE_SHARE = 1 / 3
FEWEST_QUESTIONS = 2
NOTHING = -1


@dataclass(frozen=True)
class Case:
    """A question searched for: its evidence, and the place of the template it belongs to (`NOTHING`: it has none)."""

    evidence: Array
    unanswered: float
    answer: int


class Cases:
    """Many of them as arrays: evidence (cases, templates, 4), unanswered (cases,), answer (cases,)."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.evidence = np.stack([case.evidence for case in cases])
        self.unanswered = np.array([case.unanswered for case in cases], dtype=np.float32)
        self.answer = np.array([case.answer for case in cases])
        self.answered = self.answer >= 0


def measure(found: Sequence[Sequence[Hit]], expected: Sequence[str | None]) -> dict[str, float | int | None]:
    """Standard measures of rankings against the expected template ids; None: nothing fits.

    `p_at_1`, `mrr`, `map` and `recall_at_5` are over the questions that have an answer, also where search abstained;
    `abstain_precision` is over the abstentions, `abstain_recall` over the questions without an answer.
    """
    ranks = [rank(hits, answer) for hits, answer in zip(found, expected, strict=True) if answer is not None]
    abstained = [not hits or not hits[0].fits for hits in found]
    nothing = [answer is None for answer in expected]
    rightly = sum(both for both in map(all, zip(abstained, nothing, strict=True)))
    reciprocal = share(sum(1 / place for place in ranks if place), len(ranks))
    return {
        "n": len(expected),
        "map": reciprocal,  # one right answer a question, so that average precision is the reciprocal rank
        "mrr": reciprocal,
        "p_at_1": share(sum(place == 1 for place in ranks), len(ranks)),
        "recall_at_5": share(sum(0 < place <= 5 for place in ranks), len(ranks)),
        "abstain_precision": share(rightly, sum(abstained)),
        "abstain_recall": share(rightly, sum(nothing)),
    }


def rank(hits: Sequence[Hit], answer: str) -> int:
    """The place of `answer` counted from 1, or 0 when it is not among `hits`."""
    return next((place for place, hit in enumerate(hits, 1) if hit.template_id == answer), 0)


def share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def tune(
    templates: Sequence[Template],
    vector_of: Mapping[str, Array],
    none: Sequence[str],
    intents_of: Mapping[str, Mapping[str, float]],
) -> tuple[Fusion, dict[str, float | int | None]]:
    """The fusion that serves the templates' own questions best, and its measures on them while they are missing.

    `vector_of` and `intents_of` are by text.
    """
    held = list(held_out(templates, vector_of, none, intents_of))
    whole = list(word_for_word(templates, vector_of, none, intents_of))
    missing, every = Cases(held), Cases([*held, *whole])
    weighted = max(candidates(with_intents=bool(intents_of)), key=lambda fusion: mean_reciprocal_rank(every, fusion))
    fusion = with_threshold(missing, weighted)
    names = [template.id for template in templates]
    found = [
        [Hit(names[i], float(row[i]), bool(row[i] >= fusion.threshold)) for i in np.argsort(-row, kind="stable")]
        for row in fusion.scores(missing.evidence, missing.unanswered)
    ]
    return fusion, measure(found, [names[place] if place >= 0 else None for place in missing.answer])


def candidates(*, with_intents: bool) -> Iterator[Fusion]:
    for nearest, lexical, intent in product(NEAREST, LEXICAL, INTENT if with_intents else (0.0,)):
        centre = round(1 - nearest - lexical - intent, 2)
        if centre >= 0:
            yield replace(UNTUNED, nearest=nearest, centre=centre, lexical=lexical, intent=intent)


def word_for_word(
    templates: Sequence[Template],
    vector_of: Mapping[str, Array],
    none: Sequence[str],
    intents_of: Mapping[str, Mapping[str, float]],
) -> Iterator[Case]:
    """Every question of a template, searched for as it stands."""
    vectors, ids, kinds = rows(templates, vector_of, none)
    searcher = Searcher(Index.build(vectors, ids, kinds=kinds, model="whole"), templates, UNTUNED)
    for answer, template in enumerate(templates):
        for text in template.questions:
            yield Case(*searcher.evidence(text, vector_of[text], intents_of.get(text, {})), answer)


def held_out(
    templates: Sequence[Template],
    vector_of: Mapping[str, Array],
    none: Sequence[str],
    intents_of: Mapping[str, Mapping[str, float]],
) -> Iterator[Case]:
    """Every question of a template that has others, and every unanswerable one, searched for while it is missing."""
    folds = max((len(template.questions) for template in templates), default=0)
    for fold in range(folds):
        shorter = [without(template, fold) for template in templates]
        others = [text for number, text in enumerate(none) if number % folds != fold]
        vectors, ids, kinds = rows(shorter, vector_of, others)
        searcher = Searcher(Index.build(vectors, ids, kinds=kinds, model="held out"), shorter, UNTUNED)
        asked = [
            (template.questions[fold], searcher.ids.index(template.id))
            for template, rest in zip(templates, shorter, strict=True)
            if len(rest.questions) < len(template.questions)
        ]
        for text, answer in [*asked, *((text, NOTHING) for text in none[fold::folds])]:
            yield Case(*searcher.evidence(text, vector_of[text], intents_of.get(text, {})), answer)


def without(template: Template, number: int) -> Template:
    """`template` without that question, if it keeps one."""
    if len(template.questions) < FEWEST_QUESTIONS or number >= len(template.questions):
        return template
    return replace(template, questions=template.questions[:number] + template.questions[number + 1 :])


def mean_reciprocal_rank(cases: Cases, fusion: Fusion) -> float:
    """Over the cases that have an answer; among equals the right one counts as the last."""
    if not cases.answered.any():
        return 0.0
    scores = fusion.scores(cases.evidence[cases.answered])
    right = np.take_along_axis(scores, cases.answer[cases.answered][:, None], axis=1)
    return float(np.mean(1 / (scores >= right).sum(axis=1)))


def with_threshold(cases: Cases, fusion: Fusion) -> Fusion:
    """`fusion` with the threshold and the weight of unanswerable neighbours that abstain best."""
    best = (-1.0, fusion)
    for weight in UNANSWERED:
        tried = replace(fusion, unanswered=weight)
        f1, threshold = best_threshold(tried.scores(cases.evidence, cases.unanswered).max(axis=1), ~cases.answered)
        best = max(best, (f1, replace(tried, threshold=threshold)), key=lambda pair: pair[0])
    return best[1]


def best_threshold(top: NDArray[np.float32], nothing: NDArray[np.bool_]) -> tuple[float, float]:
    """The highest F1 of abstaining below a score, and that score; 0 and 0 without unanswerable questions."""
    if not nothing.any() or nothing.all():
        return 0.0, 0.0
    edges = np.unique(top)
    limits = (edges[1:] + edges[:-1]) / 2
    right = np.searchsorted(np.sort(top[nothing]), limits) / nothing.sum() * UNANSWERABLE_SHARE
    wrong = np.searchsorted(np.sort(top[~nothing]), limits) / (~nothing).sum() * (1 - UNANSWERABLE_SHARE)
    f1 = 2 * right / (right + wrong + UNANSWERABLE_SHARE)
    best = int(f1.argmax())
    return float(f1[best]), round(float(limits[best]), 4)

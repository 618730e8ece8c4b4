"""The weights and the threshold that serve an FAQ best, chosen from the FAQ itself: no customer's query is seen.

Each question is searched for while it is missing: among the template's other questions, or where it has no other, among
the answers alone, and every question known to have no answer likewise. Where enough questions have others, all weights
are fitted to them; else only how much words count is chosen, which tells an encoder that knows the field from one that
does not, and the rest is `PRIOR` (docs/retrieval-experiments.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from retrieval.evaluate import measure
from retrieval.fusion import EVIDENCE, Array, Fusion, Signs
from retrieval.index import Index
from retrieval.search import Hit, Searcher, joint, rows
from retrieval.templates import Template

PRIOR = Fusion(nearest=0.27, joint=0.46, centre=0.18, lexical=0.09, intent=0, unanswered=0, threshold=0)
LEXICAL = (0.09, 0.13, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # shares of the weight
FOLDS = 4
MOST_CASES = 3000
ENOUGH_TO_FIT = 100
STRENGTH = 20.0  # how sharp the scores are while the weights are fitted, and what pulls them towards the prior
PULL = 0.002
UNANSWERABLE_SHARE = 1 / 3
NOTHING = -1
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A question searched for: its evidence and signs, and the place of its template (`NOTHING`: it has none)."""

    evidence: Array
    signs: Signs
    answer: int


class Cases:
    """Many of them as arrays: evidence (cases, templates, 5), unanswered, known and answer (cases,)."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.evidence = np.stack([case.evidence for case in cases])
        self.signs = [case.signs for case in cases]
        self.answer = np.array([case.answer for case in cases])
        self.answered = self.answer >= 0

    def right(self) -> "Cases":
        """Those that have an answer."""
        kept = np.flatnonzero(self.answered)
        return Cases([Case(self.evidence[i], self.signs[i], int(self.answer[i])) for i in kept])


@dataclass(frozen=True)
class Material:
    """What there is to tune with; vectors and intents are by text."""

    templates: Sequence[Template]
    vector_of: Mapping[str, Array]
    none: Sequence[str]
    intents_of: Mapping[str, Mapping[str, float]]


def tune(material: Material) -> tuple[Fusion, dict[str, float | int | None]]:
    """The fusion that serves the templates' own questions best, and its measures on them while they are missing."""
    held = list(held_out(material))
    if sum(case.answer != NOTHING for case in held) >= ENOUGH_TO_FIT:
        fusion = fitted(Cases(held).right(), with_intents=bool(material.intents_of))
    else:
        held += answers_alone(material)
        if not any(case.answer != NOTHING for case in held):
            return PRIOR, {}
        fusion = with_words(Cases(held).right())
    cases = Cases(held)
    fusion = with_threshold(cases, fusion)
    return fusion, measured(cases, fusion, [template.id for template in material.templates])


def texts(templates: Sequence[Template]) -> list[str]:
    """What tuning needs the vectors of beyond the templates' passages: how they look without their first question."""
    return [joint(without(template, 0, FOLDS)) for template in templates if len(template.questions) > 1]


def held_out(material: Material) -> Iterator[Case]:
    """Every question of a template that has others, and every unanswerable one, searched for while it is missing."""
    folds = min(FOLDS, max((len(template.questions) for template in material.templates), default=0))
    for fold in range(folds if folds > 1 else 0):
        shorter = [without(template, fold, folds) for template in material.templates]
        asked = [
            (question, place)
            for place, (template, rest) in enumerate(zip(material.templates, shorter, strict=True))
            if len(rest.questions) < len(template.questions)
            for question in template.questions[fold::folds]
        ]
        yield from searched(material, shorter, thinned(asked, MOST_CASES // folds), fold, folds)


def answers_alone(material: Material) -> Iterator[Case]:
    """The question of every template that has no other, searched for among the answers alone."""
    alone = [replace(template, questions=()) if template.wordings else template for template in material.templates]
    asked = [
        (template.questions[0], place)
        for place, template in enumerate(material.templates)
        if len(template.questions) == 1 and template.wordings
    ]
    for half in range(2 if asked else 0):
        yield from searched(material, alone, thinned(asked[half::2], MOST_CASES // 2), half, 2)


def searched(
    material: Material, templates: Sequence[Template], asked: Sequence[tuple[str, int]], fold: int, folds: int
) -> Iterator[Case]:
    """Cases of (question, place of its template) and of this fold's unanswerable questions, which are missing too."""
    others = [text for number, text in enumerate(material.none) if number % folds != fold]
    vectors, ids, kinds = rows(templates, material.vector_of, others)
    searcher = Searcher(Index.build(vectors, ids, kinds=kinds, model="missing"), templates, PRIOR)
    for text, answer in [*asked, *((text, NOTHING) for text in material.none[fold::folds])]:
        evidence, signs = searcher.evidence(text, material.vector_of[text], material.intents_of.get(text, {}))
        yield Case(evidence, signs, answer)


def thinned(asked: Sequence[tuple[str, int]], most: int) -> Sequence[tuple[str, int]]:
    """At most so many of them, evenly spread."""
    return asked[:: max(1, -(-len(asked) // max(1, most)))]


def without(template: Template, fold: int, folds: int) -> Template:
    """`template` without the questions of that fold, if it keeps one."""
    kept = tuple(question for number, question in enumerate(template.questions) if number % folds != fold)
    return replace(template, questions=kept) if kept else template


def fitted(cases: Cases, *, with_intents: bool) -> Fusion:
    """The weights that make the right templates likeliest."""
    free = [with_intents or name != "intent" for name in EVIDENCE]
    prior = STRENGTH * PRIOR.weights.astype(np.float64)
    evidence = cases.evidence.astype(np.float64)
    right = np.take_along_axis(evidence, cases.answer[:, None, None], axis=1)[:, 0]

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = evidence @ weights
        likely = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
        away = weights - prior
        value = float(np.mean(logsumexp(scores, axis=1) - right @ weights) + PULL / STRENGTH * away @ away)
        slope = np.mean(np.einsum("ct,cte->ce", likely, evidence) - right, axis=0) + 2 * PULL / STRENGTH * away
        return value, slope

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(0, None if one else 0) for one in free])
    weights = np.round(found.x / found.x.sum(), 3)
    return replace(PRIOR, **dict(zip(EVIDENCE, weights.tolist(), strict=True)))


def with_words(cases: Cases) -> Fusion:
    """The prior, with the weight of words that ranks best."""
    return max(map(wordy, LEXICAL), key=lambda fusion: mean_reciprocal_rank(cases, fusion))


def wordy(lexical: float) -> Fusion:
    rest = (1 - lexical) / (PRIOR.nearest + PRIOR.joint + PRIOR.centre)
    return replace(
        PRIOR,
        nearest=round(PRIOR.nearest * rest, 3),
        joint=round(PRIOR.joint * rest, 3),
        centre=round(PRIOR.centre * rest, 3),
        lexical=lexical,
    )


def mean_reciprocal_rank(cases: Cases, fusion: Fusion) -> float:
    """Among equals the right one counts as the last."""
    scores = fusion.scores(cases.evidence)
    right = np.take_along_axis(scores, cases.answer[:, None], axis=1)
    return float(np.mean(1 / (scores >= right).sum(axis=1)))


def with_threshold(cases: Cases, fusion: Fusion) -> Fusion:
    """`fusion` with the signs and the threshold that tell best what has an answer, as if one in three had none."""
    if cases.answered.all() or not cases.answered.any():
        return fusion
    scores = np.sort(fusion.scores(cases.evidence), axis=1)
    lead = scores[:, -1] - (scores[:, -2] if scores.shape[1] > 1 else 0)
    signs = np.array([(-sign.unanswered, sign.known) for sign in cases.signs])
    facts = np.column_stack([scores[:, -1], lead, signs])
    weights = logistic(facts, cases.answered)
    lead_weight, unanswered, known = (round(float(weight / weights[0]), 3) for weight in weights[1:])
    whole = replace(fusion, lead=lead_weight, unanswered=unanswered, known=known)
    return replace(whole, threshold=best_threshold(facts @ [1, lead_weight, unanswered, known], ~cases.answered))


def logistic(facts: Floats, answered: NDArray[np.bool_]) -> Floats:
    """Weights, none below zero and the first above it, of a logistic regression on `facts`, columns alike in scale."""
    share = np.where(answered, (1 - UNANSWERABLE_SHARE) / answered.mean(), UNANSWERABLE_SHARE / (1 - answered.mean()))
    columns = np.column_stack([facts, np.ones(len(facts))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        likely = expit(columns @ weights)
        value = -float(np.mean(share * np.log(np.where(answered, likely, 1 - likely) + 1e-12)))
        return value + 1e-4 * float(weights @ weights), columns.T @ (share * (likely - answered)) / len(
            columns
        ) + 2e-4 * weights

    start = np.array([1.0] * facts.shape[1] + [0.0])
    bounds = [(0.1, None), *[(0, None)] * (facts.shape[1] - 1), (None, None)]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:-1])


def best_threshold(certain: Floats, nothing: NDArray[np.bool_]) -> float:
    """What to abstain below, so that the lower of abstaining's precision and recall is as high as it can be."""
    edges = np.unique(certain)
    limits = (edges[1:] + edges[:-1]) / 2
    if not len(limits):
        return float(edges[0])
    right = np.searchsorted(np.sort(certain[nothing]), limits) / nothing.sum() * UNANSWERABLE_SHARE
    wrong = np.searchsorted(np.sort(certain[~nothing]), limits) / (~nothing).sum() * (1 - UNANSWERABLE_SHARE)
    lower = np.minimum(right / np.maximum(right + wrong, 1e-9), right / UNANSWERABLE_SHARE)
    return round(float(limits[int(lower.argmax())]), 4)


def measured(cases: Cases, fusion: Fusion, names: Sequence[str]) -> dict[str, float | int | None]:
    found = []
    for evidence, signs in zip(cases.evidence, cases.signs, strict=True):
        scores = fusion.scores(evidence)
        certain = fusion.certainty(scores, signs)
        found.append(
            [
                Hit(names[i], float(certain[i]), bool(certain[i] >= fusion.threshold))
                for i in np.argsort(-scores, kind="stable")
            ]
        )
    return measure(found, [[names[place]] if place >= 0 else [] for place in cases.answer])

"""How good search is: standard measures of rankings."""

from collections.abc import Collection, Sequence

from retrieval.search import Hit


def measure(found: Sequence[Sequence[Hit]], expected: Sequence[Collection[str]]) -> dict[str, float | int | None]:
    """Standard measures of rankings against the template ids that are right; none: nothing fits.

    `p_at_1`, `mrr`, `map` and `recall_at_5` are over the `n_answered` of `n` questions that have an answer, also where
    search abstained; `abstain_precision` is over the `n_abstained` abstentions, `abstain_recall` over the rest of `n`.
    """
    ranks = [rank(hits, answer) for hits, answer in zip(found, expected, strict=True) if answer]
    abstained = [not hits or not hits[0].fits for hits in found]
    nothing = [not answer for answer in expected]
    rightly = sum(both for both in map(all, zip(abstained, nothing, strict=True)))
    reciprocal = share(sum(1 / place for place in ranks if place), len(ranks))
    return {
        "n": len(expected),
        "n_answered": len(ranks),
        "n_abstained": sum(abstained),
        "map": reciprocal,  # the first right answer is the one that counts, so average precision is the reciprocal rank
        "mrr": reciprocal,
        "p_at_1": share(sum(place == 1 for place in ranks), len(ranks)),
        "recall_at_5": share(sum(0 < place <= 5 for place in ranks), len(ranks)),
        "abstain_precision": share(rightly, sum(abstained)),
        "abstain_recall": share(rightly, sum(nothing)),
    }


def rank(hits: Sequence[Hit], answers: Collection[str]) -> int:
    """The place of the first right hit counted from 1, or 0 when there is none."""
    return next((place for place, hit in enumerate(hits, 1) if hit.template_id in answers), 0)


def share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

"""The step that learns from what was shown, clicked and bought which of the best few to show, and judges it first.

All of it comes from the log, so the same log gives the same: the first part of the showings teaches, the later part
judges what was learnt against choosing by rank. Only what surely earns more there acts, until the next refresh.
"""

from dataclasses import asdict
from typing import Any

import numpy as np

from insight.batch.context import Context
from insight.suggestions import judging
from insight.suggestions.judging import Estimate
from insight.suggestions.learning.showings import Showing, read
from insight.suggestions.policy import FEATURES, RESULT, ByRank, Learnt, Policy
from insight.tables import ResultRow

TAUGHT = 0.7  # of the showings; the later ones judge
FEWEST_JUDGED = 500
FEWEST_REWARDED = 20
PENALTY = 3.0
DRAWS = 100
SPREAD = 0.3  # of the draws, in standard deviations of what is known of the weights
SEED = 11


def learn(context: Context) -> dict[str, Any]:
    """Keep the policy that acts from now on; facts say what it would earn a showing, and what the other one would."""
    showings = read(context)
    cut = round(TAUGHT * len(showings))
    taught, judged = showings[:cut], showings[cut:]
    document: dict[str, Any] = {"acts": False, "weights": []}
    facts: dict[str, Any] = {"showings": len(showings), "acts": False}
    if len(judged) >= FEWEST_JUDGED and sum(one.reward > 0 for one in judged) >= FEWEST_REWARDED:
        learnt = fit(taught)
        found = judge(learnt, judged)
        facts |= {"acts": found["gain"].low > 0} | {name: asdict(estimate) for name, estimate in found.items()}
        document = {"acts": facts["acts"], **learnt.as_document()}
    with context.writing() as session:
        session.merge(ResultRow(name=RESULT, as_of=context.now, document=document | {"judged": facts}))
    return facts | {"verdict": verdict(facts)}


def fit(showings: list[Showing]) -> Learnt:
    """Draws from what a ridge regression of the reward leaves open; the same showings give the same ones.

    Source: S. Agrawal, N. Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs", ICML 2013.
    """
    rows = np.stack([one.moment.features()[one.place] for one in showings])
    rewards = np.array([one.reward for one in showings])
    known = rows.T @ rows + PENALTY * np.eye(FEATURES)
    weights = np.linalg.solve(known, rows.T @ rewards)
    noise = SPREAD * float(np.std(rewards - rows @ weights))
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, FEATURES))
    return Learnt(weights + noise * np.linalg.solve(np.linalg.cholesky(known).T, draws.T).T)


def judge(learnt: Learnt, showings: list[Showing]) -> dict[str, Estimate]:
    """What each would have earned a showing: `learnt`, `ranked` and the `gain` of the first, doubly robust; and the
    first one's `ips` and `snips`."""
    foreseen = [learnt.expected(one.moment) for one in showings]
    predicted = np.array([values[one.place] for values, one in zip(foreseen, showings, strict=True)])

    def both(policy: Policy) -> tuple[judging.Showings, np.ndarray]:
        chances = [policy.chances(one.moment) for one in showings]
        told = judging.Showings(
            rewards=np.array([one.reward for one in showings]),
            logged=np.array([one.propensity for one in showings]),
            judged=np.array([chance[one.place] for chance, one in zip(chances, showings, strict=True)]),
        )
        return told, np.array([chance @ values for chance, values in zip(chances, foreseen, strict=True)])

    (ours, our_mean), (theirs, their_mean) = both(learnt), both(ByRank())
    our_terms = judging.terms(ours, predicted=predicted, expected=our_mean)
    their_terms = judging.terms(theirs, predicted=predicted, expected=their_mean)
    return {
        "learnt": judging.doubly_robust(ours, predicted=predicted, expected=our_mean),
        "ranked": judging.doubly_robust(theirs, predicted=predicted, expected=their_mean),
        "gain": judging.gain(our_terms, their_terms),
        "ips": judging.ips(ours),
        "snips": judging.snips(ours),
    }


def verdict(facts: dict[str, Any]) -> str:
    """The facts as a sentence."""
    if "learnt" not in facts:
        return f"Suggestions are shown by rank: {facts['showings']:,} showings are too few to learn from."
    learnt, ranked, gain = (facts[name]["value"] for name in ("learnt", "ranked", "gain"))
    low, high = facts["gain"]["low"], facts["gain"]["high"]
    surely = f"{gain:+.4f} a showing ({low:+.4f} to {high:+.4f})"
    if facts["acts"]:
        return f"Suggestions are shown as learnt, which earns {learnt:.4f} against {ranked:.4f} by rank: {surely}."
    return f"Suggestions are shown by rank: what was learnt does not surely earn more, {surely}."

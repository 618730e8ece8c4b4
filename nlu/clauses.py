"""Two requests in one message: "cancel it and send me the invoice".

A message may be two requests only where its words part: a conjunction or the end of a sentence, with a question or a
wish on both sides ("the lamp is broken and I want a new one" is one request and its reason). The classifier, asked
about both sides, then has the last word: each must be sure, and of another intent. Commas alone part nothing.

A half that speaks of "it" leaves out what it is about, and read alone it often means something else ("where do I enter
the code and does it have to be in capitals" asks nothing about a product). So the message as a whole must allow for
what such a half means; the shares for that were chosen on the sentences of `tests/nlu/leaning_requests.csv`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from nlu.data import OUT_OF_SCOPE
from nlu.network import MAX_CHARACTERS
from nlu.parse import NLU_FALLBACK, Prediction, Thresholds, decide

MOST_HALVES = 4  # points at which a message is tried, which bounds what it can cost
SHORTEST_FIRST, SHORTEST_SECOND = 2, 3  # words
ALLOWED_FOR = 0.01  # share of a leaning half's intent in the message as a whole
SURELY_ASIDE = 0.7  # share of yes, no, thanks and the like from which a half is no request
PARTING = re.compile(
    r"\s*(?:[.?!;]+\s+(?:(?:and|also|then|plus)\b,?\s*)*"
    r"|,?\s+(?:and\s+(?:also|then)|and|also|then|plus|as well as|&)\s+)",
    re.IGNORECASE,
)
ADDING = re.compile(r"\b(?:also|plus|as well as)\b|;", re.IGNORECASE)
QUESTION_WORDS = (
    "who what when where which why how whose whether any do does did can could will would may might is are was were "
    "has have should am don't doesn't didn't can't couldn't won't isn't aren't hasn't haven't"
)
WISHING_VERBS = (
    "add amend arrange ask assist book bring buy call cancel change check close connect correct create delete "
    "deactivate disable email erase exchange explain find fix forward get give help keep know leave let list look make "
    "modify need open order pay put rate recommend refund register remind remove rename replace resend reserve reset "
    "return search send set share ship show sign stop subscribe suggest swap switch take tell trace track transfer "
    "unsubscribe update upgrade use want write"
)
FILLERS = "please also then just kindly first firstly second secondly ok okay hi hello hey and so now"
FILLER = rf"(?:{'|'.join(FILLERS.split())}|while (?:you(?:['’]re| are)|i(?:['’]m| am)) at it),?\s+"
LEANING = re.compile(r"\b(?:it|its|it['’]s|this|that|these|those|they|them|their)\b", re.IGNORECASE)
ORDER_NAMED = r"order\s+(?:number|no\b|nr|#|[\w-]*\d)"  # "order" as a noun
OPENING = rf"(?:{'|'.join((QUESTION_WORDS + ' ' + WISHING_VERBS).split())})\b"
WISHING = "want|need|like|love|wish|have to|must|prefer|looking|hoping|trying"
WISH = rf"(?:i|we)(?:['’](?:d|m|ve))?\s+(?:\w+\s+)?(?:{WISHING})\b"
ASKS = re.compile(
    rf"(?:{FILLER})*(?:(?!{ORDER_NAMED}){OPENING}|{WISH})|.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """A part of a message, `message[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Request:
    """One of the two things a message asks for."""

    intent: str
    confidence: float
    clause: Clause
    prediction: Prediction


Halves = tuple[Clause, Clause]


def halves(message: str) -> list[Halves]:
    """The ways in which `message` may be two requests, by its words alone; most messages have none."""
    return list(islice(_halves(message[:MAX_CHARACTERS]), MOST_HALVES))


def two_requests(
    ways: Collection[Halves],
    predictions: Mapping[str, Prediction],
    thresholds: Thresholds,
    *,
    whole: Prediction,
    aside: Collection[str],
) -> tuple[Request, Request] | None:
    """The surest way that gives two intents, or None: it is one request.

    `predictions` by text, `whole`: of the message; `aside`: intents that go along with a request and are none beside
    it, such as a greeting.
    """
    found = []
    for pair in ways:
        first, second = (_request(clause, predictions[clause.text], thresholds, aside) for clause in pair)
        if first is not None and second is not None and first.intent != second.intent and _stands(second, whole):
            found.append((first, second))
    return max(found, key=lambda pair: min(request.confidence for request in pair), default=None)


def _request(clause: Clause, prediction: Prediction, thresholds: Thresholds, aside: Collection[str]) -> Request | None:
    """What a clause asks for: it is no yes or no to anything, unless that is all it can be."""
    left = [(intent, probability) for intent, probability in prediction.intents if intent not in aside]
    total = sum(probability for _, probability in left)
    if total <= 1.0 - SURELY_ASIDE:
        return None
    meant = replace(prediction, intents=tuple((intent, probability / total) for intent, probability in left))
    intent, confidence = decide(meant, thresholds)
    return None if intent in (OUT_OF_SCOPE, NLU_FALLBACK) else Request(intent, confidence, clause, meant)


def _stands(second: Request, whole: Prediction) -> bool:
    """Whether a second half means what it seems to mean when it is read alone."""
    return not LEANING.search(second.clause.text) or dict(whole.intents).get(second.intent, 0.0) >= ALLOWED_FOR


def _halves(message: str) -> Iterator[Halves]:
    for parting in PARTING.finditer(message):
        first = _clause(message, 0, parting.end() if "?" in parting[0] else parting.start())
        second = _clause(message, parting.end(), len(message))
        if len(first.text.split()) < SHORTEST_FIRST or len(second.text.split()) < SHORTEST_SECOND:
            continue
        if ADDING.search(parting[0]) or (ASKS.match(first.text) and ASKS.match(second.text)):
            yield first, second


def _clause(message: str, start: int, end: int) -> Clause:
    part = message[start:end]
    start += len(part) - len(part.lstrip())
    return Clause(part.strip(), start, start + len(part.strip()))

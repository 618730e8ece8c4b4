"""What to suggest to one person, each with a plain reason; when to show it is the caller's decision.

A product's score and reason come from its strongest source; the other sources that agree count a tenth. The tables it
reads are made by `refresh`; without them there is still the category of what is being talked about.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.profile import Profile, get
from insight.tables import FavouriteRow, NeighbourRow

TOGETHER_WITH_CONTEXT = 1.0
IN_CONTEXT_CATEGORY = 0.75
TOGETHER_WITH_BOUGHT = 0.7
TOGETHER_WITH_INTEREST = 0.65
IN_INTEREST_CATEGORY = 0.6
LIKED_BY_ALIKE = 0.5
POPULAR = 0.2
AGREEMENT = 0.1

SEEDS = 5  # products looked at, and products bought, whose neighbours are candidates
CATEGORIES = 3
STILL_IN_MIND = timedelta(days=365)  # a purchase whose neighbours are worth suggesting
NOT_AGAIN_AFTER_BUYING = timedelta(days=90)
NOT_AGAIN_AFTER_SHOWING = timedelta(days=7)
AUDIENCE_REASONS = {"tier:high": "A favourite of our best customers.", "tier:mid": "A favourite of our regulars."}


@dataclass(frozen=True)
class Suggestion:
    """`reason` is one plain sentence for the customer; `source` names the rule for the log."""

    product_id: str
    reason: str
    source: str
    score: float


@dataclass(frozen=True)
class _Candidate:
    product_id: str
    score: float
    source: str
    reason: str


def suggest(
    session: Session,
    person_id: str,
    items: Iterable[Item],
    *,
    context: Sequence[str] = (),
    exclude: Collection[str] = (),
    limit: int = 1,
    now: datetime | None = None,
) -> list[Suggestion]:
    """Up to `limit` products of `items` for this person, best first; none when nothing is known and nothing sells.

    `context`: ids of the products just talked about, the latest first. Never suggested: what is out of stock, in
    `context` or `exclude`, declined before, bought in the last 90 days or shown in the last 7.
    """
    now = now or datetime.now(UTC)
    catalogue = {item.product_id: item for item in items}
    profile = get(session, person_id, now=now)
    refused = {*context, *exclude, *(_refused(profile, now) if profile else ())}
    allowed = {id for id, item in catalogue.items() if item.in_stock and id not in refused}
    sources: dict[str, list[_Candidate]] = {}
    for candidate in _candidates(session, profile, catalogue, allowed, context):
        if candidate.product_id in allowed:
            sources.setdefault(candidate.product_id, []).append(candidate)
    scored = [_scored(id, candidates) for id, candidates in sources.items()]
    return sorted(scored, key=lambda one: (-one.score, one.product_id))[:limit]


def _scored(product_id: str, candidates: list[_Candidate]) -> Suggestion:
    strongest = max(candidates, key=lambda one: one.score)
    others = sum(one.score for one in candidates) - strongest.score
    return Suggestion(product_id, strongest.reason, strongest.source, round(strongest.score + AGREEMENT * others, 4))


def _refused(profile: Profile, now: datetime) -> Iterator[str]:
    yield from profile.declined
    yield from (id for id, at in profile.bought.items() if now - at < NOT_AGAIN_AFTER_BUYING)
    yield from (id for id, at in profile.shown.items() if now - at < NOT_AGAIN_AFTER_SHOWING)


def _candidates(
    session: Session,
    profile: Profile | None,
    catalogue: Mapping[str, Item],
    allowed: Collection[str],
    context: Sequence[str],
) -> Iterator[_Candidate]:
    yield from _bought_together(session, profile, catalogue, context)
    named = (catalogue[id].category for id in context if id in catalogue)
    talked_about = [category for category in dict.fromkeys(named) if category]
    interests = _shares(profile)
    audiences = [f"in:{category}" for category in [*talked_about, *interests]]
    alike = _alike(profile, interests)
    favourites = _favourites(session, [*audiences, *alike, "all"])
    for category in talked_about:
        reason = f"Because you are looking at our {category.lower()} range."
        for id, score in favourites.get(f"in:{category}") or _nearest_in_price(category, catalogue, allowed, context):
            yield _Candidate(id, IN_CONTEXT_CATEGORY * score, "context_category", reason)
    for category, share in interests.items():
        reason = f"Because you have been looking at our {category.lower()} range."
        for id, score in favourites.get(f"in:{category}", ()):
            yield _Candidate(id, IN_INTEREST_CATEGORY * share * score, "interest", reason)
    for audience, reason in alike.items():
        for id, score in favourites.get(audience, ()):
            yield _Candidate(id, LIKED_BY_ALIKE * score, "alike", reason)
    for id, score in favourites.get("all", ()):
        yield _Candidate(id, POPULAR * score, "popular", "One of our most popular products.")


def _bought_together(
    session: Session, profile: Profile | None, catalogue: Mapping[str, Item], context: Sequence[str]
) -> Iterator[_Candidate]:
    seeds: dict[str, tuple[float, str]] = {}
    if profile is not None:
        fresh = [id for id, at in profile.bought.items() if profile.as_of - at < STILL_IN_MIND]
        latest = sorted(fresh, key=lambda id: (profile.bought[id], id), reverse=True)[:SEEDS]
        seeds |= {one.name: (TOGETHER_WITH_INTEREST, "the {} you looked at") for one in profile.products[:SEEDS]}
        seeds |= {id: (TOGETHER_WITH_BOUGHT, "the {} you bought") for id in latest}
    seeds |= {id: (TOGETHER_WITH_CONTEXT, "the {}") for id in context[:SEEDS]}
    known = [id for id in seeds if id in catalogue]
    found = select(NeighbourRow.product_id, NeighbourRow.other_id, NeighbourRow.score)
    best: dict[str, float] = {}
    rows = session.execute(found.where(NeighbourRow.product_id.in_(known))).all() if known else []
    for seed, _, score in rows:
        best[seed] = max(best.get(seed, 0.0), score)
    for seed, other, score in rows:
        weight, named = seeds[seed]
        reason = f"Often bought together with {named.format(catalogue[seed].name)}."
        yield _Candidate(other, weight * score / best[seed], "bought_together", reason)


def _shares(profile: Profile | None) -> dict[str, float]:
    """The strongest categories and each one's share of them."""
    strongest = profile.categories[:CATEGORIES] if profile else ()
    total = sum(interest.weight for interest in strongest)
    return {interest.name: interest.weight / total for interest in strongest}


def _alike(profile: Profile | None, interests: Mapping[str, float]) -> dict[str, str]:
    """The audiences this person belongs to, with the reason each gives."""
    reasons = {f"category:{category}": _also_buy(category) for category in list(interests)[:1]}
    if profile is not None and f"tier:{profile.tier}" in AUDIENCE_REASONS:
        reasons[f"tier:{profile.tier}"] = AUDIENCE_REASONS[f"tier:{profile.tier}"]
    return reasons


def _also_buy(category: str) -> str:
    return f"A favourite of customers who shop our {category.lower()} range, as you do."


def _favourites(session: Session, audiences: Collection[str]) -> dict[str, list[tuple[str, float]]]:
    columns = (FavouriteRow.audience, FavouriteRow.product_id, FavouriteRow.score)
    by_audience: dict[str, list[tuple[str, float]]] = {}
    for audience, id, score in session.execute(select(*columns).where(FavouriteRow.audience.in_(set(audiences)))):
        by_audience.setdefault(audience, []).append((id, score))
    return by_audience


def _nearest_in_price(
    category: str, catalogue: Mapping[str, Item], allowed: Collection[str], context: Sequence[str]
) -> Iterator[tuple[str, float]]:
    """Where nothing has sold yet: products of the category, better the closer in price to the one talked about."""
    price = next(catalogue[id].price for id in context if id in catalogue and catalogue[id].category == category)
    for id in allowed:
        if catalogue[id].category == category:
            yield id, 1.0 / (1.0 + abs(catalogue[id].price - price) / max(price, 1.0))

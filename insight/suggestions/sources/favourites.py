"""Favourites: of the categories talked about and liked, of customers alike, and of everybody.

They know least of the person and are there from the first sale on; before it, the nearest in price is suggested.
"""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import select

from insight.profile import Profile
from insight.suggestions.situation import Situation
from insight.suggestions.values import Candidate
from insight.tables import FavouriteRow

TALKED_ABOUT, INTEREST, ALIKE, POPULAR = "context_category", "interest", "alike", "popular"
CATEGORIES = 3
AUDIENCE_REASONS = {"tier:high": "A favourite of our best customers.", "tier:mid": "A favourite of our regulars."}


def candidates(situation: Situation) -> Iterator[Candidate]:
    named = (situation.catalogue[id].category for id in situation.context if id in situation.catalogue)
    talked_about = [category for category in dict.fromkeys(named) if category]
    interests = _shares(situation.profile)
    alike = _alike(situation.profile, interests)
    favourites = _read(situation, [*(f"in:{name}" for name in [*talked_about, *interests]), *alike, "all"])
    for category in talked_about:
        reason = f"Because you are looking at our {category.lower()} range."
        for id, score in favourites.get(f"in:{category}") or _nearest_in_price(situation, category):
            yield Candidate(id, TALKED_ABOUT, score, reason)
    for category, share in interests.items():
        reason = f"Because you have been looking at our {category.lower()} range."
        for id, score in favourites.get(f"in:{category}", ()):
            yield Candidate(id, INTEREST, share * score, reason)
    for audience, reason in alike.items():
        for id, score in favourites.get(audience, ()):
            yield Candidate(id, ALIKE, score, reason)
    for id, score in favourites.get("all", ()):
        yield Candidate(id, POPULAR, score, "One of our most popular products.")


def _shares(profile: Profile | None) -> dict[str, float]:
    """The strongest categories and each one's share of them."""
    strongest = profile.categories[:CATEGORIES] if profile else ()
    total = sum(interest.weight for interest in strongest)
    return {interest.name: interest.weight / total for interest in strongest}


def _alike(profile: Profile | None, interests: Mapping[str, float]) -> dict[str, str]:
    """The audiences this person belongs to, with the reason each gives."""
    reasons = {
        f"category:{category}": f"A favourite of customers who shop our {category.lower()} range, as you do."
        for category in list(interests)[:1]
    }
    if profile is not None and f"tier:{profile.tier}" in AUDIENCE_REASONS:
        reasons[f"tier:{profile.tier}"] = AUDIENCE_REASONS[f"tier:{profile.tier}"]
    return reasons


def _read(situation: Situation, audiences: Collection[str]) -> dict[str, list[tuple[str, float]]]:
    columns = (FavouriteRow.audience, FavouriteRow.product_id, FavouriteRow.score)
    by_audience: dict[str, list[tuple[str, float]]] = {}
    rows = situation.session.execute(select(*columns).where(FavouriteRow.audience.in_(set(audiences))))
    for audience, id, score in rows:
        by_audience.setdefault(audience, []).append((id, score))
    return by_audience


def _nearest_in_price(situation: Situation, category: str) -> Iterator[tuple[str, float]]:
    """Where nothing has sold yet: products of the category, better the closer in price to the one talked about."""
    catalogue = situation.catalogue
    price = next(
        catalogue[id].price for id in situation.context if id in catalogue and catalogue[id].category == category
    )
    for id, item in catalogue.items():
        if item.category == category and situation.fits(id):
            yield id, 1.0 / (1.0 + abs(item.price - price) / max(price, 1.0))

"""Where candidates come from: a module a source, with a function of the situation; a new one is a line in `SOURCES`."""

from collections.abc import Callable, Iterable

from insight.suggestions.situation import Situation
from insight.suggestions.sources import again, asked, bundles, content, ease, factors, favourites, together
from insight.suggestions.values import Candidate

Source = Callable[[Situation], Iterable[Candidate]]

SOURCES: tuple[Source, ...] = (
    again.candidates,
    together.candidates,
    factors.candidates,
    ease.candidates,
    content.candidates,
    asked.candidates,
    bundles.candidates,
    favourites.candidates,
)

__all__ = ["SOURCES", "Source"]

"""What to suggest to one person, each with a plain reason; when to show it is the caller's decision.

`sources` propose, one `ranking` compares what they propose, `diversity` mixes categories. The heavy work is done by
`learning`, in the refresh; here only its tables are read. Without them there is still what is being talked about.
"""

from collections.abc import Iterable, Mapping
from typing import Unpack

from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.suggestions import ranking
from insight.suggestions.choosing import Choice, choose, choose_several, held_back
from insight.suggestions.diversity import diverse
from insight.suggestions.situating import Told, situate
from insight.suggestions.values import Prices, Said, Suggestion

__all__ = ["Choice", "Prices", "Said", "Suggestion", "Told", "choose", "choose_several", "held_back", "suggest"]


def suggest(
    session: Session,
    person_id: str,
    items: Iterable[Item] | Mapping[str, Item],
    *,
    limit: int = 1,
    **told: Unpack[Told],
) -> list[Suggestion]:
    """Up to `limit` products of `items` for this person, best first; none when nothing is known and nothing sells.

    `items`: a mapping by id is not copied, which a large shop wants. Never suggested: what is out of stock, outside
    `prices`, in `context` or `exclude`, declined before, shown in the last 7 days, or bought in the last 90 unless it
    is due again.
    """
    situation = situate(session, person_id, items, told)
    return diverse(ranking.ranked(situation, ranking.read(session)), situation.catalogue, limit)

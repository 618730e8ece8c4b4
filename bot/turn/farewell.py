"""When the bot's answer also asks how the talk was: at the customer's first "thank you" or goodbye after a request.

The part says so (`asks_rating`), and the widget draws the stars; nothing is ended by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversations import Work
from bot.database import Database
from bot.tables import Rating
from bot.turn import history
from bot.turn.answers import Part

FAREWELLS = frozenset({"goodbye", "thanks"})
SOCIAL = FAREWELLS | {"greet", "bot_challenge", "affirm", "deny"}
ASKS = "asks_rating"


def says_so(parse: Mapping[str, Any], parts: Sequence[Part], active_loop: str | None) -> bool:
    """Whether message and reply are the end of a talk; needs nothing from the database."""
    plain = all(part["type"] == "text" and not part.get("buttons") for part in parts)
    return parse["intent"]["name"] in FAREWELLS and active_loop is None and bool(parts) and plain


def due(database: Database, work: Work) -> bool:
    """Whether there is something to rate, and nobody has asked or rated yet."""
    with database.reading() as session:
        before = history.earlier(session, work)
        asked = any(one.author == "bot" and one.body.get(ASKS) for one in before)
        served = any(one.parse and one.parse["intent"]["name"] not in SOCIAL for one in before)
        return served and not asked and session.get(Rating, work.conversation_id) is None


def asking(parts: Sequence[Part]) -> list[Part]:
    """The reply with the question in its last part."""
    return [*parts[:-1], {**parts[-1], ASKS: True}]

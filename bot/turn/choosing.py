"""A button that is typed instead of pressed: by its number ("2", "the second one") or by its title."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import select

from bot.conversations import Work
from bot.database import Database
from bot.tables import Message
from bot.turn import payload

LONGEST = 80  # characters of a message that may be a choice
LOOKED_AT = 6  # messages of the bot's latest reply
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
CHOICE = re.compile(
    rf"(?:the|number|option|no\.?|nr\.?|#)?\s*(?:(?P<digit>[1-9])(?:st|nd|rd|th)?|(?P<word>{'|'.join(ORDINALS)}|last))"
    r"(?:\s+(?:one|option|choice))?(?:,?\s*please)?[.!)]?",
    re.IGNORECASE,
)

Button = Mapping[str, str]


def may_choose(text: str) -> bool:
    """Whether a message can be a choice at all; needs nothing from the database."""
    return 0 < len(text) <= LONGEST


def chosen(text: str, buttons: Sequence[Button]) -> Button | None:
    """The one of `buttons` that `text` names by number or by title; None: it names none."""
    said = " ".join(text.split()).casefold()
    titled = next((button for button in buttons if button["title"].casefold() == said), None)
    found = CHOICE.fullmatch(said)
    if titled is not None or found is None:
        return titled
    if found["word"] == "last":
        return buttons[-1] if buttons else None
    place = int(found["digit"]) - 1 if found["digit"] else ORDINALS.index(found["word"])
    return buttons[place] if place < len(buttons) else None


def pressed(database: Database, work: Work) -> Mapping[str, Any] | None:
    """The parse of the button of the bot's latest reply that this typed message names."""
    button = chosen(work.text, _buttons(database, work))
    read = payload.read(button["payload"]) if button is not None else None
    return payload.parse(button["title"], *read) if button is not None and read is not None else None


def _buttons(database: Database, work: Work) -> Sequence[Button]:
    """Of the last part with buttons in the reply right before; a suggestion's are none, it asks nothing."""
    wanted = select(Message.author, Message.body).where(
        Message.conversation_id == work.conversation_id, Message.seq < work.seq
    )
    with database.reading() as session:
        rows = session.execute(wanted.order_by(Message.seq.desc()).limit(LOOKED_AT)).all()
    reply = takewhile(lambda row: row.author == "bot", rows)
    shown = (row.body["buttons"] for row in reply if row.body.get("buttons") and row.body["type"] != "suggestion")
    return next(shown, ())

"""The second of two requests in one message: answered in the same turn, or after the form that the first one opens.

What was put off stands in the reply that says so, which survives a restart; it is offered as a button once nothing is
open any more, and a typed "yes" right after that is the button.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.conversations import Work
from bot.database import Database
from bot.tables import Message
from bot.turn import payload
from bot.turn.answers import Part
from bot.turn.rasa import Decision
from bot.wishes import KEPT, WISHES

PUT_OFF, OFFERED = "put_off", "offered"
Parse = Mapping[str, Any]


def has_two(parse: Parse) -> bool:
    return len(parse.get("intents", ())) > 1


def second_of(database: Database, work: Work, parse: Parse) -> Parse | None:
    """The parse of a message's second request, as Rasa reads it; None: there is none.

    Right after a question of a form there is none either: the form may read all of the message as one answer.
    """
    if not has_two(parse) or (_before(database, work) or {}).get("asks"):
        return None
    request = parse["intents"][1]
    intent = {"name": request["name"], "confidence": request["confidence"]}
    return {
        **{key: value for key, value in parse.items() if key != "intents"},
        "intent": intent,
        "intent_ranking": [intent],
        "entities": request["entities"],
        "response_selector": request["response_selector"],
    }


def with_second(database: Database, work: Work, parse: Parse, decision: Decision, *, asked: bool) -> list[Part]:
    """The reply to the first request, with what is to be said of a second one, now or from earlier.

    `asked`: Rasa was asked for both requests of this message.
    """
    parts = decision.parts
    if decision.both or any(part["type"] == "handoff" for part in parts):
        return parts
    if asked and decision.active_loop is not None:
        return [_put_off(parse["intents"][1]), *parts]
    later: Mapping[str, str] | None = _button(parse["intents"][1]) if asked else None
    if later is None and decision.active_loop is None:
        later = _waiting(database, work)
    return [*parts, _offer(later)] if later is not None else parts


def agreed(database: Database, work: Work) -> Parse | None:
    """The parse of the button that was offered right before this message."""
    before = _before(database, work) or {}
    pressed = payload.read(before["buttons"][0]["payload"]) if before.get("what") == OFFERED else None
    return payload.parse(before["buttons"][0]["title"], *pressed) if pressed else None


def _button(request: Mapping[str, Any]) -> dict[str, str]:
    entities = {name: found for name in KEPT if (found := payload.entity(request, name)) is not None}
    return {
        "title": WISHES.get(request["name"], request["text"]),
        "payload": f"/{request['name']}" + (json.dumps(entities) if entities else ""),
        "said": request["text"],
    }


def _put_off(request: Mapping[str, Any]) -> Part:
    later = _button(request)
    text = f"Those are two things, so one after the other. Afterwards I come back to this: {later['title']}."
    return {"type": "text", "text": text, "what": PUT_OFF, "later": later}


def _offer(later: Mapping[str, str]) -> Part:
    buttons = [
        {"title": later["title"], "payload": later["payload"]},
        {"title": "No, thanks", "payload": "/deny"},
    ]
    text = f"You also wrote: “{later['said']}”. Shall I go on with that?"
    return {"type": "text", "text": text, "what": OFFERED, "buttons": buttons}


def _before(database: Database, work: Work) -> Mapping[str, Any] | None:
    """The message right before this one."""
    with database.reading() as session:
        return session.scalar(
            select(Message.body)
            .where(Message.conversation_id == work.conversation_id, Message.seq < work.seq)
            .order_by(Message.seq.desc())
            .limit(1)
        )


def _waiting(database: Database, work: Work) -> Mapping[str, str] | None:
    """What was put off in this conversation and not offered since."""
    with database.reading() as session:
        latest = session.scalar(
            select(Message.body)
            .where(
                Message.conversation_id == work.conversation_id,
                Message.seq < work.seq,
                Message.author == "bot",
                Message.body["what"].as_string().in_((PUT_OFF, OFFERED)),
            )
            .order_by(Message.seq.desc())
            .limit(1)
        )
    return latest["later"] if latest is not None and latest["what"] == PUT_OFF else None

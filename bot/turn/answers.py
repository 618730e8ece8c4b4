"""What the gateway itself says, without Rasa: apologies, limits, files and clicks on suggestions."""

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]

TALK_TO_A_PERSON = {"title": "Talk to a person", "payload": "/contact_human_agent"}


def apology() -> list[Part]:
    """A part we depend on does not answer."""
    text = (
        "I am sorry, I cannot look that up right now. Your message is safe with us. "
        "Please try again in a moment, or talk to a person."
    )
    return [{"type": "text", "text": text, "buttons": [TALK_TO_A_PERSON]}]


def give_up(text: str) -> list[Part]:
    """Several tries failed: a person takes it from here."""
    sorry = "I am sorry, something went wrong on our side while I was answering you."
    return [{"type": "text", "text": sorry}, handoff("error", f"The bot failed several times to answer: “{text}”")]


def handoff(reason: str, summary: str) -> Part:
    return {"type": "handoff", "reason": reason, "summary": summary}


def too_long(limit: int) -> list[Part]:
    text = (
        f"That message is very long: I can read up to {limit:,} characters at a time. "
        "Please tell me in a few sentences what you need."
    )
    return [{"type": "text", "text": text}]


def file_received() -> list[Part]:
    text = "Thank you, I have kept your file with this conversation, and a colleague can look at it. What is it about?"
    return [{"type": "text", "text": text}]


def did_not_help() -> list[Part]:
    text = "I am sorry that this did not help. Please tell me in other words what you need, or talk to a person."
    return [{"type": "text", "text": text, "buttons": [TALK_TO_A_PERSON]}]


def suggestion_clicked(product: Mapping[str, Any] | None) -> list[Part]:
    if product is None:
        return [{"type": "text", "text": "I am sorry, that product is not in our catalogue any more."}]
    return [{"type": "products", "text": f"Here it is: {product['name']}.", "products": [dict(product)]}]


def suggestion_declined() -> list[Part]:
    return [{"type": "text", "text": "All right, no more suggestions. What else can I do for you?", "what": "declined"}]

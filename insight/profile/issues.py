"""Open issues: complaints, returns and handoffs that nobody has settled yet.

An issue belongs to its conversation and, if it names one, to an order; either can settle it.
"""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import text

MOST_ISSUES = 50


def complained(document: dict[str, Any], recorded: Recorded) -> None:
    _open(document, recorded, "complaint")


def return_requested(document: dict[str, Any], recorded: Recorded) -> None:
    _open(document, recorded, "return")


def handed_off(document: dict[str, Any], recorded: Recorded) -> None:
    """A conversation waits for a person once, however often it is asked for."""
    waiting = (issue for issue in _open_ones(document) if issue["kind"] == "handoff")
    if not any(_is_of(issue, recorded) for issue in waiting):
        _open(document, recorded, "handoff")


def assigned(document: dict[str, Any], recorded: Recorded) -> None:
    """A person has the conversation: nobody waits for one."""
    _close_conversation(document, recorded, kinds=("handoff",))


def requeued(document: dict[str, Any], recorded: Recorded) -> None:
    """Nobody has it any more: the customer has waited since they first asked."""
    asked = [issue for issue in document["issues"] if issue["kind"] == "handoff" and _is_of(issue, recorded)]
    if asked and asked[-1]["closed_by"] == "Conversation Assigned":
        asked[-1]["closed_at"] = asked[-1]["closed_by"] = None
    else:
        handed_off(document, recorded)


def released(document: dict[str, Any], recorded: Recorded) -> None:
    """The agent gave the conversation back to the bot: the handoff is over, what it was about may not be."""
    _close_conversation(document, recorded, kinds=("handoff",))


def resolved(document: dict[str, Any], recorded: Recorded) -> None:
    """An agent settles complaints too, the end of a talk with the bot only handoffs; a return waits for its refund."""
    over = text(recorded.event.properties, "by") in ("silence", "customer")
    _close_conversation(document, recorded, kinds=("handoff",) if over else ("handoff", "complaint"))


def reopened(document: dict[str, Any], recorded: Recorded) -> None:
    """What was settled by resolving this conversation is open again; the bot has it, so nobody waits for a person."""
    for issue in document["issues"]:
        settled_then = issue["closed_by"] == "Conversation Resolved" and issue["kind"] != "handoff"
        if settled_then and _is_of(issue, recorded):
            issue["closed_at"] = issue["closed_by"] = None


def settled(document: dict[str, Any], recorded: Recorded) -> None:
    """A refund, or an update that says how it was resolved, settles the order's complaint and return."""
    properties = recorded.event.properties
    order_id = text(properties, "order_id")
    if order_id is None or (recorded.event.name == "Order Updated" and text(properties, "resolution") is None):
        return
    for issue in _open_ones(document):
        if issue["order_id"] == order_id and issue["kind"] != "handoff":
            _close(issue, recorded)


def _open(document: dict[str, Any], recorded: Recorded, kind: str) -> None:
    properties = recorded.event.properties
    document["issues"].append(
        {
            "kind": kind,
            "order_id": text(properties, "order_id"),
            "product_id": text(properties, "product_id"),
            "reason": text(properties, "reason"),
            "conversation_id": recorded.event.conversation_id,
            "event_id": recorded.id,
            "opened_at": recorded.event.occurred_at.timestamp(),
            "closed_at": None,
            "closed_by": None,
        }
    )
    if len(document["issues"]) > MOST_ISSUES:
        document["issues"] = _open_ones(document)[-MOST_ISSUES:]


def _open_ones(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [issue for issue in document["issues"] if issue["closed_at"] is None]


def _close_conversation(document: dict[str, Any], recorded: Recorded, *, kinds: tuple[str, ...]) -> None:
    for issue in _open_ones(document):
        if issue["kind"] in kinds and _is_of(issue, recorded):
            _close(issue, recorded)


def _is_of(issue: dict[str, Any], recorded: Recorded) -> bool:
    return issue["conversation_id"] == recorded.event.conversation_id


def _close(issue: dict[str, Any], recorded: Recorded) -> None:
    issue["closed_at"] = recorded.event.occurred_at.timestamp()
    issue["closed_by"] = recorded.event.name

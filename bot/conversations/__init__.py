"""Conversations: the only code that writes conversation and message rows.

Every function takes a session inside `Database.writing()` (the lists: `reading()`), never commits, and appends its
event to the insight log in the same transaction. It locks the conversation's row first, so `seq` has no holes and
nobody replies to what another has just taken; one transaction touches one conversation.
"""

from bot.conversations.accepting import Accepted, accept, mark_read, mark_seen
from bot.conversations.assigning import assign_next
from bot.conversations.audit import deeds, did
from bot.conversations.errors import Closed, NotOffered
from bot.conversations.handoff import hand_off, note, release, resolve, say, settled, take
from bot.conversations.lease import acquire, let_go, renew
from bot.conversations.lists import counts, find, messages, owned, resolved, snoozed, waiting, with_bot
from bot.conversations.opening import end_by_customer, end_silent, open_conversation
from bot.conversations.queueing import Place, leave_message, place
from bot.conversations.rating import decline, last_answer, rate, rate_answer
from bot.conversations.replying import Understood, record, reply
from bot.conversations.searching import Match, search
from bot.conversations.silence import requeue_silent, requeue_unanswered
from bot.conversations.sorting import (
    PRIORITIES,
    mark,
    merge,
    reassign,
    set_priority,
    snooze,
    tag,
    tags,
    teams,
    transfer,
    untag,
    wake_next,
)
from bot.conversations.visitors import consent, identify, open_visitor
from bot.conversations.work import Work, next_work, owed

__all__ = [
    "PRIORITIES",
    "Accepted",
    "Closed",
    "Match",
    "NotOffered",
    "Place",
    "Understood",
    "Work",
    "accept",
    "acquire",
    "assign_next",
    "consent",
    "counts",
    "decline",
    "deeds",
    "did",
    "end_by_customer",
    "end_silent",
    "find",
    "hand_off",
    "identify",
    "last_answer",
    "leave_message",
    "let_go",
    "mark",
    "mark_read",
    "mark_seen",
    "merge",
    "messages",
    "next_work",
    "note",
    "open_conversation",
    "open_visitor",
    "owed",
    "owned",
    "place",
    "rate",
    "rate_answer",
    "reassign",
    "record",
    "release",
    "renew",
    "reply",
    "requeue_silent",
    "requeue_unanswered",
    "resolve",
    "resolved",
    "say",
    "search",
    "set_priority",
    "settled",
    "snooze",
    "snoozed",
    "tag",
    "tags",
    "take",
    "teams",
    "transfer",
    "untag",
    "waiting",
    "wake_next",
    "with_bot",
]

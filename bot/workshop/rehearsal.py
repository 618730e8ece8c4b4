"""What a new answer would have done: the latest messages searched with and without it, by the models that serve.

A message that the classifier was sure about never gets a published answer, however near it is, unless the answer names
its intent; so only those that search decides are searched, and the others are told apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.models.port import DRAFT, Rehearsed
from bot.workshop.questions import ABSTAINED, Row

MESSAGES = 2_000


@dataclass(frozen=True)
class Typed:
    """A customer's message of the log; `answered`: the bot said something to it; `helped`: with a thumb up."""

    message_id: int
    text: str
    intent: str
    answered: bool
    helped: bool


@dataclass(frozen=True)
class Missed:
    """A question of the group that would still not get the answer, and why."""

    text: str
    why: str


@dataclass(frozen=True)
class Caught:
    """A message that was answered well and would get the new answer instead of `instead`; `helped`: with a thumb up."""

    text: str
    instead: str | None
    helped: bool


@dataclass(frozen=True)
class Rehearsal:
    looked_at: int
    answered: tuple[str, ...]  # of the group
    missed: tuple[Missed, ...]
    also: tuple[str, ...]  # others that had no good answer either
    wrong: tuple[Caught, ...]  # first those that customers gave a thumb up


def latest(conversations: Sequence[Sequence[Row]]) -> list[Typed]:
    """The newest messages that ask something, the newest first."""
    typed = []
    for rows in conversations:
        answered = {row.answers_seq for row in rows if row.author == "bot"}
        helped = {row.answers_seq for row in rows if row.author == "bot" and row.helpful}
        typed += [
            Typed(row.id, row.text, row.intent, row.seq in answered, row.seq in helped) for row in rows if row.asks
        ]
    return sorted(typed, key=lambda message: -message.message_id)[:MESSAGES]


def decided_by_search(message: Typed, intents: Collection[str]) -> bool:
    return message.intent in ABSTAINED or message.intent in intents


def sort_out(
    messages: Sequence[Typed],
    found: Sequence[Rehearsed | None],
    *,
    group: Collection[int],
    unanswered: Collection[int],
) -> Rehearsal:
    """`found`: for each message, None when search does not decide it. `group`, `unanswered`: message ids."""
    answered: list[str] = []
    missed: list[Missed] = []
    also: list[str] = []
    wrong: list[Caught] = []
    for message, result in zip(messages, found, strict=True):
        caught = result is not None and _catches(result)
        if message.message_id in group:
            if caught:
                answered.append(message.text)
            else:
                missed.append(Missed(message.text, _why(message, result)))
        elif caught and result is not None and message.answered and message.message_id not in unanswered:
            before = result.before
            instead = before.template_id if before is not None and before.fits else None
            wrong.append(Caught(message.text, instead, message.helped))
        elif caught:
            also.append(message.text)
    wrong.sort(key=lambda caught: not caught.helped)
    return Rehearsal(len(messages), tuple(answered), tuple(missed), tuple(also), tuple(wrong))


def _catches(result: Rehearsed) -> bool:
    return result.after is not None and result.after.fits and result.after.template_id == DRAFT


def _why(message: Typed, result: Rehearsed | None) -> str:
    if result is None:
        return f"It is understood as “{message.intent.replace('_', ' ')}”, which has an answer of its own."
    if result.after is not None and result.after.template_id != DRAFT:
        return f"“{result.after.template_id}” is nearer. Add this question, or say it more like the customer."
    return "It is too far from your questions. Add it as one of them."

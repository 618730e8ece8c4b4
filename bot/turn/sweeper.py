"""The sweeper: whoever died, every accepted message gets its answer, and silent conversations end.

It also keeps the agents' desk: who waits is given to whoever is free, what a silent agent has goes back to the queue,
and what was put aside comes back in time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import conversations
from bot.errors import NotFound
from bot.segment_reactions import Reaction
from bot.tables import Conversation
from bot.turn.engine import Engine
from bot.turn.reacting import react

log = logging.getLogger(__name__)

PERIOD_S = 1.0
END_SILENT_EVERY = 60  # sweeps


@dataclass(frozen=True)
class Desk:
    """How the desk is kept."""

    automatic: bool  # the queue is given to agents who are free
    silent_after: timedelta  # that a customer waits for an agent who does nothing
    reactions: Sequence[Reaction] = ()


async def run(engine: Engine, desk: Desk) -> None:
    """Sweep until cancelled, beginning at once."""
    sweeps = 0
    while True:
        try:
            await sweep(engine)
            await keep_desk(engine, desk)
            if sweeps % END_SILENT_EVERY == 0:
                await asyncio.to_thread(end_silent, engine)
        except (SQLAlchemyError, NotFound) as error:  # not found: erased a moment ago
            log.warning("sweep failed: %s", type(error).__name__)
        sweeps += 1
        await asyncio.sleep(PERIOD_S)


async def sweep(engine: Engine) -> int:
    """Begin the turns that nobody works on; returns how many conversations that were."""
    owed = await asyncio.to_thread(_owed, engine)
    begun = [await engine.resume(conversation_id) for conversation_id in owed]
    return sum(begun)


async def keep_desk(engine: Engine, desk: Desk) -> None:
    """Whatever is due at the desk now, one transaction a conversation; open pages are told."""
    for conversation_id, seq in await asyncio.to_thread(lambda: list(_changed_at_desk(engine, desk))):
        await engine.push.publish(conversation_id, seq)


def end_silent(engine: Engine) -> None:
    """End what has been silent for 24 hours, one transaction each."""
    ended = True
    while ended:
        with engine.database.writing() as session:
            ended = conversations.end_silent(session)


def _changed_at_desk(engine: Engine, desk: Desk) -> Iterator[tuple[str, int]]:
    steps: list[Callable[[Session], Conversation | None]] = [
        conversations.wake_next,
        conversations.requeue_silent,
        partial(conversations.requeue_unanswered, after=desk.silent_after),
    ]
    if desk.reactions:
        steps.append(lambda session: react(session, desk.reactions))
    if desk.automatic:
        steps.append(conversations.assign_next)
    for step in steps:
        while True:
            with engine.database.writing() as session:
                changed = step(session)
            if changed is None:
                break
            yield changed.id, changed.last_seq


def _owed(engine: Engine) -> list[str]:
    with engine.database.reading() as session:
        return conversations.owed(session)

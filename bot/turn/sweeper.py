"""The sweeper: whoever died, every accepted message gets its answer, and silent conversations end."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from bot import conversations
from bot.turn.engine import Engine

log = logging.getLogger(__name__)

PERIOD_S = 1.0
END_SILENT_EVERY = 60  # sweeps


async def run(engine: Engine) -> None:
    """Sweep until cancelled, beginning at once."""
    sweeps = 0
    while True:
        try:
            await sweep(engine)
            if sweeps % END_SILENT_EVERY == 0:
                await asyncio.to_thread(end_silent, engine)
        except SQLAlchemyError as error:
            log.warning("sweep failed: %s", type(error).__name__)
        sweeps += 1
        await asyncio.sleep(PERIOD_S)


async def sweep(engine: Engine) -> int:
    """Begin the turns that nobody works on; returns how many conversations that were."""
    owed = await asyncio.to_thread(_owed, engine)
    begun = [await engine.resume(conversation_id) for conversation_id in owed]
    return sum(begun)


def end_silent(engine: Engine) -> None:
    """End what has been silent for 24 hours, one transaction each."""
    ended = True
    while ended:
        with engine.database.writing() as session:
            ended = conversations.end_silent(session)


def _owed(engine: Engine) -> list[str]:
    with engine.database.reading() as session:
        return conversations.owed(session)

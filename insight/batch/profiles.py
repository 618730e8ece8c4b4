"""The steps that bring profiles up to date: folding what the worker has not folded, and looking who is in a segment."""

from typing import Any

from insight.batch.context import Context
from insight.events import newest
from insight.profile.store import rebuild
from insight.worker import Worker, position

REBUILD_FROM = 5_000  # events behind; from there on rebuilding is several times faster


def catch_up(context: Context) -> dict[str, Any]:
    """Fold what the worker has not folded yet."""
    with context.writing() as session:
        behind = newest(session) - position(session).event_id
        if behind > REBUILD_FROM:
            rebuild(session, half_life_days=context.half_life_days)
            return {"folded": behind}
    worker = Worker(context.writing, half_life_days=context.half_life_days)
    return {"folded": sum(iter(worker.step, 0))}


def sweep(context: Context) -> dict[str, Any]:
    """Look at everybody for segments, and fold who entered and left."""
    Worker(context.writing, half_life_days=context.half_life_days).sweep()
    return {"moved": catch_up(context)["folded"]}

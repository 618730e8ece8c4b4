"""The steps that bring profiles up to date: folding what the worker has not folded, and looking who is in a segment."""

from typing import Any

from insight.batch.context import Context
from insight.events import newest
from insight.profile.replaying import is_replaying, replay
from insight.profile.store import folded_to
from insight.worker import Worker

REPLAY_FROM = 5_000  # events behind; from there on it takes a third of the time to make everything anew


def catch_up(context: Context) -> dict[str, Any]:
    """Fold what the worker has not folded yet."""
    with context.reading() as session:
        behind = newest(session) - folded_to(session)
        begun = is_replaying(session)
    if begun or behind > REPLAY_FROM:
        replay(context.writing, half_life_days=context.half_life_days)
        return {"folded": behind}
    worker = Worker(context.writing, half_life_days=context.half_life_days)
    return {"folded": sum(iter(worker.step, 0))}


def sweep(context: Context) -> dict[str, Any]:
    """Look at everybody for segments, and fold who entered and left."""
    Worker(context.writing, half_life_days=context.half_life_days).sweep()
    return {"moved": catch_up(context)["folded"]}

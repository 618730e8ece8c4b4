"""The batch half of insight: everything that is learnt from all customers together, made anew from the log.

A new one is a line in `STEPS`, a function of a `Context` in a module of its own, and its test.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from insight import patterns
from insight.batch import log, profiles, texts, together, values
from insight.batch.context import Context, Embed, Step, Transaction
from insight.batch.engines import open_engine
from insight.batch.turn import taking_turn
from insight.catalogue import Item
from insight.clusters import step as clusters
from insight.errors import RefreshError
from insight.predictions import step as predictions
from insight.profile.replaying import replay
from insight.profile.store import HALF_LIFE_DAYS
from insight.suggestions.learning import bandit, likeness, ranker
from insight.topics import step as topics

STEPS = (
    Step("profiles", "folding new events", profiles.catch_up, "{folded:,} new events."),
    Step("log", "copying the log", log.copy, "{orders:,} orders with {lines:,} lines."),
    Step("tiers", "setting the value tiers", values.fit_tiers, "{customers:,} customers with orders."),
    Step("texts", "reading what customers wrote", texts.read, "{texts:,} messages and reviews read."),
    Step("clusters", "finding groups of customers", clusters.find, "{clusters:,} groups of customers alike."),
    Step(
        "predictions",
        "predicting what customers do next",
        predictions.predict,
        "{scored:,} customers have new scores. {told}",
    ),
    Step("segments", "looking who is in which segment", profiles.sweep, "{moved:,} moves between segments."),
    Step(
        "topics",
        "finding what is spoken of",
        topics.find,
        "{topics:,} topics in {statements:,} statements; {changes:,} sharp changes last week.",
    ),
    Step("together", "finding what is bought together", together.find, "{neighbours:,} pairs bought together."),
    Step(
        "likeness",
        "finding which products are alike",
        likeness.find,
        "{products:,} products with others like them, {cycles:,} that are bought again.",
    ),
    Step("ranker", "judging how suggestions are ranked", ranker.learn, "{verdict}"),
    Step("bandit", "judging how suggestions are chosen", bandit.learn, "{verdict}"),
    Step(
        "patterns",
        "finding patterns",
        patterns.find,
        "{rules:,} rules of what goes together, {sequences:,} of what follows what, {funnels:,} funnels.",
    ),
)

SCRATCH = "refresh-"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshed:
    """What each step found: its facts by its name, and a sentence each."""

    facts: Mapping[str, Mapping[str, Any]]
    sentences: tuple[str, ...]


def refresh(
    reading: Transaction,
    writing: Transaction,
    *,
    now: datetime | None = None,
    half_life_days: float = HALF_LIFE_DAYS,
    engine: str = "duckdb",
    folder: Path | None = None,
    embed: Embed | None = None,
    items: Sequence[Item] = (),
    steps: Sequence[Step] = STEPS,
    anew: bool = False,
    progress: Callable[[str], None] = lambda step: None,
) -> Refreshed:
    """Bring everything up to date; `progress` is told what each step does as it begins.

    `folder`: where scratch files go. `anew`: first make every profile anew from the log. A step that fails does not
    keep the later ones from their work; RefreshError names it when they are done. RefreshRunning when another refresh
    is at work on this database.
    """
    facts: dict[str, Mapping[str, Any]] = {}
    failed: list[tuple[Step, Exception]] = []
    with taking_turn(writing), _scratch(folder) as name, open_engine(engine, Path(name)) as opened:
        context = Context(
            reading=reading,
            writing=writing,
            engine=opened,
            folder=Path(name),
            now=now or datetime.now(UTC),
            half_life_days=half_life_days,
            embed=embed,
            items=items,
            progress=progress,
        )
        if anew:
            progress("making every profile anew")
            replay(writing, half_life_days=half_life_days)
        for step in steps:
            progress(step.says)
            try:
                facts[step.name] = step.run(context)
            except SQLAlchemyError:
                raise
            except Exception as error:
                logger.exception("the step %r failed", step.name)
                failed.append((step, error))
    if failed:
        names = " and ".join(step.says for step, _ in failed)
        raise RefreshError(f"{names} failed ({failed[0][1]}); everything else is up to date") from failed[0][1]
    return Refreshed(facts, tuple(step.told.format(**facts[step.name]) for step in steps))


def _scratch(folder: Path | None) -> tempfile.TemporaryDirectory[str]:
    """A folder of this refresh; only the one that has the turn has one, so older ones are of refreshes that died."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder)

"""Learning how much each source counts, and the rehearsal it learns from."""

from datetime import timedelta
from pathlib import Path

import ibis
import numpy as np
import pytest

from bot.database import Database
from insight.batch import log
from insight.batch.context import Context
from insight.batch.engines import open_duckdb
from insight.refresh import STEPS, refresh
from insight.suggestions import ranking
from insight.suggestions.learning import ranker
from insight.suggestions.learning.rehearsal import Proposed, rehearsing
from insight.suggestions.policy import SOURCES
from insight.suggestions.ranking import HAND, Ranker
from tests.insight.story import NOON, order, record

AGAIN, TOGETHER = SOURCES.index("again"), SOURCES.index("bought_together")


def proposed(seed: int, *, bought_by: int) -> list[Proposed]:
    """Customers with twelve products each, of which the one that a source is surest of is bought."""
    random, found = np.random.default_rng(seed), []
    for number in range(80):
        strengths = np.zeros((12, len(SOURCES)))
        strengths[:, [AGAIN, TOGETHER]] = random.random((12, 2))
        wanted = frozenset({f"p{strengths[:, bought_by].argmax()}"})
        found.append(Proposed(f"c{number}", [f"p{n}" for n in range(12)], strengths, wanted, frozenset()))
    return found


def test_what_is_learnt_follows_what_was_bought():
    learnt = ranker.fit(proposed(1, bought_by=AGAIN))
    assert learnt.weights["again"] > learnt.weights["bought_together"]
    later = proposed(2, bought_by=AGAIN)
    assert ranker.quality(learnt, later).mean() > ranker.quality(HAND, later).mean()


def test_a_source_that_orders_say_nothing_of_keeps_its_share_by_hand():
    learnt = ranker.fit(proposed(1, bought_by=TOGETHER)).weights
    assert learnt["asked"] / learnt["popular"] == pytest.approx(
        HAND.weights["asked"] / HAND.weights["popular"], rel=1e-2
    )
    assert learnt["asked"] > 0


def test_the_place_of_what_was_bought_gives_its_ndcg():
    scores = np.array([0.9, 0.5, 0.1])
    assert ranker.ndcg(scores, np.array([True, False, False]), wanted=1) == pytest.approx(1.0)
    assert ranker.ndcg(scores, np.array([False, True, False]), wanted=1) == pytest.approx(1 / np.log2(3))
    assert ranker.ndcg(scores, np.array([True, True, True]), wanted=3) == pytest.approx(1.0)
    assert ranker.ndcg(scores, np.array([True, False, False]), wanted=2) < 1.0


def test_a_learnt_ranker_is_a_probability_and_one_by_hand_its_strongest_source():
    strengths = {"again": 1.0, "popular": 1.0}
    assert HAND.score(strengths) == pytest.approx(0.85 + 0.1 * 0.2)
    assert Ranker({"again": 2.0}, -2.0).score(strengths) == pytest.approx(0.5)


def test_a_rehearsal_knows_nothing_of_later(database: Database, tmp_path: Path):
    orders = [order(f"o{n}", "t1", "l1", person=f"c{n}", days=n) for n in range(8)]
    later = [order(f"x{n}", "t1", "r1", person=f"d{n}", days=20 + n) for n in range(8)]
    record(database, *orders, *later, order("mine", "t1", person="me", days=10))
    with open_duckdb(tmp_path) as engine:
        context = Context(database.reading, database.writing, engine, tmp_path, NOON + timedelta(days=40))
        log.copy(context)
        lines = context.table("lines")
        moment = NOON + timedelta(days=15)
        past = lines.filter(lines["at"] < ibis.literal(moment.replace(tzinfo=None)))
        with rehearsing(context, past, moment) as rehearsal:
            [mine] = rehearsal.propose({"me": {"l1", "r1"}})
    assert mine.products == ["l1"]
    assert mine.bought.tolist() == [True] and mine.wanted == {"l1"}
    assert mine.strengths[0, TOGETHER] == pytest.approx(0.7)


def test_with_few_orders_the_ranking_stays_by_hand_and_the_refresh_says_so(database: Database):
    record(database, *[order(f"o{n}", "t1", "l1", person=f"c{n}", days=n) for n in range(8)])
    steps = [step for step in STEPS if step.name in ("log", "ranker")]
    done = refresh(database.reading, database.writing, now=NOON + timedelta(days=40), steps=steps)
    assert done.sentences[-1] == "Suggestions are ranked by hand: there are too few orders to learn from."
    with database.reading() as session:
        assert ranking.read(session) == HAND

import threading
import time
from contextlib import contextmanager
from itertools import islice
from random import Random

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from bot.database import Database
from insight import worker as worker_module
from insight.events import Event, append
from insight.profile import document, get, rebuild, remaking, replay, replaying, store
from insight.profile.document import fold_all
from insight.profile.replaying import is_replaying
from insight.profile.store import documents
from insight.refresh import refresh
from insight.tables import PositionRow, ProfileRow, SetAsideRow
from insight.worker import Worker
from tests.insight.story import NOON, event, order, record


def test_a_new_worker_goes_on_where_the_last_one_stopped(either: Database):
    record(either, order("o1", "t1"))
    assert Worker(either.writing).step() == 0
    with either.writing() as session:
        append(session, [order("o2", "t2")])
    assert Worker(either.writing).step() == 1
    with either.reading() as session:
        assert get(session, "c1").value.orders == 2


def test_a_step_that_dies_before_its_commit_is_done_again_in_full(database: Database):
    with database.writing() as session:
        append(session, [order("o1", "t1")])

    @contextmanager
    def dying():
        with database.writing() as session:
            yield session
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        Worker(dying).step()
    with database.reading() as session:
        assert get(session, "c1") is None
    assert Worker(database.writing).step() == 1


def test_two_workers_at_once_fold_every_event_once(either: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "EVENTS_A_STEP", 7)
    record(either)
    views = [event("Product Viewed", product_id="l1", category="Lighting") for _ in range(100)]
    with either.writing() as session:
        append(session, views)
    folded: list[int] = []

    def follow() -> None:
        one = Worker(either.writing)
        while step := one.step():
            folded.append(step)

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(folded) == 100
    with either.reading() as session:
        assert get(session, "c1", now=views[0].occurred_at).products[0].weight == 100.0


def test_an_event_that_cannot_be_folded_is_set_aside_and_the_others_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    def broken(working: dict, recorded: object) -> None:
        working["orders"] = "half done"
        raise KeyError("secret words of a customer")

    monkeypatch.setattr(document, "FOLDERS", {**document.FOLDERS, "Product Viewed": (broken,)})
    record(database, order("o1", "t1"), event("Product Viewed"), order("o2", "t2"))
    with database.reading() as session:
        [aside] = session.execute(select(SetAsideRow)).scalars()
        assert get(session, "c1").value.orders == 2
    assert aside.error.startswith("KeyError in broken")
    assert "secret" not in aside.error


def test_a_running_worker_is_current_within_a_second_and_outlives_a_database_that_is_away(database: Database):
    away = iter([True, True])

    @contextmanager
    def writing():
        if next(away, False):
            raise OperationalError("select", {}, Exception("gone"))
        with database.writing() as session:
            yield session

    stop, wake = threading.Event(), threading.Event()
    thread = threading.Thread(target=Worker(writing).run, args=(stop, wake))
    thread.start()
    try:
        with database.writing() as session:
            append(session, [order("o1", "t1")])
        assert _within(5.0, lambda: _orders(database) == 1)
        with database.writing() as session:
            append(session, [order("o2", "t1")])
        wake.set()
        assert _within(1.0, lambda: _orders(database) == 2)
    finally:
        stop.set()
        wake.set()
        thread.join(5)
    assert not thread.is_alive()


def _orders(database: Database) -> int:
    with database.reading() as session:
        profile = get(session, "c1")
    return profile.value.orders if profile else 0


def _within(seconds: float, holds) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def views(people: int, count: int) -> list[Event]:
    """What another program sends when it sends its past: of many people, and of no conversation."""
    return [
        event("Product Viewed", person=f"p{n % people}", product_id="l1", category="Lighting") for n in range(count)
    ]


def test_who_chats_does_not_wait_behind_a_storm(either: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "EVENTS_A_STEP", 50)
    with either.writing() as session:
        append(session, [*views(40, 500), event("Message Parsed", talk="k1", intent="greet", sentiment="positive")])
    assert Worker(either.writing).step() == 50
    with either.reading() as session:
        assert get(session, "c1").sentiment.messages == 1
        assert get(session, "p39") is not None
        assert get(session, "p39").folded_to < 100


def test_a_storm_of_50_000_events_is_kept_whole_and_lets_who_chats_pass(database: Database):
    with database.writing() as session:
        storm = append(
            session, [*views(5, 50_000), event("Message Parsed", talk="k1", intent="greet", sentiment="positive")]
        )
    worker = Worker(database.writing)
    worker.step()
    with database.reading() as session:
        assert get(session, "c1").sentiment.messages == 1
    while worker.step():
        pass
    with database.reading() as session:
        weights = [get(session, f"p{n}", now=NOON).products[0].weight for n in range(5)]
    assert (storm, weights) == (50_001, [10_000.0] * 5)


def random_log(seed: int) -> list[Event]:
    """Visitors and customers who chat, look at products, turn out to be one and not to be, some of it late."""
    chance = Random(seed)
    log = []
    for number in range(300):
        person, visitor = chance.choice([f"c{n}" for n in range(4)]), chance.choice([f"v{n}" for n in range(4)])
        who = chance.choice([{"person": person}, {"person": None, "visitor": visitor}])
        days = number + chance.choice([0, 0, 0, -20])
        log.append(
            chance.choices(
                [
                    event("Product Viewed", days=days, product_id="l1", category="Lighting", **who),
                    event("Message Parsed", days=days, talk="k", intent="greet", sentiment="negative", **who),
                    event("Customer Identified", days=days, person=person, visitor=visitor),
                    event("Customer Separated", days=days, person=person, visitor=visitor),
                    event("Customer Erased", days=days, person=person),
                ],
                [50, 40, 4, 2, 1],
            )[0]
        )
    return log


def test_a_late_event_of_somebody_with_a_long_past_keeps_nobody_waiting(
    either: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "MOST_ANEW", 30)
    monkeypatch.setattr(remaking, "SLICE", 15)
    most: list[int] = []
    monkeypatch.setattr(remaking, "fold_all", lambda past, events: most.append(len(events)) or fold_all(past, events))
    record(either, *(event("Product Viewed", days=n, product_id="l1", category="Lighting") for n in range(100)))
    late, in_time = order("o1", "t1", days=50), order("o2", "t1", days=101)
    with either.writing() as session:
        append(session, [late, in_time, order("o3", "t1", person="c2")])
    worker = Worker(either.writing)
    worker.step()
    with either.reading() as session:
        assert get(session, "c1").value.orders == 1
        assert get(session, "c2").value.orders == 1
    with either.writing() as session:
        append(session, [event("Product Viewed", days=102, product_id="r1", category="Rugs")])
    while worker.step():
        pass
    with either.reading() as session:
        assert get(session, "c1").value.orders == 2
        followed = dict(documents(session))
    assert max(most) <= 15 and len(most) >= 7
    with either.writing() as session:
        rebuild(session)
    with either.reading() as session:
        assert dict(documents(session)) == followed


@pytest.mark.parametrize("most_anew", [store.MOST_ANEW, 3])
@pytest.mark.parametrize("seed", range(6))
def test_folding_ahead_ends_in_what_a_replay_makes(
    database: Database, seed: int, most_anew: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker_module, "EVENTS_A_STEP", 7)
    monkeypatch.setattr(store, "MOST_ANEW", most_anew)
    monkeypatch.setattr(remaking, "SLICE", most_anew)
    with database.writing() as session:
        append(session, random_log(seed))
    worker = Worker(database.writing)
    while worker.step():
        pass
    with database.reading() as session:
        followed = dict(documents(session))
    with database.writing() as session:
        rebuild(session)
    with database.reading() as session:
        assert dict(documents(session)) == followed


def test_an_idle_worker_only_reads(database: Database):
    record(database, order("o1", "t1"))

    def no_writing():
        raise AssertionError("an idle worker wants to write")

    assert Worker(no_writing, reading=database.reading).step() == 0


@pytest.mark.parametrize("most_anew", [store.MOST_ANEW, 3])
@pytest.mark.parametrize("seed", range(3))
def test_a_replay_beside_a_running_shop_loses_nothing(
    database: Database, seed: int, most_anew: int, monkeypatch: pytest.MonkeyPatch
):
    """Between its transactions the log grows and the worker follows it."""
    monkeypatch.setattr(replaying, "PEOPLE_A_TRANSACTION", 1)
    monkeypatch.setattr(store, "MOST_ANEW", most_anew)
    monkeypatch.setattr(remaking, "SLICE", most_anew)
    log = random_log(seed)
    record(database, *log[:200])
    coming, worker = iter(log[200:]), Worker(database.writing)

    @contextmanager
    def writing():
        with database.writing() as session:
            yield session
        with database.writing() as session:
            append(session, islice(coming, 15))
        worker.step()

    replay(writing)
    while worker.step():
        pass
    with database.reading() as session:
        followed = dict(documents(session))
        assert not is_replaying(session)
    with database.writing() as session:
        rebuild(session)
    with database.reading() as session:
        assert dict(documents(session)) == followed


def test_a_replay_that_was_cut_off_is_done_again_by_the_refresh(database: Database):
    record(database, order("o1", "t1"))

    @contextmanager
    def dying():
        with database.writing() as session:
            yield session
            if is_replaying(session) and session.get(PositionRow, "half"):
                raise RuntimeError("killed")
            session.add(PositionRow(consumer="half", event_id=0))

    with database.writing() as session:
        session.execute(delete(ProfileRow))
    with pytest.raises(RuntimeError):
        replay(dying)
    refresh(database.reading, database.writing)
    with database.reading() as session:
        assert get(session, "c1") is not None
        assert not is_replaying(session)

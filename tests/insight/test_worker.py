import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.database import Database
from insight import worker as worker_module
from insight.events import append
from insight.profile import document, get
from insight.tables import SetAsideRow
from insight.worker import Worker
from tests.insight.story import event, order, record


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

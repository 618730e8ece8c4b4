"""The nightly refresh: when it is time, in a process of its own, and ended with whoever started it."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from bot.database import Database
from bot.nightly import COMMAND, NEVER, Nightly, latest
from bot.settings import Settings
from insight.batch.turn import last_begun
from insight.events import append
from insight.profile import get
from insight.refresh import refresh
from tests.insight.story import order

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 6, 15, 1, 30, tzinfo=UTC), datetime(2026, 6, 15, 1, tzinfo=UTC)),
        (datetime(2026, 6, 15, 0, 30, tzinfo=UTC), datetime(2026, 6, 14, 1, tzinfo=UTC)),
        (datetime(2026, 12, 15, 2, tzinfo=UTC), datetime(2026, 12, 15, 2, tzinfo=UTC)),
        (datetime(2026, 3, 29, 6, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # the clocks went forward
    ],
)
def test_the_hour_is_told_by_the_shops_clock(now: datetime, then: datetime):
    assert latest(3, BRUSSELS, now) == then


def nightly(database: Database, *, hour: int = 3, command: Sequence[str] = (), days: float = 0.0) -> Nightly:
    """One that looks often; its clock is `days` ahead."""
    settings = Settings(refresh_hour=hour, _env_file=None)
    return Nightly(
        settings, database, command=command, look_s=0.02, now=lambda: datetime.now(UTC) + timedelta(days=days)
    )


def test_it_is_due_once_a_day(either: Database):
    assert nightly(either).is_due()
    refresh(either.reading, either.writing, steps=[])
    assert not nightly(either).is_due()
    assert nightly(either, days=1).is_due()
    assert not nightly(either, days=1, hour=NEVER).is_due()


@contextmanager
def running(one: Nightly):
    stop = threading.Event()
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def wait_until(holds: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_refresh_that_is_due_is_done_by_a_process_of_its_own(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", database.url.render_as_string())
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    with database.writing() as session:
        append(session, [order("o1", "t1")])

    def learnt() -> bool:
        with database.reading() as session:
            return get(session, "c1") is not None and last_begun(session) is not None

    before = psutil.Process().children()
    with running(nightly(database, command=COMMAND)):
        wait_until(learnt)
        wait_until(lambda: psutil.Process().children() == before)


def test_it_ends_with_whoever_started_it(database: Database):
    sleeping = (sys.executable, "-c", "import time; time.sleep(600)")
    before = psutil.Process().children()
    with running(nightly(database, command=sleeping)):
        wait_until(lambda: len(psutil.Process().children()) > len(before))
    assert psutil.Process().children() == before

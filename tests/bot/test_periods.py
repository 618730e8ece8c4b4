"""The days of a report: what people name, and what is taken when they name none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import periods
from bot.console.reports.question import Question
from insight.events import Event, append

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def usual(database):
    """`usual(days ago, …)`: the period's days when customers wrote so long ago."""

    def given(*days_ago: float, zone=UTC) -> tuple[str, str]:
        with database.writing() as session:
            for ago in days_ago:
                at = NOW - timedelta(days=ago)
                append(session, [Event(periods.WRITTEN, f"m{ago}", at, {}, anonymous_id="v", conversation_id="k")])
        with database.reading() as session:
            return periods.days(*periods.usual(session, zone=zone, now=NOW), zone=zone)

    return given


def test_usually_it_is_the_last_thirty_days(usual):
    assert usual(400, 3) == ("2026-02-09", "2026-03-10")


def test_a_young_shop_has_the_days_since_its_first_customer(usual):
    assert usual(4.2, 1) == ("2026-03-06", "2026-03-10")


def test_a_shop_that_fell_silent_has_the_days_up_to_its_last_customer(usual):
    assert usual(200, 90) == ("2025-11-11", "2025-12-10")


def test_a_shop_nobody_has_written_to_has_the_last_thirty_days(usual):
    assert usual() == ("2026-02-09", "2026-03-10")


def test_days_begin_at_the_shops_midnight(usual):
    assert usual(1.5, zone=ZoneInfo("Asia/Tokyo"))[0] == "2026-03-09"


def test_the_page_takes_the_usual_days_only_when_none_are_given(database):
    with database.reading() as session:
        assert Question().dated(session, UTC, NOW) == Question("2026-02-09", "2026-03-10")
        assert Question(last="2026-03-01").dated(session, UTC, NOW) == Question(last="2026-03-01")
    assert Question(last="2026-03-01").days(UTC, NOW) == ("2026-01-31", "2026-03-01")

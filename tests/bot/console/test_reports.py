"""What is asked of a report, and how long what was made is kept."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.reports.archive import Archive
from bot.console.reports.question import Question
from bot.errors import BotError
from bot.settings import Settings
from insight.events import Event, append

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20).map(str.strip)


@given(first=TEXT, channel=TEXT, intent=TEXT, segment=TEXT)
def test_a_question_survives_the_address_of_its_page(first, channel, intent, segment):
    asked = Question(first=first, channel=channel, intent=intent, segment=segment)
    assert Question.of(dict(parse_qsl(asked.query))) == asked


def test_what_an_address_says_beside_it_is_left_out():
    assert Question.of({"from": "2026-03-01", "day": "monday", "admin": "yes"}) == Question(first="2026-03-01")


def test_both_days_are_inside_and_today_ends_now():
    assert Question("2026-03-01", "2026-03-05").period(UTC, NOW) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 6, tzinfo=UTC),
    )
    assert Question("2026-03-10").period(UTC, NOW)[1] == NOW


@pytest.mark.parametrize(("first", "last"), [("soon", ""), ("2026-03-09", "2026-03-08"), ("2026-04-01", "")])
def test_days_that_cannot_be_are_refused_in_words(first, last):
    with pytest.raises(BotError, match="From"):
        Question(first, last).period(UTC, NOW)


@pytest.fixture
async def archive(database, tmp_path):
    made = Archive(Settings(_env_file=None, var_dir=tmp_path), database)
    yield made
    await made.close()


async def test_a_report_is_kept_until_somebody_is_erased(archive, database, monkeypatch):
    made = await archive.report(Question("2026-03-01", "2026-03-05"))
    assert "No conversation fits" in made.body and made.files["report.pdf"].startswith(b"%PDF-")
    assert await archive.report(Question("2026-03-01", "2026-03-05")) is made

    async def made_anew(*_):
        return replace(made, erasures=1)

    monkeypatch.setattr(archive, "_run", made_anew)
    with database.writing() as session:
        append(session, [Event("Customer Erased", "gone", NOW, {}, customer_id="c1")])
    assert (await archive.report(Question("2026-03-01", "2026-03-05"))).erasures == 1

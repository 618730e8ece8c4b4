import re
from datetime import timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from bot.database import Database
from insight import report
from insight.report.figures import Count, Durations, Mean, Share
from insight.report.metrics import METRICS
from insight.report.wording import duration, write
from tests.insight.story import NOON, event, record

UNTIL = NOON + timedelta(days=3)


@pytest.fixture
def talkative(database: Database) -> Database:
    hostile = "</style><script>alert(1)</script>"
    record(
        database,
        event("Live Chat Message Sent", talk="k1"),
        event("Message Parsed", talk="k1", intent=hostile, sentiment="positive"),
        event("Message Parsed", talk="k1", intent="track_order", sentiment="negative"),
        event("Live Chat Message Received", talk="k1", author="bot", latency_ms=200),
        event("Conversation Handed Off", talk="k1", reason=hostile),
        event("Suggestion Shown", talk="k1", suggestion_id="s1", product_id="l1"),
        event("Live Chat Message Sent", days=0.45, talk="k2"),
    )
    return database


def page(database: Database, **options: object) -> str:
    with database.reading() as session:
        return report.build(session, NOON - timedelta(days=1), UNTIL, **options)


class Outside(HTMLParser):
    """Collects what a page would fetch, and its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag in ("script", "link", "iframe", "img"):
            self.found.append(tag)
        self.found += [value for name, value in attributes if name in ("src", "href", "xlink:href")]


def test_the_page_needs_nothing_from_outside_and_escapes_what_came_in(talkative: Database):
    html = page(talkative, shop="Tom & Ann <b>")
    assert Outside(html).found == []
    assert "url(http" not in html and "@import" not in html
    assert "Tom &amp; Ann &lt;b&gt;" in html


def test_the_page_says_every_metric_and_draws_its_charts(talkative: Database):
    html = page(talkative)
    for metric in METRICS:
        assert f"<code>{metric.slug}</code>" in html
    assert html.count("<svg") == 5
    assert "Conversations that started from 28 February to 4 March 2026." in html


def test_the_same_period_gives_the_same_page_also_after_later_events(talkative: Database):
    before = page(talkative)
    record(talkative, event("Live Chat Message Sent", days=3.5, talk="k1"), event("Live Chat Message Sent", days=4))
    assert page(talkative) == before


def test_days_are_the_viewers(talkative: Database):
    """k2's message is late on the 1st in UTC and on the 2nd in Tokyo."""
    assert "Sunday 1 March was the busiest day" in page(talkative)
    assert "Days and times in Asia/Tokyo" in page(talkative, zone=ZoneInfo("Asia/Tokyo"))


def test_an_empty_log_gives_a_friendly_page(database: Database):
    html = page(database)
    assert "Nobody has written yet" in html
    assert not re.search(r"\b(nan|None|inf)\b", html)


def test_figures_are_plain_numbers_with_their_denominators(talkative: Database):
    with talkative.reading() as session:
        figures = report.figures(session, NOON - timedelta(days=1), UNTIL)
    assert figures["handoff_rate"]["parts"]["requested"]["part"] == 1
    assert figures["handoff_rate"]["n"] == 1
    assert figures["queue_wait"] == {"median_s": None, "p90_s": None, "n": 0, "of": "handoffs that were taken"}
    assert figures.keys() == {metric.slug for metric in METRICS}


def test_figures_are_written_with_denominator_and_interval_when_small():
    assert write(Share(3, 10, "ratings")).basis == "3 of 10 ratings"
    assert write(Share(3, 10, "ratings")).interval == "95% interval 11% to 60%"
    assert write(Share(300, 1000, "ratings")).interval == ""
    assert write(Share(0, 0, "ratings")).value == "–"
    assert write(Share(1, 40, "x")).value == "2.5%"
    assert write(Count(1234, "conversations")).value == "1,234"
    assert write(Mean((0.5, 0.1), "messages")).value == "+0.30"
    assert write(Durations((60.0, 120.0), "handoffs")).basis == "median of 2 handoffs, 9 of 10 within 2 min"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "250 ms"), (42, "42 s"), (600, "10 min"), (7200, "2.0 h"), (259_200, "3.0 days")]
)
def test_durations_read_naturally(seconds: float, words: str):
    assert duration(seconds) == words

import re
from datetime import UTC, timedelta, tzinfo
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete

from bot.database import Database
from insight import report
from insight.report.comparison import compare
from insight.report.figures import Count, Durations, Mean, Share
from insight.report.metrics import METRICS
from insight.report.wording import duration, money, write
from insight.tables import ProfileRow, StayRow
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


def compose(database: Database, zone: tzinfo = UTC, **options: object) -> report.Report:
    with database.reading() as session:
        return report.compose(session, NOON - timedelta(days=1), UNTIL, zone=zone, **options)


def page(database: Database, **options: object) -> str:
    return report.as_html(compose(database, **options))


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
    figures = report.as_json(compose(talkative))["metrics"]
    assert figures["handoff_rate"]["parts"]["requested"]["part"] == 1
    assert figures["handoff_rate"]["n"] == 1
    assert figures["queue_wait"] == {
        "median_s": None,
        "p90_s": None,
        "n": 0,
        "of": "handoffs that were taken",
        "interval": None,
        "behind": 0,
        "conversations": [],
    }
    assert figures.keys() == {metric.slug for metric in METRICS}


def test_figures_are_written_with_denominator_and_interval_when_small():
    assert write(Share(3, 10, "ratings")).basis == "3 of 10 ratings"
    assert write(Share(3, 10, "ratings")).interval == "95% interval 11% to 60%"
    assert write(Share(3, 10, "ratings")).small == "3 of 10, 11% to 60%"
    assert write(Share(300, 1000, "ratings")).interval == ""
    assert write(Share(0, 0, "ratings")).value == "–"
    assert write(Share(1, 40, "x")).value == "2.5%"
    assert write(Count(1234, "conversations")).value == "1,234"
    assert write(Mean((0.5, 0.1), "messages")).value == "+0.30"
    assert [money(1234.5, code) for code in ("GBP", "CHF", "")] == ["£1,234", "CHF 1,234", "1,234"]
    assert write(Durations((60.0, 120.0), "handoffs")).basis == "median of 2 handoffs, 9 of 10 within 2 min"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "250 ms"), (42, "42 s"), (600, "10 min"), (7200, "2.0 h"), (259_200, "3.0 days")]
)
def test_durations_read_naturally(seconds: float, words: str):
    assert duration(seconds) == words


@pytest.fixture
def split_up(database: Database) -> Database:
    """k1 on the web, k2 on WhatsApp with an agent; c1 has bought a lot and is loyal since the day before."""
    record(
        database,
        event("Order Completed", days=-3, order_id="o1", total=900.0),
        event("Segment Entered", days=-1, segment_id="loyal"),
        event("Segment Left", days=0.9, segment_id="loyal"),
        event("Live Chat Conversation Started", talk="k1", channel="web"),
        event("Live Chat Message Sent", talk="k1", seq=1),
        event("Message Parsed", talk="k1", seq=1, intent="track_order"),
        event("Live Chat Message Received", talk="k1", seq=2, answers_seq=1, author="bot", latency_ms=200),
        event("Answer Rated", talk="k1", seq=2, helpful=True),
        event("Live Chat Conversation Started", days=1, person="c2", talk="k2", channel="whatsapp"),
        event("Live Chat Message Sent", days=1, person="c2", talk="k2", seq=1),
        event("Conversation Handed Off", days=1.1, person="c2", talk="k2", reason="asked"),
        event("Conversation Assigned", days=1.2, person="c2", talk="k2", agent_id="ann", by="assignment"),
        event("Live Chat Message Sent", days=-2, person="c2", talk="k0", seq=1),
    )
    return database


def test_numbers_split_by_day_channel_intent_segment_and_agent(split_up: Database):
    by = report.as_json(compose(split_up))["by"]
    talks = {
        dimension: {
            key: found["conversations"]["conversations"] for key, found in keys.items() if "conversations" in found
        }
        for dimension, keys in by.items()
    }
    assert talks["day"] == {"2026-03-01": ["k1"], "2026-03-02": ["k2"]}
    assert talks["channel"] == {"web": ["k1"], "whatsapp": ["k2"]}
    assert talks["intent"] == {"track_order": ["k1"]}
    assert talks["segment"] == {"loyal": ["k1"], "tier low": ["k2"], "tier mid": ["k1"]}
    assert talks["agent"] == {"ann": ["k2"]}
    assert by["intent"]["track_order"]["answers_helpful"]["part"] == 1
    assert by["agent"]["ann"]["queue_wait"]["n"] == 1


def test_agents_are_told_apart_by_what_people_do(split_up: Database):
    [split] = re.findall(r"<h3>By agent</h3>.*?</section>", page(split_up), flags=re.DOTALL)
    assert "Wait in the queue" in split and "2.4 h" in split and "Handled by the bot alone" not in split


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"channel": "web"}, ["k1"]),
        ({"segment": "loyal"}, ["k1"]),
        ({"segment": "low"}, ["k2"]),
        ({"agent": "ann", "channel": "whatsapp"}, ["k2"]),
        ({"intent": "greet"}, []),
    ],
)
def test_filters_choose_conversations(split_up: Database, filters: dict[str, str], ids: list[str]):
    found = report.as_json(compose(split_up, filters=filters))["metrics"]
    assert found["conversations"]["conversations"] == ids


def test_every_number_leads_to_its_conversations(split_up: Database):
    made = compose(split_up)
    assert report.as_json(made)["metrics"]["handoff_rate"]["conversations"] == ["k2"]
    assert "http://shop.test/console/?conversation=k2" in report.as_html(made, console="http://shop.test/console")
    table = report.as_tables(made)["conversations"]
    helpful = table[table["metric"] == "answers_helpful"].set_index(["dimension", "key"])["conversation_id"]
    assert helpful["", ""] == helpful["intent", "track_order"] == "k1"


def test_a_change_is_against_the_same_time_before_and_says_when_it_may_be_chance(database: Database):
    now = [event("Live Chat Message Sent", days=1, person=f"c{n}", talk=f"k{n}") for n in range(30)]
    before = [event("Live Chat Message Sent", days=-3, person=f"c{n}", talk=f"b{n}") for n in range(10)]
    record(database, *now, *before)
    assert "change" not in report.as_json(compose(database))["metrics"]["conversations"]
    assert "There are no changes yet" in page(database)
    record(database, event("Live Chat Message Sent", days=-20, talk="old"))
    found = report.as_json(compose(database))["metrics"]["conversations"]
    assert (found["change"], found["before"]) == ("3 times as many", "10 before")
    assert found["p_value"] < 0.01
    assert "may be chance" not in write_moved(database)
    assert "Changes are against 24 February to 28 February 2026." in page(database)


def test_what_is_the_same_as_before_is_no_matter_of_chance():
    same, fewer = (compare(Share(part, 20, "x"), Share(10, 20, "x")) for part in (10, 9))
    assert (same.says, same.may_be_chance) == ("no change", False)
    assert (fewer.says, fewer.may_be_chance) == ("-5.0 points", True)


def write_moved(database: Database) -> str:
    return re.search(r"moved sure\">(.*?)</p>", page(database), flags=re.DOTALL)[1]


def test_the_same_numbers_come_from_the_log_alone_and_twice(split_up: Database):
    before = report.as_json(compose(split_up))
    with split_up.writing() as session:
        session.execute(delete(ProfileRow))
        session.execute(delete(StayRow))
    assert report.as_json(compose(split_up)) == before
    assert report.as_pdf(compose(split_up)) == report.as_pdf(compose(split_up))


def test_the_pdf_has_pages_and_survives_every_alphabet(talkative: Database):
    assert report.as_pdf(compose(talkative, shop="海港与松 & Łódź")).startswith(b"%PDF-")


def test_both_databases_give_the_same_numbers(either: Database):
    record(
        either,
        event("Live Chat Message Sent", talk="k1", seq=1),
        event("Message Parsed", talk="k1", seq=1, intent="x", abstained=True, sentiment_scores={"positive": 0.5}),
        event("Live Chat Message Received", talk="k1", seq=2, author="bot", latency_ms=200),
        event("Answer Rated", talk="k1", seq=2, helpful=False),
        event("Message Parsed", talk="k1", seq=[3], intent={"odd": 1}, sentiment_scores="odd", products="odd"),
    )
    found = report.as_json(compose(either))["metrics"]
    assert (found["fallback_rate"]["part"], found["answers_helpful"]["n"]) == (1, 1)
    assert (found["sentiment"]["value"], found["bot_response_time"]["median_s"]) == (0.5, 0.2)


def test_what_nobody_answered_and_how_well_the_bot_does_is_in_every_form_of_the_report(database: Database):
    for talk, text in (("k1", "Can you gift wrap the lamp?"), ("k2", "can you gift-wrap a lamp?"), ("k3", "Fish?")):
        record(
            database,
            event("Live Chat Message Sent", talk=talk, seq=1, text=text),
            event("Message Parsed", talk=talk, seq=1, abstained=True, template_id="gift_cards", template_score=0.31),
        )
    skills = [("accuracy", "Intents recognised", "92.6%", "of 339 messages set aside")]
    made = compose(database, skills=skills)
    html, told = report.as_html(made), report.as_json(made)
    assert all(part in html for part in ("What nobody could answer", "gift wrap the lamp?", "gift cards", "fits 31%"))
    assert all(part in html for part in ("How well the bot reads and answers", "92.6%", "of 339 messages set aside"))
    [gap] = told["knowledge_gaps"]
    assert (gap["size"], gap["nearest_template"], gap["conversations"]) == (2, "gift_cards", ["k1", "k2"])
    assert told["skills"] == {"accuracy": {"value": "92.6%", "of": "of 339 messages set aside"}}
    assert report.as_tables(made)["skills"]["value"].tolist() == ["92.6%"]
    assert len(report.as_pdf(made)) > len(report.as_pdf(compose(database)))

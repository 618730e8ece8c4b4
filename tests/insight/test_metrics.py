"""Each metric on a tiny log that is counted by hand."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.database import Database
from insight.report.facts import Facts, make_facts
from insight.report.figures import Durations, Figure, Mean, Share, wilson
from insight.report.log import read_log
from insight.report.metrics import METRICS
from tests.insight.story import NOON, event, order, record

MINUTE = 1 / (24 * 60)
UNTIL = NOON + timedelta(days=20)
SLUGS = {metric.slug: metric for metric in METRICS}


@dataclass(frozen=True)
class Found:
    figure: Figure
    parts: dict[str, Figure]


def said(talk: str, days: float, *, person: str = "c1", author: str | None = None, **properties: object):
    name = "Live Chat Message Received" if author else "Live Chat Message Sent"
    seq = None if author else seq_at(days)
    author_of = {"author": author} if author else {}
    return event(name, days=days, person=person, talk=talk, seq=seq, **author_of, **properties)


def seq_at(days: float) -> int:
    """A message and its parse happen at the same time, so they have the same number."""
    return round(days / MINUTE)


def happened(name: str, talk: str, days: float, *, person: str = "c1", **properties: object):
    return event(name, days=days, person=person, talk=talk, **properties)


def parsed(talk: str, days: float, score: float, intent: str = "greet", **properties: object):
    scores = {"positive": max(score, 0.0), "negative": max(-score, 0.0)}
    return happened(
        "Message Parsed", talk, days, intent=intent, sentiment_scores=scores, seq=seq_at(days), **properties
    )


@pytest.fixture
def facts(database: Database) -> Facts:
    """Five conversations: `bot` alone, `person` handed over, `queue` never taken, `back` returns, `late` still open."""
    record(
        database,
        said("bot", 0),
        parsed("bot", 0, 0.5, template_id="hours", sentiment="positive"),
        said("bot", MINUTE, author="bot", latency_ms=200),
        happened("Suggestion Shown", "bot", MINUTE, suggestion_id="s1", product_id="l1"),
        happened("Suggestion Clicked", "bot", 2 * MINUTE, suggestion_id="s1", product_id="l1"),
        happened("Conversation Resolved", "bot", 10 * MINUTE, by="bot"),
        happened("Rating Given", "bot", 11 * MINUTE, score=5),
        order("o1", "l1", days=6.9),
        order("o2", "l2", days=9),
        said("person", 0, person="c2"),
        parsed("person", 0, -0.4, "nlu_fallback", sentiment="negative"),
        said("person", MINUTE, person="c2", author="bot", latency_ms=400),
        said("person", 2 * MINUTE, person="c2"),
        parsed("person", 2 * MINUTE, -0.8, "complaint", abstained=True, sentiment="negative"),
        happened("Conversation Handed Off", "person", 3 * MINUTE, person="c2", reason="asked"),
        happened("Conversation Assigned", "person", 8 * MINUTE, person="c2"),
        said("person", 9 * MINUTE, person="c2", author="agent"),
        said("person", 10 * MINUTE, person="c2"),
        parsed("person", 10 * MINUTE, 0.6, "thanks", sentiment="positive"),
        happened("Conversation Resolved", "person", 20 * MINUTE, person="c2", by="agent"),
        happened("Rating Given", "person", 21 * MINUTE, person="c2", score=2),
        happened("Rating Given", "person", 22 * MINUTE, person="c2", score=3),
        said("person", 6, person="c2"),
        said("queue", 0, person="c3"),
        happened("Conversation Handed Off", "queue", MINUTE, person="c3", reason="policy"),
        said("back", 0, person="c4"),
        said("back", MINUTE, person="c4", author="bot", latency_ms=300),
        happened("Suggestion Shown", "back", MINUTE, person="c4", suggestion_id="s2", product_id="l1"),
        happened("Suggestion Declined", "back", 2 * MINUTE, person="c4", suggestion_id="s2", product_id="l1"),
        happened("Conversation Resolved", "back", 1 + MINUTE, person="c4", by="silence"),
        said("again", 0.9, person="c4"),
        said("again", 0.9 + MINUTE, person="c4", author="bot", latency_ms=300),
        said("late", 19.5, person="c5"),
        said("late", 19.5 + MINUTE, person="c5", author="bot", latency_ms=100),
        said("before", -1, person="c6"),
        said("after", 21, person="c7"),
    )
    return read(database)


def read(database: Database) -> Facts:
    with database.reading() as session:
        return make_facts(read_log(session, NOON, UNTIL), NOON, UNTIL)


def measured(slug: str, facts: Facts) -> Found:
    found = SLUGS[slug].measure(facts)
    return Found(found.cases.figure, {name: cases.figure for name, cases in found.parts.items()})


def share(figure: object) -> tuple[int, int]:
    assert isinstance(figure, Share)
    return figure.part, figure.whole


def seconds(figure: object) -> list[float]:
    assert isinstance(figure, Durations)
    return sorted(round(one, 3) for one in figure.seconds)


def values(figure: object) -> list[float]:
    assert isinstance(figure, Mean)
    return sorted(round(one, 3) for one in figure.values)


def test_conversations_that_started_in_the_period(facts: Facts):
    found = measured("conversations", facts)
    assert (found.figure.number, found.parts["messages"].number) == (6, 9)


def test_containment_leaves_out_handed_over_returned_and_open_ones(facts: Facts):
    """Contained: `bot` and `again`. Not: `person`, `queue` (handed over), `back` (in `again` within a day), `late`."""
    assert share(measured("containment_rate", facts).figure) == (2, 6)


def test_handoffs_requested_and_completed_are_counted_apart_and_by_reason(facts: Facts):
    found = measured("handoff_rate", facts)
    assert share(found.figure) == (1, 6)
    assert {name: share(part) for name, part in found.parts.items()} == {
        "requested": (2, 6),
        "requested: asked": (1, 6),
        "requested: policy": (1, 6),
    }


def test_fallbacks_and_abstentions_among_customer_messages(facts: Facts):
    assert share(measured("fallback_rate", facts).figure) == (2, 9)


def test_abstentions_among_searched_messages(facts: Facts):
    assert share(measured("answers_abstained", facts).figure) == (1, 2)


def test_the_bots_own_latency(facts: Facts):
    assert seconds(measured("bot_response_time", facts).figure) == [0.1, 0.2, 0.3, 0.3, 0.4]


def test_silence_that_ended_a_conversation_lasted_from_what_was_said_last(database: Database):
    """The day of silence is not waited for twice: who is back after thirty hours with another wish was served."""
    record(
        database,
        said("k1", 0),
        parsed("k1", 0, 0.1, "track_order"),
        said("k1", MINUTE, author="bot", latency_ms=100),
        happened("Conversation Resolved", "k1", 1 + MINUTE, by="silence"),
        said("k1", 1.25),
        parsed("k1", 1.25, 0.1, "store_hours"),
        said("k1", 1.25 + MINUTE, author="bot", latency_ms=100),
    )
    facts = read(database)
    assert share(measured("containment_rate", facts).figure) == (1, 1)
    assert share(measured("bot_resolution_rate", facts).figure) == (1, 1)


def test_a_handoff_that_nobody_took_waited_for_no_later_agent(database: Database):
    record(
        database,
        said("k1", 0),
        happened("Conversation Handed Off", "k1", MINUTE, reason="asked"),
        happened("Conversation Resolved", "k1", 60 * MINUTE, by="customer"),
        said("k1", 3),
        happened("Conversation Handed Off", "k1", 3 + MINUTE, reason="asked"),
        happened("Conversation Assigned", "k1", 3 + 2 * MINUTE, agent_id="a"),
    )
    assert seconds(measured("queue_wait", read(database)).figure) == [60.0]


def test_a_reply_from_before_the_handoff_does_not_answer_it(database: Database):
    """An agent took over, wrote and released; ten minutes after the customer asked for a person they wrote again."""
    record(
        database,
        said("k1", 0),
        said("k1", 2 * MINUTE, author="agent", agent_id="a"),
        happened("Conversation Handed Off", "k1", 60 * MINUTE, reason="asked"),
        happened("Conversation Assigned", "k1", 61 * MINUTE, agent_id="a"),
        said("k1", 70 * MINUTE, author="agent", agent_id="a"),
    )
    assert seconds(measured("first_response_time", read(database)).figure) == [600.0]


def test_first_response_counts_from_the_handoff_to_the_first_person(facts: Facts):
    assert seconds(measured("first_response_time", facts).figure) == [360.0]


def test_queue_wait_is_from_handoff_to_assignment(facts: Facts):
    assert seconds(measured("queue_wait", facts).figure) == [300.0]


def test_resolution_time_is_from_the_start_and_split_by_who_resolved(facts: Facts):
    found = measured("resolution_time", facts)
    assert seconds(found.figure) == [600.0, 1200.0, 86_460.0]
    assert {name: seconds(part) for name, part in found.parts.items()} == {
        "by agent": [1200.0],
        "by bot": [600.0],
        "by silence": [86_460.0],
    }


def test_reopened_within_a_week_of_being_resolved(facts: Facts):
    assert share(measured("reopen_rate", facts).figure) == (1, 3)


def test_csat_takes_the_last_rating_and_tells_bot_and_people_apart(facts: Facts):
    found = measured("csat_score", facts)
    assert share(found.figure) == (1, 2)
    assert {name: share(part) for name, part in found.parts.items()} == {
        "response rate": (2, 6),
        "bot only": (1, 1),
        "with a person": (0, 1),
    }


def test_sentiment_of_messages(facts: Facts):
    found = measured("sentiment", facts)
    assert values(found.figure) == [-0.8, -0.4, 0.5, 0.6]
    assert share(found.parts["negative messages"]) == (2, 4)


def test_the_shift_of_mood_needs_three_messages(facts: Facts):
    assert values(measured("sentiment_shift", facts).figure) == [1.0]


def test_suggestions_clicked_and_declined(facts: Facts):
    found = measured("suggestion_ctr", facts)
    assert share(found.figure) == (1, 2)
    assert share(found.parts["declined"]) == (1, 2)


def test_suggestions_bought_within_a_week_by_the_one_who_saw_them(facts: Facts):
    assert share(measured("suggestion_conversion", facts).figure) == (1, 2)


def test_bought_a_week_later_or_by_somebody_else_is_no_conversion(database: Database):
    record(
        database,
        happened("Suggestion Shown", "k1", 0, suggestion_id="s1", product_id="l1"),
        order("o1", "l1", days=7.1),
        order("o2", "l1", days=1, person="c2"),
        order("o3", "l1", days=-1),
    )
    assert share(measured("suggestion_conversion", read(database)).figure) == (0, 1)


def test_what_was_listed_because_the_customer_asked_is_no_suggestion_to_click_or_to_compare(database: Database):
    record(
        database,
        happened("Suggestion Shown", "k1", 0, suggestion_id="s1", product_id="l1"),
        happened("Suggestion Shown", "k1", MINUTE, product_id="l2", requested=True),
        order("o1", "l2", days=1),
    )
    for slug in ("suggestion_ctr", "suggestion_conversion"):
        assert share(measured(slug, read(database)).figure) == (0, 1)


def test_what_was_held_back_is_counted_beside_what_was_shown_once_a_product(database: Database):
    record(
        database,
        *[happened("Suggestion Withheld", "k1", minutes * MINUTE, product_id="l1") for minutes in (1, 2)],
        happened("Suggestion Withheld", "k1", 3 * MINUTE, product_id="l2"),
        order("o1", "l1", days=1),
    )
    found = measured("suggestion_conversion", read(database))
    assert share(found.figure) == (0, 0) and share(found.parts["held back"]) == (1, 2)


def test_every_metric_of_an_empty_log_has_no_value_and_no_error(database: Database):
    for metric in METRICS:
        figure = metric.measure(read(database)).cases.figure
        assert getattr(figure, "rate", None) is None
        assert getattr(figure, "median", None) is None


def test_metrics_have_one_slug_each():
    assert len(SLUGS) == len(METRICS)


def test_the_wilson_interval_of_a_published_example():
    """81 of 263: 0.2553 to 0.3662 (Newcombe, Statistics in Medicine 17, 1998, table I)."""
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_durations_say_between_which_two_of_them_the_median_lies():
    assert Durations((4.0, 1.0, 2.0, 3.0), "x").median == 2.5
    assert Durations((7.0,), "x").p90 == 7.0
    assert Durations((1.0, 2.0, 3.0, 4.0, 5.0), "x").interval is None
    assert Durations(tuple(range(1, 11)), "x").interval == (2, 9)


def test_the_interval_of_a_mean_is_students():
    low, high = Mean((-1.0, 0.0, 1.0, 0.0), "x").interval
    assert (round(low, 3), round(high, 3)) == (-1.299, 1.299)
    assert Mean((-1.0, 1.0), "x").interval == (-2.0, 2.0)
    assert Mean((0.5,), "x").interval is None

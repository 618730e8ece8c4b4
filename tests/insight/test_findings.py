"""Each kind of finding on a small log that tells its story, and silence where nothing happened."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from bot.console.reports import body
from bot.database import Database
from insight import report
from insight.report.findings import Finding
from tests.insight.story import NOON, event, order, record

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def first_customer(database: Database) -> None:
    """Somebody bought and wrote twenty days before."""
    bought = event("Order Completed", days=-20, person="c0", order_id="o0", total=1.0, currency="EUR")
    record(database, bought, event("Live Chat Message Sent", days=-20, person="c0", talk="k_old", seq=1))


def find(database: Database, kind: str, *, since: datetime = NOON) -> list[Finding]:
    """Of the days from noon, 1 March, to 8 March, beside as many before."""
    with database.reading() as session:
        made = report.compose(session, since, NOON + WEEK, zone=UTC)
    return [one for one in made.findings if one.kind == kind]


def returned(number: int, days: float, reason: str) -> list:
    product = {"product_id": "l1", "name": "Harbour Lamp", "price": 30.0, "quantity": 2}
    asked = {"order_id": f"o{number}", "product_id": "l1", "products": [product], "reason": reason}
    return [
        event("Live Chat Message Sent", days=days, person=f"c{number}", talk=f"k{number}", seq=1),
        event("Return Requested", days=days + 0.01, person=f"c{number}", **asked),
    ]


def said(number: int, days: float, *, intent: str = "track_order", text: str = "", score: float = 0.0, **more) -> list:
    place = {"days": days, "person": f"c{number}", "talk": f"k{number}", "seq": 1}
    scores = {"positive": max(0.0, score), "negative": max(0.0, -score)}
    return [
        event("Live Chat Message Sent", text=text, **place),
        event("Message Parsed", intent=intent, sentiment_scores=scores, **more, **place),
    ]


def test_returns_that_rise_say_how_much_since_when_why_and_what_they_cost(database: Database):
    before = [one for number in range(2) for one in returned(100 + number, -5 + number, "damaged")]
    now = [one for number in range(14) for one in returned(number, 3 + number / 5, "Too small")]
    record(database, *before, *now)
    [found] = find(database, "returns")
    assert found.title == "Returns of Harbour Lamp are 7 times as often since Wednesday"
    assert found.detail == "14 returns, 2 in the period before; 14 conversations; most say “too small”"
    assert found.cost == pytest.approx((14 - 2) / 14 * 14 * 60.0)
    assert set(found.conversations) == {f"k{number}" for number in range(14)}


def test_costs_are_in_the_currency_of_the_shops_orders_on_every_paper(database: Database):
    record(database, *[one for number in range(14) for one in returned(number, 3 + number / 5, "Too small")])
    with database.reading() as session:
        made = report.compose(session, NOON, NOON + WEEK, zone=UTC)
    assert "cost about €840" in report.as_text(made)
    html = report.as_html(made)
    assert "€840<small>cost, about" in html and "people's time at €25 an hour" in html
    assert "<b>€840</b>" in body.draw(made)[0]
    assert report.as_tables(made)["findings"]["currency"].tolist() == ["EUR"]
    assert report.as_json(made)["currency"] == "EUR"


def test_three_returns_more_may_be_chance(database: Database):
    record(database, *[one for number in range(3) for one in returned(number, 1, "damaged")])
    assert find(database, "returns") == []


def test_bad_news_says_what_to_do_on_every_paper(database: Database):
    record(database, *[one for number in range(3) for one in said(number, 1, text="gift wrap?", abstained=True)])
    [found] = find(database, "gap")
    assert "page Answers" in found.advice
    with database.reading() as session:
        made = report.compose(session, NOON, NOON + WEEK, zone=UTC)
    assert found.advice in report.as_text(made) and found.advice in unescape(report.as_html(made))
    assert report.as_pdf(made).startswith(b"%PDF-")


def test_an_intent_said_much_more_often(database: Database):
    before = [one for number in range(5) for one in said(100 + number, -3, intent="get_refund")]
    now = [one for number in range(25) for one in said(number, 3, intent="get_refund")]
    record(database, *before, *now)
    [found] = find(database, "intent")
    assert (found.title, found.detail) == ("“get refund”: 5 times as often", "25 conversations, 5 in the period before")


def test_what_is_new_only_because_the_shop_is_young_is_no_finding(database: Database):
    told = [one for number in range(25) for one in (*said(number, 3), *returned(number, 3, "damaged"))]
    record(database, *told)
    assert find(database, "intent") and find(database, "returns")
    young = NOON - timedelta(days=10)  # the seventeen days before began three days before the first customer
    assert find(database, "intent", since=young) == find(database, "returns", since=young) == []


def test_an_intent_that_the_bot_fails(database: Database):
    fine = [one for number in range(40) for one in said(number, number / 10)]
    bad = [one for number in range(50, 58) for one in said(number, 3, intent="check_stock", abstained=True)]
    record(database, *fine, *bad)
    [found] = find(database, "failing")
    assert found.title == "The bot fails “check stock” in 100% of messages"
    assert "8 of 8" in found.detail and len(found.conversations) == 8


def test_unanswered_questions_that_are_alike_are_one_gap_without_personal_data(database: Database):
    texts = [
        "Can you gift wrap order 123456?",
        "can you gift wrap my order",
        "do you deliver to Mars",
        "Can you gift-wrap it for me please",
    ]
    told = [
        said(number, 1, text=text, abstained=True, template_id="wrap", template_score=0.31)
        for number, text in enumerate(texts)
    ]
    record(database, *[one for some in told for one in some])
    [found] = find(database, "gap")
    assert found.title == "No answer to questions like “Can you gift wrap order …?”"
    assert found.detail == "3 messages in 3 conversations; nearest answer wrap (0.31)"
    with database.reading() as session:
        [gap] = report.as_tables(report.compose(session, NOON, NOON + WEEK, zone=UTC))["knowledge_gap"].to_dict(
            "records"
        )
    assert (gap["size"], gap["nearest_template"], gap["score"], gap["conversations"]) == (3, "wrap", 0.31, "k0 k1 k3")


def test_a_product_spoken_of_less_kindly(database: Database):
    about = {"products": [{"product_id": "t1", "category": "Tables"}]}
    before = [one for number in range(12) for one in said(100 + number, -3, score=0.5 + number / 100, **about)]
    now = [one for number in range(12) for one in said(number, 3, score=-0.5 - number / 100, **about)]
    record(database, *before, *now)
    [found] = find(database, "product")
    assert found.title == "Customers like t1 less: mood -0.55, +0.55 before"
    assert len(found.conversations) == 12


def changed(number, **other):
    told = {"what": "mood", "by": "category", "key": "Rugs", "called": "Rugs", "topic": "", "now": -0.4, "before": 0.3}
    return event("Change Found", person=None, days=5 + number / 10, **told | other)


def test_moods_and_topics_that_changed_in_a_week_are_told_as_the_refresh_found_them(database: Database):
    counts = {"statements": 30, "earlier": 200, "reviews": 12}
    about_rugs = changed(0, conversations=["k3", "k4", "gone"], **counts)
    too_small = {"what": "topic", "by": "product", "key": "t1", "called": "Oak Table", "topic": "too small"}
    more = changed(1, now=0.4, before=0.1, conversations=[], **too_small, **counts)
    in_segment = changed(2, by="segment", key="loyal", now=0.5, before=0.1, **counts)
    elsewhere = changed(3, by="product", key="t1", called="Oak Table", **counts | {"reviews": 0})
    long_ago = event("Change Found", person=None, days=-20, what="mood", by="all", topic="", now=-1, before=1, **counts)
    record(database, *said(3, 2.5), *said(4, 2.5), about_rugs, more, in_segment, elsewhere, long_ago)
    found = {one.title: one for one in find(database, "change")}
    assert set(found) == {
        "Customers speak less kindly of Rugs: mood -0.40, +0.30 before",
        "“too small” of Oak Table: 4 times as often, 40% of what is said, 10% before",
        "Customers speak more kindly, in the segment “loyal”: mood +0.50, +0.10 before",
    }
    rugs = found["Customers speak less kindly of Rugs: mood -0.40, +0.30 before"]
    assert rugs.conversations == ("k3", "k4")
    assert rugs.detail == "30 messages and reviews that week, 200 in the eight weeks before; 2 conversations"


def test_a_segment_that_empties(database: Database):
    stays = [event("Segment Left", days=2, person=f"c{number}", segment_id="loyal") for number in range(9)]
    record(database, *stays, *said(3, 2.5))
    [found] = find(database, "segment")
    assert found.title == "“loyal” lost 9 customers"
    assert found.detail == "0 entered, 9 left; they had 1 conversation"
    assert found.conversations == ("k3",)
    with database.reading() as session:
        named = report.compose(session, NOON, NOON + WEEK, zone=UTC, names={"segment": {"loyal": "Regulars"}})
    assert "“Regulars” lost 9 customers" in [one.title for one in named.findings]


def test_a_suggestion_that_pays(database: Database):
    events = []
    for number in range(40):
        product = "l1" if number < 10 else "r1"
        line = {"product_id": product, "name": "Lamp", "price": 25.0, "quantity": 1}
        place = {"days": 1, "person": f"c{number}"}
        events += said(number, 1)
        events.append(
            event("Suggestion Shown", talk=f"k{number}", suggestion_id=f"s{number}", product_id=product, **place)
        )
        if number < 8:
            events.append(event("Order Completed", days=2, person=f"c{number}", order_id=f"o{number}", products=[line]))
    record(database, *events)
    paying, idle = find(database, "suggestion")
    assert paying.title == "Suggesting Lamp pays: bought in 80% of cases"
    assert paying.cost == -200.0
    assert idle.title == "Suggesting r1 does not pay: bought in 0% of cases"


@pytest.mark.parametrize("ordering", [24, 6])
def test_customers_with_suggestions_are_compared_with_those_held_back(database: Database, ordering: int):
    """Of thirty with suggestions, `ordering` order anything; of thirty held back, six."""
    events = []
    for number in range(60):
        name = "Suggestion Shown" if number < 30 else "Suggestion Withheld"
        place = {"days": 1, "person": f"c{number}"}
        events += said(number, 1)
        events += [event(name, talk=f"k{number}", product_id="l1", **place), event(name, talk=f"k{number}", **place)]
        if number < ordering or 30 <= number < 36:
            events.append(order(f"o{number}", "r1", days=3, person=f"c{number}"))
    record(database, *events)
    found = find(database, "uplift")
    assert [one.title for one in found] == (
        ["Suggestions pay: 80% ordered with them, 20% without"] if ordering == 24 else []
    )
    for one in found:
        assert "shown: 24 of 30 customers ordered within 7 days, 95% interval 63% to 90%" in one.detail
        assert one.cost == pytest.approx(-(0.8 - 0.2) * 30 * 10.0)


def test_chance_alone_is_no_finding(database: Database):
    """Thirty intents that are said as often as before, give or take two: none is told."""
    events = []
    for number in range(30):
        for copy in range(5 + number % 3):
            events += said(1000 * number + copy, 3, intent=f"intent_{number}")
        for copy in range(6):
            events += said(1000 * number + 500 + copy, -3, intent=f"intent_{number}")
    record(database, *events)
    assert find(database, "intent") == find(database, "failing") == []

import html
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.database import Database
from insight import profile
from insight.events import append, newest
from insight.predictions import clicks, value, visits
from insight.predictions.choosing import choose
from insight.predictions.contenders import Boosted, Logistic
from insight.predictions.features import ACTS, Known, features
from insight.predictions.moments import REPURCHASE, Slice, moments
from insight.predictions.reasons import reasons
from insight.profile import visit
from insight.profile.document import empty, fold
from insight.refresh import STEPS, refresh
from insight.report import as_html, as_json, compose
from tests.insight.story import NOON, event, order, record

DAY = pd.Timestamp("2025-07-01")
STEPS_HERE = [step for step in STEPS if step.name in ("profiles", "log", "predictions")]


def shop(customers: int, days: int, seed: int = 4) -> Known:
    """Customers who buy at rates of their own, leave for good after a while, and look at products before they buy."""
    chance = np.random.default_rng(seed)
    bought, acts = [], []
    for number in range(customers):
        day, every = chance.uniform(0, days / 2), chance.gamma(2.0, 12.0)
        while day < days:
            at = pd.Timestamp("2025-01-01") + pd.Timedelta(days=day)
            bought.append((f"c{number}", at.normalize(), round(chance.gamma(3.0, 10.0), 2)))
            acts.append((f"c{number}", at - pd.Timedelta(hours=1), "Product Viewed"))
            if chance.random() < 0.15:
                break
            day += 1 + chance.exponential(every)
    purchases = pd.DataFrame(bought, columns=["customer", "day", "spend"])
    purchases = purchases.groupby(["customer", "day"])["spend"].sum().reset_index()
    return Known(purchases, pd.DataFrame(acts, columns=["customer", "at", "name"]))


SHOP = shop(80, 300)
later = st.lists(
    st.tuples(
        st.sampled_from([f"c{number}" for number in range(0, 80, 9)] + ["new"]),
        st.integers(1, 400),
        st.floats(0, 1e6, allow_nan=False),
        st.sampled_from(list(ACTS)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(later)
def test_no_feature_of_a_customer_sees_the_future(events):
    """Whatever happens after a day, what is known on that day stays the same."""
    rows = pd.DataFrame(events, columns=["customer", "days", "spend", "name"])
    rows["day"] = DAY + pd.to_timedelta(rows["days"], unit="D")
    past = Known(SHOP.purchases[SHOP.purchases["day"] <= DAY], SHOP.acts[SHOP.acts["at"] < DAY + pd.Timedelta(days=1)])
    longer = Known(
        pd.concat([past.purchases, rows[["customer", "day", "spend"]]], ignore_index=True),
        pd.concat([past.acts, rows.rename(columns={"day": "at"})[["customer", "at", "name"]]], ignore_index=True),
    )
    seen, unseen = (features(known, as_of=DAY, days=30) for known in (longer, past))
    pd.testing.assert_frame_equal(seen, unseen)


moves = st.lists(st.tuples(st.sampled_from(visits.NAMES), st.integers(0, 90)), min_size=1, max_size=25)


def as_events(steps: list[tuple[str, int]]) -> pd.DataFrame:
    """One person's events, each some minutes after the one before."""
    minutes = np.cumsum([gap for _, gap in steps])
    return pd.DataFrame(
        {
            "person_id": "c1",
            "id": range(len(steps)),
            "at": [NOON.replace(tzinfo=None) + timedelta(minutes=int(one)) for one in minutes],
            "name": [name for name, _ in steps],
        }
    )


@settings(max_examples=20, deadline=None)
@given(moves, moves)
def test_no_number_of_a_visit_sees_the_future(past, future):
    until = pd.Timestamp("2027-01-01")
    whole = visits.examples(as_events([*past, *future]), until=until)
    cut = visits.examples(as_events(past), until=until)
    same = whole.iloc[: len(cut)].drop(columns="came")
    pd.testing.assert_frame_equal(same, cut.drop(columns="came"))


@settings(max_examples=20, deadline=None)
@given(moves)
def test_what_is_learnt_of_visits_is_what_is_folded_into_the_profile(steps):
    """After each event that is no order, the profile has the numbers of the example made of it."""
    frame = as_events(steps)
    document, folded = empty(30.0), []
    for number, row in enumerate(frame.itertuples()):
        happened = event(row.name, days=(row.at - NOON.replace(tzinfo=None)) / timedelta(days=1), order_id=f"o{number}")
        document = fold(document, type("Recorded", (), {"id": number + 1, "event": happened})())
        if row.name != visit.ORDERED:
            folded.append(visit.numbers(document))
    learnt = visits.examples(frame, until=pd.Timestamp("2027-01-01")).drop(columns=["row", "at", "came"])
    assert len(learnt) == len(folded)
    if folded:
        pd.testing.assert_frame_equal(learnt, pd.DataFrame(folded)[learnt.columns], rtol=1e-6, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(moves, moves)
def test_the_events_that_lead_to_an_example_end_with_its_own(past, future):
    """Whatever follows, what is read of the first examples stays; the last step is the example's own event."""
    until = pd.Timestamp("2027-01-01")
    led = [
        np.concatenate([one.histories for one in reversed(visits.slices(as_events(steps), until=until))])
        for steps in ([*past, *future], past)
    ]
    known = min(map(len, led))
    assert np.array_equal(led[0][:known], led[1][:known])
    own = [visits.NAMES.index(name) for name, _ in past if name != visit.ORDERED]
    assert led[1][:, -1, :-1].argmax(axis=1).tolist() == own


def test_a_network_over_the_events_is_measured_beside_what_can_give_reasons():
    """Who adds to the basket orders, who only looks does not."""
    chance, told = np.random.default_rng(1), []
    for number in range(200):
        buys = bool(chance.integers(2))
        names = ["Product Viewed", "Product Added" if buys else "Product Viewed", *([visit.ORDERED] if buys else [])]
        start = pd.Timestamp("2026-03-01") + pd.Timedelta(hours=number)
        told += [(f"c{number}", start + pd.Timedelta(minutes=step), name) for step, name in enumerate(names)]
    events = pd.DataFrame(told, columns=["person_id", "at", "name"]).reset_index(names="id")
    measured = choose(visits.slices(events, until=pd.Timestamp("2027-01-01"))).measured
    assert set(measured) == {"logistic", "lightgbm", "gru", "base rate"}
    assert measured["gru"]["auc"] > 0.7


def test_an_order_later_in_the_visit_makes_its_examples_true():
    steps = [("Product Viewed", 0), ("Product Added", 5), ("Order Completed", 5), ("Product Viewed", 60)]
    found = visits.examples(as_events(steps), until=pd.Timestamp("2027-01-01"))
    assert found["came"].tolist() == [True, True, False]
    unfinished = visits.examples(as_events(steps[:2]), until=pd.Timestamp(NOON.replace(tzinfo=None)))
    assert unfinished.empty


def test_clicks_count_what_was_shown_before():
    shown = ["Suggestion Shown", "Suggestion Clicked", "Suggestion Shown", "Suggestion Declined", "Suggestion Shown"]
    at = pd.Timestamp("2026-03-01") + pd.to_timedelta(range(0, 15, 3), unit="D")
    events = pd.DataFrame({"person_id": "c1", "at": at, "name": shown})
    asked = pd.DataFrame({"person_id": ["c1", "c2"], "at": [at[4], at[4]]})
    found = clicks.features(events, asked)
    assert found["earlier_shown"].tolist() == [2.0, 0.0]
    assert found["earlier_clicked"].tolist() == [1.0, 0.0]
    assert found["days_since_shown"].tolist() == [6.0, 0.0]


def test_a_click_answers_the_last_showing_of_its_product():
    told = [
        ("Suggestion Shown", "l1", 10),
        ("Suggestion Shown", "l2", 12),
        ("Suggestion Shown", "l1", 15),
        ("Suggestion Clicked", "l1", 15.1),
        ("Suggestion Clicked", "l2", 37),
        ("Suggestion Shown", "l3", 40),
    ]
    day = pd.Timestamp("2026-03-01")
    events = pd.DataFrame(
        {
            "person_id": "c1",
            "at": [day + pd.Timedelta(hours=hour) for _, _, hour in told],
            "name": [name for name, _, _ in told],
            "product_id": [product for _, product, _ in told],
        }
    )
    found = clicks.slices(events, until=day + pd.Timedelta(days=9))
    assert np.concatenate([one.outcome for one in reversed(found)]).tolist() == [False, False, True, False]
    led = np.concatenate([one.histories for one in reversed(found)])
    assert led[:, :, :-1].sum(axis=(1, 2)).tolist() == [0, 1, 2, 5]


def slices(seed: int, *, rows: int = 400, weight: float = 1.5) -> list[Slice]:
    """Three stretches of time in which `a` tells the outcome and `silence` is noise."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(3):
        table = pd.DataFrame({"a": chance.exponential(2.0, rows), "silence": chance.exponential(20.0, rows)})
        made.append(Slice(table, chance.random(rows) < 1 / (1 + np.exp(2 - weight * table["a"].to_numpy()))))
    return made


def test_the_model_that_foresees_the_newest_outcomes_is_used_if_it_beats_the_simple_way():
    good = choose(slices(1), baseline="recency", simple=lambda rows: -rows["silence"].to_numpy())
    assert good is not None and good.beats_baseline
    assert set(good.measured) == {"logistic", "lightgbm", "recency"}
    knows = slices(1, weight=0.0)
    simple = choose(knows, baseline="oracle", simple=lambda rows: knows[0].outcome.astype(float))
    assert simple is not None and not simple.beats_baseline


def test_few_outcomes_choose_nothing():
    few = [Slice(one.features, np.zeros(len(one.outcome), dtype=bool)) for one in slices(1)]
    assert choose(few) is None
    assert choose(slices(1)[:1]) is None
    assert choose([]) is None


@pytest.mark.parametrize("rows", [400, 2_500])
def test_boosted_chances_are_calibrated(rows: int):
    """In each third of the chances, as many came true as was said; by Platt's curve for few rows, isotonic for many."""
    newest, *older = slices(2, rows=rows)
    chances = Boosted.fit(older).chances(newest.features)
    for third in np.array_split(np.argsort(chances), 3):
        assert chances[third].mean() == pytest.approx(newest.outcome[third].mean(), abs=0.12)


def test_the_trees_in_the_log_say_what_lightgbm_says():
    model = Boosted.fit(slices(3))
    scores = model.scores(slices(3)[0].features)
    kept = visits.forest(model, scores=scores, as_of=DAY)
    read = visit.Forest.from_document(json.loads(json.dumps(kept.as_document())))
    said = {"a": lambda value: "", "silence": lambda value: ""}
    rows = slices(3)[0].features.iloc[:50]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit, "SAYS", said)
        ours = [read.score(row)[0] for row in rows.to_dict("records")]
    assert ours == pytest.approx(model.chances(rows), abs=0.03)


def test_reasons_are_the_strongest_pushes_in_plain_words():
    rows = pd.DataFrame({"silence": [3.0, 200.0], "bought_30": [3.0, 0.0], "spent": [10.0, 10.0]})
    found = reasons(rows, np.array([[0.2, 1.0, -0.1], [-1.0, -0.5, 0.1]]), ("silence", "bought_30", "spent"))
    assert found == [
        ["Bought three times in the last month.", "Last bought 3 days ago."],
        ["Last bought 6 months ago.", "Bought nothing in the last month."],
    ]


def test_a_logistic_regression_takes_its_chances_from_its_pushes():
    newest, *older = slices(5)
    model = Logistic.fit(older)
    total = model.pushes(newest.features).sum(axis=1) + model.bias
    assert model.chances(newest.features) == pytest.approx(1 / (1 + np.exp(-total)))


def test_moments_end_before_what_they_foresee():
    end = SHOP.purchases["day"].max()
    found = moments(SHOP, REPURCHASE, end=end)
    bought = SHOP.purchases[SHOP.purchases["day"] > end - pd.Timedelta(days=30)]["customer"]
    assert found[0].outcome.sum() == len(set(bought) & set(found[0].features.index))
    assert len(found[0].features) >= len(found[-1].features)


def told_of(known: Known, *, until: int) -> list:
    """The purchases as events, `until` days of them ending the day before noon of the story."""
    first = known.purchases["day"].min()
    for number, row in enumerate(known.purchases.itertuples()):
        days = (row.day - first).days - until
        if days < 0:
            yield order(f"o{number}", "t1", days=days, person=row.customer, price=row.spend)


def test_scores_are_facts_in_the_log_and_stand_in_the_profile(database: Database):
    record(database, *told_of(shop(160, 300), until=300))
    now = NOON + timedelta(hours=1)
    done = refresh(database.reading, database.writing, now=now, steps=STEPS_HERE)
    kept = done.facts["predictions"]["predictions"]
    assert kept["repurchase_30d"]["used"] and kept["lifetime_value"]["used"]
    assert not kept["suggestion_click"]["used"]
    assert "Who clicks on a suggestion is not predicted: too few outcomes are known yet." in done.sentences[-1]
    with database.writing() as session:
        before = [one.as_dict() for one in profile.of_customers(session, ["c1", "c2", "c3"], now=now).values()]
        end = newest(session)
        profile.rebuild(session)
        after = [one.as_dict() for one in profile.of_customers(session, ["c1", "c2", "c3"], now=now).values()]
    assert before == after
    score = before[0]["scores"]["repurchase_30d"]
    assert 0.0 <= score["value"] <= 1.0 and score["reasons"] and score["as_of"].startswith("2026-03-01T13:00")
    assert before[0]["last_seen"] < "2026-03-01T12"
    with database.reading() as session:
        report = compose(session, now - timedelta(days=7), now, zone=ZoneInfo("UTC"))
    told = as_json(report)["predictions"]
    assert told[3] == "Who clicks on a suggestion is not predicted: too few outcomes are known yet."
    assert told[0] in html.unescape(as_html(report))
    again = refresh(database.reading, database.writing, now=now + timedelta(minutes=1), steps=STEPS_HERE)
    assert again.facts["predictions"]["scored"] == 0
    with database.reading() as session:
        assert newest(session) == end


def test_only_suggestions_that_nobody_asked_for_teach_who_clicks(database: Database):
    record(database, *told_of(shop(20, 60), until=60))
    told = []
    for number in range(200):
        here = {"days": -40 + number / 10, "product_id": f"t{number}", "person": f"c{number % 9}"}
        told += [event("Suggestion Shown", suggestion_id=f"s{number}", **here)]
        told += [event("Suggestion Shown", requested=True, **{**here, "product_id": f"l{number}"})]
        told += [event("Suggestion Clicked", suggestion_id=f"s{number}", **here)] if number % 2 else []
    record(database, *told)
    done = refresh(database.reading, database.writing, now=NOON + timedelta(hours=1), steps=STEPS_HERE)
    measured = done.facts["predictions"]["predictions"]["suggestion_click"]["measured"]
    assert (measured["base rate"]["customers"], measured["base rate"]["positives"]) == (50, 25)


def test_a_life_time_value_is_used_only_where_it_errs_less_than_going_on_as_before():
    used, scores = value.predict(SHOP.purchases, pd.Timestamp("2025-11-01"))
    assert used.used and scores.keys() == set(SHOP.purchases["customer"])
    assert used.measured[value.MODEL]["mae"] < used.measured[value.SIMPLE]["mae"]
    steady = pd.DataFrame(
        [(f"c{who}", DAY + pd.Timedelta(days=day), 10.0) for who in range(60) for day in range(0, 300, 5 + who % 9)],
        columns=["customer", "day", "spend"],
    )
    told, none = value.predict(steady, DAY + pd.Timedelta(days=300))
    assert not told.used and none == {}
    assert told.sentence.startswith("What the next year brings is not predicted: on the second half of the days")
    nothing, none = value.predict(steady.iloc[:0], DAY)
    assert nothing.sentence == "What a year brings is not predicted: nobody has bought anything." and none == {}


def test_who_is_on_a_visit_has_a_purchase_intent(database: Database):
    """People who put something in the basket go on to order, who only look do not; the profile tells them apart."""
    chance, events = np.random.default_rng(6), []
    for number in range(300):
        day, buys = -300 + number, bool(chance.random() < 0.5)
        events.append(event("Product Viewed", days=day, person=f"c{number % 40}", product_id="t1"))
        if buys:
            events.append(event("Product Added", days=day + 0.003, person=f"c{number % 40}", product_id="t1"))
            events.append(order(f"o{number}", "t1", days=day + 0.006, person=f"c{number % 40}"))
    record(database, *events)
    done = refresh(database.reading, database.writing, now=NOON, steps=STEPS_HERE)
    assert done.facts["predictions"]["predictions"]["purchase_intent"]["used"]
    record(database, event("Product Viewed", person="c1", product_id="t1"))
    record(database, event("Product Viewed", person="c2", product_id="t1"))
    record(database, event("Product Added", days=0.002, person="c2", product_id="t1"))
    now = NOON + timedelta(minutes=5)
    with database.reading() as session:
        looks, adds = (profile.get(session, person, now=now).scores["purchase_intent"] for person in ("c1", "c2"))
        gone = profile.get(session, "c2", now=now + timedelta(hours=1))
    assert adds.value > 0.8 > 0.7 > looks.value
    assert "Put 1 product in the basket." in adds.reasons
    assert adds.model.startswith("lightgbm") and adds.as_of > looks.as_of
    assert "purchase_intent" not in gone.scores


def test_trees_that_are_none_are_set_aside(database: Database):
    with database.writing() as session:
        append(session, [event(visit.EVENT, person=None, names=["views"], trees=[[0, 1]], curve=[], as_of="x")])
    record(database, event("Product Viewed", product_id="t1"))
    with database.reading() as session:
        assert "purchase_intent" not in profile.get(session, "c1", now=NOON).scores

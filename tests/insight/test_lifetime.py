import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import beta

from insight.lifetime import BgNbd, FitError, GammaGamma, forecast, histories, lifetime_value, purchases
from insight.lifetime.maximum import maximise

FITTED_UNTIL = pd.Timestamp("1997-09-30")
MODEL = BgNbd(r=0.24, alpha=4.4, a=0.79, b=2.4, log_likelihood=0.0)
SPENDING = GammaGamma(p=6.2, q=3.7, gamma=15.4, log_likelihood=0.0)

positive = st.floats(0.01, 50.0)
models = st.builds(BgNbd, r=positive, alpha=positive, a=positive, b=positive, log_likelihood=st.just(0.0))
repeats = st.integers(0, 200)
weeks = st.floats(0.0, 200.0)


def customer(repeats: int, recency: float, age: float, spend: float = 20.0) -> pd.DataFrame:
    return pd.DataFrame({"repeats": [repeats], "recency": [recency], "age": [age], "spend": [spend]})


def simulated(customers: int = 3_000, *, seed: int = 1) -> pd.DataFrame:
    """Histories of customers who behave as the model says, watched for 40 to 60 weeks."""
    chance = np.random.default_rng(seed)
    rows = []
    for age in chance.uniform(40, 60, customers):
        rate, leaves = chance.gamma(0.8, 1 / 6.0), chance.beta(1.2, 3.0)
        now, count, last = 0.0, 0, 0.0
        while (now := now + chance.exponential(1 / rate)) <= age:
            count, last = count + 1, now
            if chance.random() < leaves:
                break
        rows.append((count, last, age, chance.gamma(4.0 * max(count, 1)) * 5.0 / max(count, 1)))
    return pd.DataFrame(rows, columns=["repeats", "recency", "age", "spend"])


@pytest.fixture(scope="module")
def cdnow(cdnow_lines: pd.DataFrame) -> pd.DataFrame:
    """The purchases of the CDNOW sample."""
    return purchases(cdnow_lines)


def test_the_published_fit_to_cdnow_is_reproduced(cdnow: pd.DataFrame):
    """Fader, Hardie & Lee 2005, table 2, to the digits that the R package BTYD prints."""
    known = histories(cdnow, until=FITTED_UNTIL)
    fitted = BgNbd.fit(known)
    assert len(known) == 2_357
    assert (fitted.r, fitted.alpha, fitted.a, fitted.b) == pytest.approx((0.2426, 4.4137, 0.7930, 2.4262), abs=5e-4)
    assert fitted.log_likelihood == pytest.approx(-9582.429, abs=1e-3)


def test_purchases_of_each_cdnow_customer_are_foreseen_as_well_as_published(cdnow: pd.DataFrame):
    known = histories(cdnow, until=FITTED_UNTIL)
    expected = BgNbd.fit(known).expected(known, weeks=39)
    came = cdnow[cdnow["day"] > FITTED_UNTIL].groupby("customer").size().reindex(known.index, fill_value=0)
    assert np.abs(expected - came).mean() <= 0.786
    assert np.corrcoef(expected, came)[0, 1] >= 0.625


def test_the_published_spend_model_of_cdnow_is_reproduced(cdnow: pd.DataFrame):
    """p 6.25, q 3.74, gamma 15.44 for the 946 customers with a repeat (Fader & Hardie 2013)."""
    known = histories(cdnow, until=FITTED_UNTIL)
    fitted = GammaGamma.fit(known)
    assert int((known["repeats"] > 0).sum()) == 946
    assert (fitted.p, fitted.q, fitted.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


def test_fits_find_the_parameters_that_made_the_data():
    known = simulated()
    fitted = BgNbd.fit(known)
    truth = BgNbd(0.8, 6.0, 1.2, 3.0, 0.0)
    assert fitted.log_likelihood >= truth.log_likelihoods(known).sum()
    assert fitted.expected(known, weeks=20).sum() == pytest.approx(truth.expected(known, weeks=20).sum(), rel=0.1)
    assert fitted.r / fitted.alpha == pytest.approx(0.8 / 6.0, rel=0.15)


def test_customers_who_never_leave_can_be_fitted():
    """Then `a` goes to its limit, which is an answer and no failure."""
    chance = np.random.default_rng(2)
    counts = chance.poisson(chance.gamma(2.0, 0.1, 400) * 50)
    last = np.where(counts > 0, 50 * chance.beta(np.maximum(counts, 1), 1), 0.0)
    known = pd.DataFrame({"repeats": counts, "recency": last, "age": 50.0, "spend": 1.0})
    fitted = BgNbd.fit(known)
    assert fitted.alive(known).min() > 0.9
    assert fitted.r / fitted.alpha == pytest.approx(0.2, rel=0.15)


@pytest.mark.parametrize("model", [BgNbd, GammaGamma])
def test_too_few_returning_customers_are_refused_in_plain_words(model: type[BgNbd] | type[GammaGamma]):
    with pytest.raises(FitError, match="at least 10 customers"):
        model.fit(pd.concat([customer(0, 0.0, 9.0)] * 50 + [customer(1, 2.0, 9.0)] * 9))


def test_a_likelihood_without_a_maximum_is_refused():
    def nowhere(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        return float("nan"), np.full_like(parameters, np.nan)

    with pytest.raises(FitError, match="the model could not be fitted"):
        maximise(nowhere, [(1.0, 2.0)], name="the model")


@settings(max_examples=100, deadline=None)
@given(models, repeats, weeks, weeks)
def test_the_chance_to_be_alive_is_a_probability_and_falls_with_silence(model: BgNbd, count: int, recency, gap):
    recency = recency if count else 0.0
    chances = [model.alive(customer(count, recency, recency + silence))[0] for silence in (gap, gap + 1.0, gap + 50.0)]
    assert all(0.0 <= chance <= 1.0 for chance in chances)
    assert chances == sorted(chances, reverse=True)
    assert (chances[0] == 1.0) if count == 0 else (chances[0] < 1.0)


@settings(max_examples=100, deadline=None)
@given(models, repeats, weeks, weeks)
def test_more_time_never_brings_fewer_purchases(model: BgNbd, count: int, recency: float, gap: float):
    one = customer(count, recency if count else 0.0, recency + gap)
    expected = [model.expected(one, weeks=horizon)[0] for horizon in (0.0, 0.5, 4.0, 52.0, 520.0)]
    assert np.isfinite(expected).all()
    assert expected[0] == pytest.approx(0.0, abs=1e-6)
    assert (np.diff(expected) >= -1e-6 * np.maximum(expected[1:], 1.0)).all()


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_likelihood_does_not_depend_on_the_order_of_customers(random):
    known = simulated(60)
    order = list(range(len(known)))
    random.shuffle(order)
    likelihoods = MODEL.log_likelihoods(known)
    assert (MODEL.log_likelihoods(known.iloc[order]) == likelihoods[order]).all()
    assert BgNbd.fit(known.iloc[order]) == BgNbd.fit(known)


@pytest.mark.parametrize("a", [0.4, 0.79, 1.0, 3.0, 3.24, 60.0])
@pytest.mark.parametrize("count", [0, 1, 12])
def test_expected_purchases_agree_with_integration(a: float, count: int):
    """The mean of (1 - exp(-rate p t)) / p over what is known of rate and p while active, times being active."""
    model = BgNbd(0.24, 4.4, a, 2.4, 0.0)
    one = customer(count, 20.0 if count else 0.0, 30.0)

    def purchases_of(p: float) -> float:
        p = max(p, 1e-12)
        return -np.expm1(-(model.r + count) * np.log1p(p * 39 / (model.alpha + 30.0))) / p

    after = model.b + count
    integral, _ = quad(lambda p: purchases_of(p ** (1 / a)) * (1 - p ** (1 / a)) ** (after - 1.0) / a, 0, 1, epsabs=0)
    mean = integral / beta(a, after)
    assert model.expected(one, weeks=39)[0] == pytest.approx(mean * model.alive(one)[0], rel=1e-4)


def test_spend_is_drawn_to_the_mean_of_all_the_less_is_known():
    few, many = (SPENDING.expected(customer(count, 1.0, 9.0, spend=100.0))[0] for count in (1, 100))
    everybody = SPENDING.expected(customer(0, 0.0, 9.0))[0]
    assert everybody == pytest.approx(SPENDING.p * SPENDING.gamma / (SPENDING.q - 1.0))
    assert everybody < few < many < 100.0


def test_life_time_value_is_purchases_times_spend_less_the_discount():
    one = customer(5, 20.0, 30.0)
    undiscounted = MODEL.expected(one, weeks=52.5) * SPENDING.expected(one)
    worth = [
        lifetime_value(one, buying=MODEL, spending=SPENDING, weeks=52.5, yearly_discount=discount)[0]
        for discount in (0.0, 0.1, 0.5)
    ]
    assert worth[0] == pytest.approx(undiscounted[0])
    assert worth[0] > worth[1] > worth[2] > undiscounted[0] / 1.5


def test_histories_count_days_with_a_purchase_and_see_nothing_later():
    rows = [("a", "01-01", 5.0), ("a", "01-01", 5.0), ("a", "01-15", 8.0), ("a", "01-29", 4.0), ("a", "03-01", 99.0)]
    rows += [("b", "01-08", 3.0), ("c", "03-02", 1.0)]
    lines = pd.DataFrame(rows, columns=["CustomerID", "InvoiceDate", "UnitPrice"])
    lines["InvoiceDate"] = pd.to_datetime("2026-" + lines["InvoiceDate"]) + pd.Timedelta(hours=9)
    lines = lines.assign(Quantity=1, Kind=["sale"] * 6 + ["cancellation"])
    known = histories(purchases(lines), until=pd.Timestamp("2026-02-05"))
    assert known.to_dict("index") == {
        "a": {"repeats": 2, "recency": 4.0, "age": 5.0, "spend": 6.0},
        "b": {"repeats": 0, "recency": 0.0, "age": 4.0, "spend": 0.0},
    }


def test_a_forecast_sees_nothing_after_its_day_and_foresees_the_sum_of_what_came():
    day = pd.Timestamp("2025-01-01")
    chance = np.random.default_rng(5)
    rows = [
        (f"c{number}", day + pd.Timedelta(days=int(at)), 1.0)
        for number in range(200)
        for at in np.cumsum(chance.exponential(chance.gamma(3.0, 8.0), 300).clip(1))
        if at < 250
    ]
    bought = pd.DataFrame(rows, columns=["customer", "day", "spend"])
    until = day + pd.Timedelta(days=200)
    known = histories(bought, until=until)
    foreseen = forecast(bought, until=until, weeks=7)
    assert len(foreseen) == len(known)
    assert (foreseen == forecast(bought[bought["day"] <= until], until=until, weeks=7)).all()
    came = (bought["day"] > until).sum()
    assert foreseen.sum() == pytest.approx(came, rel=0.15)


def test_a_forecast_without_earlier_weeks_to_learn_from_is_bg_nbd():
    day = pd.Timestamp("2025-01-01")
    rows = [(f"c{number}", day + pd.Timedelta(days=at), 1.0) for number in range(20) for at in (number, 50 + number)]
    bought = pd.DataFrame(rows, columns=["customer", "day", "spend"])
    until = day + pd.Timedelta(days=70)
    known = histories(bought, until=until)
    assert (forecast(bought, until=until, weeks=4) == BgNbd.fit(known).expected(known, weeks=4)).all()

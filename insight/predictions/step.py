"""The step that predicts: fits and checks every model, and records in the log what the used ones say of each customer.

    Scores Predicted        of a customer: all the scores there are now, each with value, model and reasons
    Purchase Intent Fitted  of nobody: the trees for whoever is on a visit; none takes them back

A customer of whom nothing new can be said gets no event.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pandas as pd
from sqlalchemy import select

from insight.batch.context import Context
from insight.batch.log import MONEY
from insight.batch.profiles import catch_up
from insight.events import Event, append
from insight.predictions import clicks, value, visits
from insight.predictions.choosing import Choice, choose
from insight.predictions.contenders import Boosted
from insight.predictions.features import ACTS, Known, features
from insight.predictions.moments import CHURN, REPURCHASE, Target, moments
from insight.predictions.reasons import reasons
from insight.predictions.results import Told, keep
from insight.profile import scores
from insight.profile.store import documents, read_intent
from insight.profile.visit import EVENT as INTENT_FITTED
from insight.tables import EventRow

MOVED, MOVED_SHARE = 0.01, 0.02  # a score that moved by less is as it was
AT_ONCE = 2_000

Scores = dict[str, dict[str, dict[str, Any]]]  # name -> customer -> score


def predict(context: Context) -> dict[str, Any]:
    """Predict for every customer with an order; the facts have a sentence for each prediction."""
    known = read_known(context)
    today = pd.Timestamp(context.now.date())
    found: Scores = {}
    told = {target.name: _predict_target(known, target, today, found) for target in (REPURCHASE, CHURN)}
    told["lifetime_value"], found["lifetime_value"] = value.predict(known.purchases, today)
    told["suggestion_click"] = _predict_click(context, known, found)
    told["purchase_intent"] = _fit_intent(context)
    recorded = _record(context, found)
    with context.writing() as session:
        keep(session, told, as_of=context.now)
    if recorded:
        catch_up(context)
    sentences = " ".join(one.sentence for one in told.values())
    return {"scored": recorded, "predictions": {name: asdict(one) for name, one in told.items()}, "told": sentences}


def read_known(context: Context) -> Known:
    """Purchases and acts of everybody, from the tables of the log."""
    orders, events = context.table("orders"), context.table("events")
    placed = context.frame(orders.select("person_id", "at", left=orders.total - orders.refunded))
    bought = pd.DataFrame(
        {"customer": placed["person_id"], "day": placed["at"].dt.normalize(), "spend": placed["left"] / MONEY}
    )
    bought = bought.groupby(["customer", "day"], sort=True)["spend"].sum().reset_index()
    acts = context.frame(events.filter(events.name.isin(list(ACTS))).select("person_id", "at", "name"))
    return Known(bought, acts.rename(columns={"person_id": "customer"}))


def _predict_target(known: Known, target: Target, today: pd.Timestamp, found: Scores) -> Told:
    choice = choose(
        moments(known, target, end=today - pd.Timedelta(days=1)),
        baseline="recency",
        simple=lambda rows: (rows["silence"] if target.away else -rows["silence"]).to_numpy(),
    )
    if choice is None or not choice.beats_baseline:
        return _told(target.says, choice)
    now = target.asked(features(known, as_of=today, days=target.days))
    found[target.name] = _scored(choice, now, today)
    return _told(target.says, choice)


def _predict_click(context: Context, known: Known, found: Scores) -> Told:
    events, now = _volunteered(context), pd.Timestamp(context.now.replace(tzinfo=None))
    choice = choose(clicks.slices(events, until=now))
    if choice is not None and choice.beats_baseline:
        customers = sorted(set(events["person_id"]) & set(known.purchases["customer"]))
        asked = clicks.features(events, pd.DataFrame({"person_id": customers, "at": now}))
        asked.index = pd.Index(customers)
        found["suggestion_click"] = _scored(choice, asked, now)
    return _told("clicks on a suggestion", choice)


def _fit_intent(context: Context) -> Told:
    """Fit the trees on visits, and record them; take earlier ones back where they are no use."""
    now = pd.Timestamp(context.now.replace(tzinfo=None))
    slices = visits.slices(_events(context, visits.NAMES), until=now)
    choice = choose(slices)
    used = choice is not None and choice.measured["lightgbm"]["auc"] > choice.measured[choice.baseline]["auc"]
    properties = {}
    if used:
        model = Boosted.fit(slices)
        scores_then = model.scores(slices[0].features)
        properties = visits.forest(model, scores=scores_then, as_of=now).as_document()
    with context.reading() as session:
        before = read_intent(session)
    if used or before is not None:
        with context.writing() as session:
            append(session, [Event(INTENT_FITTED, f"intent-{context.now.isoformat()}", context.now, properties)])
        catch_up(context)
    return _told("orders within the visit", choice, live="lightgbm")


def _events(context: Context, names: tuple[str, ...]) -> pd.DataFrame:
    events = context.table("events")
    return context.frame(
        events.filter(events.name.isin(list(names))).select("person_id", "id", "at", "name", "product_id")
    )


def _volunteered(context: Context) -> pd.DataFrame:
    """Without what was listed because the customer asked: nothing there can be clicked."""
    events = _events(context, clicks.NAMES)
    asked = select(EventRow.id).where(EventRow.name == clicks.SHOWN, EventRow.properties["requested"].as_boolean())
    with context.reading() as session:
        return events[~events["id"].isin(list(session.scalars(asked)))]


def _scored(choice: Choice, rows: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, dict[str, Any]]:
    model = choice.model
    because = reasons(rows, model.pushes(rows), model.columns)
    name = f"{model.name} {as_of.date()}"
    return {
        customer: {"value": round(float(chance), 4), "model": name, "reasons": why}
        for customer, chance, why in zip(rows.index, model.chances(rows), because, strict=True)
    }


def _told(says: str, choice: Choice | None, *, live: str | None = None) -> Told:
    """`live`: the contender that is used whichever is best, because a serving process has to compute it."""
    if choice is None:
        return Told(False, f"Who {says} is not predicted: too few outcomes are known yet.", {})
    used = live or choice.model.name
    ours, simple = choice.measured[used]["auc"], choice.measured[choice.baseline]["auc"]
    if ours <= simple:
        sentence = (
            f"Who {says} is not predicted: {used} (AUC {ours:.3f}) does not beat {choice.baseline} ({simple:.3f})."
        )
        return Told(False, sentence, choice.measured)
    others = ", ".join(f"{other} {found['auc']:.3f}" for other, found in choice.measured.items() if other != used)
    return Told(True, f"Who {says}: {used}, AUC {ours:.3f} on days it had not seen ({others}).", choice.measured)


def _record(context: Context, found: Scores) -> int:
    """Append the scores of everybody of whom something new is said; returns of how many."""
    now: dict[str, dict[str, Any]] = {}
    for name, some in found.items():
        for person_id, score in some.items():
            now.setdefault(person_id, {})[name] = score
    with context.reading() as session:
        before = [
            (person_id, document.get("customer", False), document.get("scores", {}))
            for person_id, document in documents(session)
        ]
    events = [
        _event(context, person_id, is_customer, now.get(person_id, {}))
        for person_id, is_customer, scores_then in before
        if _differ(scores_then, now.get(person_id, {}))
    ]
    for start in range(0, len(events), AT_ONCE):
        with context.writing() as session:
            append(session, events[start : start + AT_ONCE])
    return len(events)


def _event(context: Context, person_id: str, is_customer: bool, told: Mapping[str, Any]) -> Event:
    """A visitor who bought without an account is a person, but no customer."""
    id = uuid5(NAMESPACE_OID, f"{context.now.isoformat()} {person_id}")
    who = {"customer_id" if is_customer else "anonymous_id": person_id}
    return Event(scores.EVENT, f"scores-{id}", context.now, {"scores": told}, **who)


def _differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a score came, went, is of another kind of model, or moved."""
    return before.keys() != now.keys() or any(_moved(before[name], now[name]) for name in now)


def _moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    kinds = {score["model"].rsplit(" ", 1)[0] for score in (before, now)}
    far = abs(before["value"] - now["value"]) > max(MOVED, MOVED_SHARE * abs(now["value"]))
    return far or len(kinds) > 1

"""Segments over HTTP and from the command line."""

import json
from datetime import UTC, datetime

import pytest

from bot import keys
from bot.cli import main
from insight import segments
from insight.clusters.cards import Card
from insight.events import Event, append
from insight.tables import SegmentRow
from insight.worker import Worker

LOYAL = {"field": "orders", "is": ">=", "value": 1}
ORDER = {"userId": "C1", "event": "Order Completed", "properties": {"order_id": "o1", "total": 10}}


@pytest.fixture
def reader(database):
    with database.writing() as session:
        return {"X-Read-Key": keys.create(session, scope="read", name="mail")}


def test_programs_see_who_is_in_a_segment(client, database, reader):
    with database.writing() as session:
        write = {"X-Write-Key": keys.create(session, scope="write", name="shop")}
        segments.save(session, "loyal", name="Loyal", rule=LOYAL)
    client.post("/v1/track", json=ORDER, headers=write)
    worker = Worker(database.writing)
    while worker.step():
        pass
    (listed,) = client.get("/v1/segments", headers=reader).json()["segments"]
    assert (listed["members"], listed["sentence"]) == (1, "the number of orders is at least 1")
    (stay,) = client.get("/v1/segments/loyal/members", headers=reader).json()["members"]
    assert (stay["person_id"], stay["left_at"]) == ("C1", None)
    seen = client.post("/v1/segments/preview", json={"rule": LOYAL}, headers=reader).json()
    assert (seen["matching"], seen["people"], seen["warning"]) == (1, 1, "The rule matches everybody.")
    churn = {"value": 0.2, "model": "logistic 2026-11-28", "reasons": ["Last bought 3 days ago."]}
    at = datetime(2026, 11, 28, tzinfo=UTC)
    with database.writing() as session:
        append(session, [Event("Scores Predicted", "scores", at, {"scores": {"churn_90d": churn}}, "C1")])
    while worker.step():
        pass
    known = client.get("/v1/profiles/C1?include=scores,segments", headers=reader).json()
    assert known.keys() == {"person_id", "as_of", "scores", "segments"}
    assert known["segments"].keys() == {"loyal"}
    assert known["scores"]["churn_90d"] == churn | {"as_of": at.isoformat()}


def test_a_wrong_rule_a_wrong_segment_and_a_missing_key_are_refused(client, reader):
    refused = client.post("/v1/segments/preview", json={"rule": {"field": "shoes"}}, headers=reader)
    assert refused.status_code == 422 and refused.json()["error"].startswith("rule.field: ")
    assert client.get("/v1/segments/none/members", headers=reader).status_code == 404
    assert client.get("/v1/segments").status_code == 401


@pytest.fixture
def run(database, monkeypatch, capsys):
    """A command of `shopkeeper segment`: its exit status, and what it printed."""
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["segment", *arguments])
        return ended.value.code or 0, capsys.readouterr()

    return run


def test_a_group_that_the_refresh_found_shows_its_card(client, database, reader, run):
    card = Card(
        31, 0.25, 0.5, 0.9, True, ("5.0 orders a customer, 2.0 among all.",), ("Lighting",), ("lamp", "too small")
    )
    with database.writing() as session:
        row = {"rule": None, "card": card.as_document(), "retired": False, "updated_at": datetime.now(UTC)}
        session.add(SegmentRow(id="many-orders", name="Many orders", **row))
    [listed] = client.get("/v1/segments", headers=reader).json()["segments"]
    assert (listed["rule"], listed["card"]["words"]) == (None, ["lamp", "too small"])
    assert listed["sentence"] == "does as 31 others: 5.0 orders a customer, 2.0 among all"
    printed = run("card", "many-orders")[1].out
    assert "31 customers, 25% of all, with 50% of the money" in printed and "lamp, too small" in printed
    assert "Many orders" in run("list")[1].out
    assert run("card", "none")[0] == 1


def test_the_command_line_previews_before_it_saves(run, tmp_path):
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps(LOYAL), encoding="utf-8")
    code, printed = run("preview", str(rule), "--json")
    assert code == 0 and json.loads(printed.out)["matching"] == 0 and "nobody" in printed.err
    assert run("save", "loyal", str(rule))[0] == 0
    assert "loyal" in run("list")[1].out
    assert run("members", "loyal")[0] == 0
    rule.write_text("{", encoding="utf-8")
    code, printed = run("save", "loyal", str(rule))
    assert code == 1 and "cannot be read as JSON" in printed.err

"""Events from other programs: Segment's messages over HTTP, right and wrong ones, and Segment's own Python client."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from segment.analytics.client import Client
from sqlalchemy import select

from bot import keys
from insight import profile, tracking
from insight.profile import rebuild
from insight.tables import DeadLetterRow, EventRow
from insight.worker import Worker
from tests.bot.conftest import build_world
from tests.serving import serving

VIEW = {"userId": "C1", "event": "Product Viewed", "properties": {"product_id": "P1", "category": "Lighting"}}


@pytest.fixture
def write_key(database):
    with database.writing() as session:
        return keys.create(session, scope="write", name="shop")


@pytest.fixture
def send(client, write_key):
    def sent(path, **body):
        return client.post(f"/v1/{path}", json=body, headers={"X-Write-Key": write_key})

    return sent


def fold(database):
    worker = Worker(database.writing)
    while worker.step():
        pass


def profile_of(database, person_id):
    fold(database)
    with database.reading() as session:
        found = profile.get(session, person_id)
        return found and found.as_dict()


def interests(database, person_id):
    found = profile_of(database, person_id)
    return [one["name"] for one in found["products"]] if found else None


def test_a_view_becomes_an_interest_and_counts_once(send, database):
    assert send("track", messageId="m1", **VIEW).json() == {"success": True, "stored": 1}
    assert send("track", messageId="m1", **VIEW).json() == {"success": True, "stored": 0}
    assert interests(database, "C1") == ["P1"]


def test_each_way_to_bring_the_key_is_open_and_no_other_key_is(client, database, write_key):
    with database.writing() as session:
        read_key = keys.create(session, scope="read", name="reports")
    basic = base64.b64encode(f"{write_key}:".encode()).decode()
    for headers in (
        {"X-Write-Key": write_key},
        {"Authorization": f"Bearer {write_key}"},
        {"Authorization": f"Basic {basic}"},
    ):
        assert client.post("/v1/track", json=VIEW, headers=headers).status_code == 200
    assert client.post("/v1/track", json={**VIEW, "writeKey": write_key}).status_code == 200
    for headers in ({}, {"X-Write-Key": read_key}, {"Authorization": "Basic !"}, {"Authorization": "Bearer"}):
        assert client.post("/v1/track", json=VIEW, headers=headers).status_code == 401
    assert client.get("/v1/profiles/C1", headers={"X-Read-Key": write_key}).status_code == 401


WRONG = [
    ("track", {"event": "X"}, "userId"),
    ("track", {"userId": "C1"}, "event"),
    ("track", {"userId": "", "event": "X"}, "userId"),
    ("track", {"userId": "C1", "event": "X", "properties": []}, "properties"),
    ("track", {"userId": "C1", "event": "Order Completed", "properties": {}}, "properties.order_id"),
    (
        "track",
        {"userId": "C1", "event": "Order Completed", "properties": {"order_id": "1", "products": [{"price": 1}]}},
        "properties.products.0.product_id",
    ),
    (
        "track",
        {"userId": "C1", "event": "Order Completed", "properties": {"order_id": "1", "total": "ten"}},
        "properties.total",
    ),
    (
        "track",
        {"userId": "C1", "event": "Product Viewed", "properties": {"product_id": "P1", "price": -1}},
        "properties.price",
    ),
    ("track", {"userId": "C1", "event": "Customer Erased"}, "event"),
    ("track", {"userId": "C1", "event": "Conversation Resolved"}, "event"),
    ("track", {**VIEW, "timestamp": "yesterday"}, "timestamp"),
    ("track", {**VIEW, "timestamp": "2999-01-01T00:00:00Z"}, "timestamp"),
    ("track", {**VIEW, "timestamp": "0001-01-01T00:00:00Z"}, "timestamp"),
    ("track", {**VIEW, "messageId": "m" * 500}, "messageId"),
    ("track", {**VIEW, "properties": {"product_id": "P1", "note": "x" * 40_000}}, "properties"),
    ("alias", {"userId": "C1"}, "previousId"),
    ("alias", {"userId": "C1", "previousId": "C1"}, "previousId"),
    ("identify", {"traits": {"plan": "gold"}}, "userId"),
]


@pytest.mark.parametrize(("path", "body", "field"), WRONG)
def test_a_wrong_event_is_answered_with_its_field_and_kept(send, database, path, body, field):
    answer = send(path, **body)
    assert answer.status_code == 422
    assert answer.json()["wrong"][0]["field"] == field
    with database.reading() as session:
        kept = list(tracking.letters(session, limit=9))
        assert session.scalars(select(EventRow)).all() == []
    assert [letter["field"] for letter in kept] == [field]
    assert json.loads(kept[0]["body"])["type"] == path if len(kept[0]["body"]) < tracking.LARGEST_BYTES else True


def test_a_wrong_event_costs_its_neighbours_nothing(send, database):
    right = {"type": "track", "messageId": "m1", **VIEW}
    answer = send(
        "batch", batch=[right, {"type": "track", "messageId": "m2", "userId": "C1"}, "what", {**right, "type": "sing"}]
    )
    assert answer.status_code == 422
    assert answer.json()["stored"] == 1
    assert [(one["index"], one["message_id"], one["field"]) for one in answer.json()["wrong"]] == [
        (1, "m2", "event"),
        (2, None, "batch"),
        (3, "m1", "type"),
    ]
    assert interests(database, "C1") == ["P1"]


@pytest.mark.parametrize("user_id", [{"id": "C2"}, ["C2"], True, 1.5, "   ", "C" * 500])
def test_a_malformed_user_id_costs_its_neighbours_nothing_and_is_kept_with_its_name(send, database, user_id):
    def view(number, user_id):
        about = {"product_id": f"P{number}", "category": "Lighting"}
        return {"type": "track", "messageId": f"m{number}", **VIEW, "userId": user_id, "properties": about}

    answer = send("batch", batch=[view(1, "C1"), view(2, user_id), view(3, "C1")])
    assert answer.status_code == 422 and answer.json()["stored"] == 2
    (wrong,) = answer.json()["wrong"]
    assert (wrong["index"], wrong["message_id"], wrong["field"]) == (1, "m2", "userId")
    with database.reading() as session:
        (letter,) = tracking.letters(session, limit=9)
    assert letter["field"] == "userId" and json.loads(letter["body"])["userId"] == user_id
    assert set(interests(database, "C1")) == {"P1", "P3"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"batch": 1}', b'{"batch": [], "sentAt": "now"}'])
def test_a_body_that_is_no_batch_is_refused(client, write_key, body):
    answer = client.post("/v1/batch", content=body, headers={"X-Write-Key": write_key})
    assert answer.status_code == 400 and answer.json()["error"]


def test_a_packed_body_is_unpacked_up_to_a_limit(client, write_key):
    headers = {"X-Write-Key": write_key, "Content-Encoding": "gzip"}
    packed = gzip.compress(json.dumps({"batch": [{"type": "track", **VIEW}]}).encode())
    assert client.post("/v1/batch", content=packed, headers=headers).json()["stored"] == 1
    assert client.post("/v1/batch", content=gzip.compress(b" " * 5_000_000), headers=headers).status_code == 413
    assert client.post("/v1/batch", content=b"plain", headers=headers).status_code == 400


def test_a_clock_that_is_off_is_set_right(send, database):
    """A client an hour fast sends what it says happened ten minutes before it sent it."""
    sent = datetime.now(UTC) + timedelta(hours=1)
    send(
        "batch",
        sentAt=sent.isoformat(),
        batch=[{"type": "track", **VIEW, "timestamp": (sent - timedelta(minutes=10)).isoformat()}],
    )
    with database.reading() as session:
        at = session.scalars(select(EventRow.occurred_at)).one()
    assert abs(datetime.now(UTC) - timedelta(minutes=10) - at) < timedelta(seconds=30)


def test_late_events_count_at_the_time_they_happened(send, database):
    order = {"userId": "C1", "event": "Order Completed", "properties": {"order_id": "o1", "total": 10}}
    send("track", **order, timestamp="2026-02-02T10:00:00Z")
    send("track", userId="C1", event="Order Cancelled", properties={"order_id": "o2"}, timestamp="2026-02-04T10:00:00Z")
    fold(database)
    late = {**order, "properties": {"order_id": "o2", "total": 30}}
    send("track", **late, timestamp="2026-02-03T10:00:00Z")
    value = profile_of(database, "C1")["value"]
    assert (value["orders"], value["spent"]) == (1, 10.0)


def test_merging_and_separating_leave_each_person_their_own_history(send, database):
    def viewed(product_id, **who):
        send("track", event="Product Viewed", properties={"product_id": product_id}, **who)

    viewed("P1", anonymousId="v1")
    viewed("P2", userId="C1")
    assert (interests(database, "v1"), interests(database, "C1")) == (["P1"], ["P2"])
    send("alias", previousId="v1", userId="C1")
    assert set(interests(database, "C1")) == {"P1", "P2"} == set(interests(database, "v1"))
    viewed("P3", anonymousId="v1")
    assert set(interests(database, "C1")) == {"P1", "P2", "P3"}
    send("unalias", previousId="v1", userId="C1")
    assert (set(interests(database, "v1")), interests(database, "C1")) == ({"P1", "P3"}, ["P2"])
    with database.writing() as session:
        rebuild(session)
    assert (set(interests(database, "v1")), interests(database, "C1")) == ({"P1", "P3"}, ["P2"])
    send("alias", previousId="v1", userId="C2")
    assert set(interests(database, "C2")) == {"P1", "P3"}


def test_two_customers_are_never_made_one(send, database):
    send("track", **VIEW)
    answer = send("alias", previousId="C1", userId="C2")
    assert answer.status_code == 422 and answer.json()["wrong"][0]["field"] == "previousId"
    assert interests(database, "C2") is None


def test_a_customer_of_the_same_batch_is_no_visitor(send, database):
    answer = send("batch", batch=[{"type": "track", **VIEW}, {"type": "alias", "previousId": "C1", "userId": "C2"}])
    assert [wrong["field"] for wrong in answer.json()["wrong"]] == ["previousId"]
    assert interests(database, "C1") and interests(database, "C2") is None


def test_who_a_visitor_became_is_not_sent_under_the_old_name(send, database):
    viewed = {"type": "track", "event": "Product Viewed", "properties": {"product_id": "P1"}, "userId": "v1"}
    alias = {"type": "alias", "previousId": "v1", "userId": "C1"}
    answers = [send("batch", batch=[alias, viewed])]
    fold(database)
    answers.append(send("batch", batch=[viewed]))
    for answer in answers:
        [wrong] = answer.json()["wrong"]
        assert wrong["field"] == "userId" and "became C1" in wrong["error"]


def test_a_mistaken_identity_taken_back_leaves_the_other_one(send, database):
    send("track", event="Product Viewed", properties={"product_id": "P1"}, anonymousId="v1")
    send("alias", previousId="v1", userId="C1")
    send("alias", previousId="v1", userId="C2")
    fold(database)
    send("unalias", previousId="v1", userId="C1")
    assert (interests(database, "C1"), interests(database, "C2")) == ([], ["P1"])
    with database.writing() as session:
        rebuild(session)
    assert (interests(database, "C1"), interests(database, "C2")) == ([], ["P1"])


def test_an_erased_person_leaves_no_letter(send, database):
    send("track", userId="C1", event="Order Completed", properties={"note": "my street 5"})
    with database.writing() as session:
        assert tracking.forget(session, "C1") == 1
        assert session.scalars(select(DeadLetterRow)).all() == []


def test_segments_own_python_client_works_unchanged(database, tmp_path, write_key):
    failed = []
    with serving(build_world(database, tmp_path).app) as url:
        segment = Client(
            write_key, host=url, gzip=True, on_error=lambda error, items: failed.append(error), max_retries=0
        )
        segment.identify("C1", {"plan": "gold"})
        segment.track("C1", "Product Viewed", {"product_id": "P1", "category": "Lighting"})
        segment.track("C1", "Order Completed", {"order_id": 7, "revenue": 25.5, "products": [{"product_id": "P1"}]})
        segment.track(anonymous_id="v1", event="Product Viewed", properties={"product_id": "P2"})
        segment.alias("v1", "C1")
        segment.page("C1", "help", "returns")
        segment.flush()
        segment.track("C1", "Order Completed", {})
        segment.shutdown()
    known = profile_of(database, "C1")
    assert known["traits"]["plan"] == "gold"
    assert {one["name"] for one in known["products"]} == {"P1", "P2"}
    assert known["value"]["spent"] == 25.5
    assert [error.status for error in failed] == [422] and "order_id" in failed[0].message


def test_a_profile_is_read_in_parts(send, client, database):
    with database.writing() as session:
        key = {"X-Read-Key": keys.create(session, scope="read", name="mail")}
    send("track", **VIEW)
    fold(database)
    parts = client.get("/v1/profiles/C1?include=products,value", headers=key).json()
    assert set(parts) == {"person_id", "as_of", "products", "value"}
    refused = client.get("/v1/profiles/C1?include=shoes", headers=key)
    assert refused.status_code == 400 and "shoes" in refused.json()["error"]


def test_an_event_storm_is_kept_whole(send, database):
    """A thousand views by one customer and one each by as many others, every one sent twice."""
    storm = [
        {"type": "track", "messageId": f"m{n}", "event": "Product Viewed", "properties": {"product_id": f"P{n % 7}"}}
        | {"userId": "C1" if n % 2 else f"C{n}"}
        for n in range(2_000)
    ]
    for start in range(0, len(storm), 1_000):
        assert send("batch", batch=storm[start : start + 1_000]).json()["stored"] == 1_000
        assert send("batch", batch=storm[start : start + 1_000]).json()["stored"] == 0
    fold(database)
    with database.reading() as session:
        known = profile.get(session, "C1")
    assert known is not None and sum(one.weight for one in known.products) == pytest.approx(1_000, rel=0.01)

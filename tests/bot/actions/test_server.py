"""The actions' door: its key, Rasa's protocol, and what happens when an action cannot do its work."""

from typing import Any

import pytest

from bot import conversations
from bot.actions.registry import ACTIONS, FORMS
from bot.actions.server import make_executor
from bot.database import Database
from tests.bot.actions.conftest import Desk
from tests.bot.conftest import add_agent
from tests.dialogue.shop import FakeShop


def tracker(conversation_id: str) -> dict[str, Any]:
    return {"sender_id": f"{conversation_id}.1", "slots": {}, "latest_message": {}, "events": [], "active_loop": {}}


def test_a_forged_call_is_refused(desk: Desk, jane: str) -> None:
    call = {"next_action": "action_track_order", "tracker": tracker(jane)}
    for key in ("", "wrong"):
        refused = desk.client.post("/webhook", json=call, headers={"X-Internal-Key": key})
        assert refused.status_code == 401
        assert "HP-" not in refused.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"next_action": "action_yes"}', b'{"tracker": {}}'])
def test_an_unreadable_call_is_a_400(desk: Desk, body: bytes) -> None:
    assert desk.client.post("/webhook", content=body).status_code == 400


def test_an_unknown_action_is_a_404(desk: Desk, jane: str) -> None:
    refused = desk.client.post("/webhook", json={"next_action": "action_nothing", "tracker": tracker(jane)})
    assert refused.status_code == 404
    assert refused.json()["action_name"] == "action_nothing"


def test_a_failing_action_is_a_500_without_details(desk: Desk, jane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.context.shop, "orders", lambda *a, **k: 1 / 0)
    failed = desk.client.post("/webhook", json={"next_action": "action_track_order", "tracker": tracker(jane)})
    assert failed.status_code == 500
    assert failed.json() == {"error": "the action failed", "action_name": "action_track_order"}


def test_a_conversation_that_we_do_not_have_is_no_turn(desk: Desk) -> None:
    assert (
        desk.client.post("/webhook", json={"next_action": "action_answer", "tracker": tracker("x")}).status_code == 500
    )


def test_the_executor_knows_every_action_and_form(desk: Desk) -> None:
    assert set(make_executor(desk.context).actions) == {*ACTIONS, *(f"validate_{form.name}" for form in FORMS)}


def test_the_same_message_writes_once(desk: Desk, jane: str, shop: FakeShop) -> None:
    slots = {"requested_slot": "sure", "which": "HP-10001", "opening": {"form": "cancel_form"}}
    for _ in range(2):
        done = desk.call("validate_cancel_form", "yes", "affirm", conversation_id=jane, slots=slots, form="cancel_form")
    assert [action for action, _ in shop.writes] == ["cancel_order"]
    assert done["responses"][0]["custom"]["template_id"] == "order_already_cancelled"


def test_after_an_answer_inside_a_form_the_form_goes_on(desk: Desk, jane: str) -> None:
    done = desk.call("action_answer", "how long?", "delivery_period", conversation_id=jane, form="return_form")
    assert done["events"][-1] == {"event": "followup", "timestamp": None, "name": "return_form"}
    done = desk.call("action_answer", "how long?", "delivery_period", conversation_id=jane)
    assert done["events"][-1]["name"] == "action_listen"


def test_a_form_refuses_a_question_with_no_events_at_all(desk: Desk, jane: str) -> None:
    slots = {"requested_slot": "sure", "which": "HP-10001", "opening": {"form": "cancel_form"}}
    done = desk.call(
        "validate_cancel_form",
        "is it free?",
        "check_cancellation_fee",
        conversation_id=jane,
        slots=slots,
        form="cancel_form",
    )
    assert done == {"events": [], "responses": []}


def test_an_order_in_a_slot_is_checked_again_when_it_is_cancelled(desk: Desk, jane: str, shop: FakeShop) -> None:
    """A slot is only Rasa's memory: another customer's number in it must not get past the shop."""
    slots = {"requested_slot": "sure", "which": "HP-10002", "opening": {"form": "cancel_form"}}
    done = desk.call("validate_cancel_form", "yes", "affirm", conversation_id=jane, slots=slots, form="cancel_form")
    assert "can't find that order" in done["responses"][0]["custom"]["text"]
    assert shop.book["HP-10002"].status == "paid"


def test_a_handoff_passes_on_what_a_colleague_settled_before(desk: Desk, jane: str, database: Database) -> None:
    with database.writing() as session:
        add_agent(session, "anna")
        conversations.take(session, jane, "anna")
        conversations.release(session, jane, "anna", "A new lid is on its way.")
    asked = desk.call("action_contact_person", "a person please", "contact_human_agent", conversation_id=jane)
    (part,) = (response["custom"] for response in asked["responses"])
    assert "A colleague settled before: A new lid is on its way." in part["summary"]

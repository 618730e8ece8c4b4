"""What agents may do with orders, for whom, and what is left behind."""

import pytest

from bot import conversations, order_actions
from bot.errors import NotAllowed, NotFound
from bot.order_actions import Action
from bot.tables import Agent
from tests.bot.conftest import add_agent

CANCEL = Action("cancel", "HP-20001", None, "")
REFUND, RESEND = (Action(kind, "HP-20003", "CLO-001", "") for kind in ("refund", "resend"))


@pytest.fixture
def taken(demo):
    """`taken(customer_id)` is a conversation that Anna, an agent, has."""
    with demo.writing() as session:
        add_agent(session)
        add_agent(session, "sue")
        session.get(Agent, "sue").role = "supervisor"

    def taken(customer_id, *, by="anna"):
        with demo.writing() as session:
            visitor = conversations.open_visitor(session)
            visitor.customer_id = customer_id
            id = conversations.open_conversation(session, visitor.id, "web").id
            conversations.take(session, id, by)
        return id

    return taken


def test_an_order_is_cancelled_once_with_a_note_and_an_entry_in_the_trail(demo, shop, taken):
    id = taken("C-0001")
    first, again = (order_actions.carry_out(demo, shop, CANCEL, conversation_id=id, agent_id="anna") for _ in range(2))
    assert (first.changed, again.changed, shop.order("HP-20001").status) == (True, False, "cancelled")
    with demo.reading() as session:
        (deed,) = [one for one in conversations.deeds(session) if one.action == "cancelled an order"]
        notes = [one.body["text"] for one in conversations.messages(session, id, internal=True) if one.internal]
    assert (deed.agent_id, deed.details["order_id"]) == ("anna", "HP-20001")
    assert notes == [f"Done in the shop: {first.message}"]


def test_refunds_are_for_supervisors_and_replacements_for_everybody(demo, shop, taken):
    mine, hers = taken("C-0001"), taken("C-0001", by="sue")
    with pytest.raises(NotAllowed, match="supervisors"):
        order_actions.carry_out(demo, shop, REFUND, conversation_id=mine, agent_id="anna")
    order = shop.order("HP-20003")
    assert {one.kind for one in order_actions.possible(order, role="agent")} == {"resend"}
    assert {one.kind for one in order_actions.possible(order, role="admin")} == {"resend", "refund"}
    receipt = order_actions.carry_out(demo, shop, REFUND, conversation_id=hers, agent_id="sue")
    assert (receipt.returned.resolution, receipt.returned.product_id) == ("refund", "CLO-001")
    assert "CLO-001" not in {one.product_id for one in order_actions.possible(shop.order("HP-20003"), role="admin")}
    socks = Action("resend", "HP-20003", "CLO-013", "")
    sent = order_actions.carry_out(demo, shop, socks, conversation_id=mine, agent_id="anna")
    assert sent.returned.resolution == "replacement"


@pytest.mark.parametrize(
    ("customer_id", "by", "error"),
    [(None, "anna", NotAllowed), ("C-0002", "anna", NotFound), ("C-0001", "sue", NotAllowed)],
)
def test_nobody_touches_what_is_not_their_customers(demo, shop, taken, customer_id, by, error):
    id = taken(customer_id, by=by)
    with pytest.raises(error):
        order_actions.carry_out(demo, shop, CANCEL, conversation_id=id, agent_id="anna")
    assert shop.order("HP-20001").status == "paid"
    with demo.reading() as session:
        assert "cancelled an order" not in {deed.action for deed in conversations.deeds(session)}

"""Codes: who may become which customer, how often one may guess, and that nobody learns who ordered what."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import verification
from bot.database import Database
from bot.settings import Settings
from bot.tables import Confirmation, Conversation, Visitor
from bot.verification import NOBODY, TRIES, Code, Outcome
from insight import events
from tests.dialogue.shop import FakeShop, customer, order
from tests.dialogue.stack import open_conversation

SETTINGS = Settings(_env_file=None)


@pytest.fixture
def conversation(database: Database) -> str:
    return open_conversation(database)


def ask(database: Database, conversation_id: str, customer_id: str = "C-1") -> Code | None:
    with database.writing() as session:
        return verification.request_code(
            session, SETTINGS, conversation_id, customer_id=customer_id, order_id="HP-1", email="jane@example.com"
        )


def enter(database: Database, conversation_id: str, code: str) -> Outcome:
    with database.writing() as session:
        return verification.confirm(session, SETTINGS, conversation_id, code)


def customer_of(database: Database, conversation_id: str) -> str | None:
    with database.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        visitor = conversation and session.get(Visitor, conversation.visitor_id)
        return visitor.customer_id if visitor else None


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_makes_the_visitor_the_customer(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None and sent.email == "jane@example.com" and len(sent.code) == 6
    assert enter(database, conversation, sent.code) is Outcome.CONFIRMED
    assert customer_of(database, conversation) == "C-1"
    with database.reading() as session:
        [identified] = [r.event for r in events.read(session, after=0, limit=10)]
    assert (identified.name, identified.customer_id) == ("Customer Identified", "C-1")
    assert identified.properties["method"] == "code"


def test_a_code_works_once(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    enter(database, conversation, sent.code)
    assert enter(database, conversation, sent.code) is Outcome.OVER


def test_five_wrong_tries_end_it_even_for_the_right_code(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    tried = [enter(database, conversation, other_than(sent.code)) for _ in range(TRIES)]
    assert tried == [Outcome.WRONG] * (TRIES - 1) + [Outcome.OVER]
    assert enter(database, conversation, sent.code) is Outcome.OVER
    assert customer_of(database, conversation) is None


def test_asking_again_gives_no_new_tries(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    for _ in range(TRIES):
        enter(database, conversation, other_than(sent.code))
    assert ask(database, conversation) is None
    assert enter(database, conversation, sent.code) is Outcome.OVER


def test_a_code_expires_after_ten_minutes(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    with database.writing() as session:
        row = session.get(Confirmation, conversation)
        assert row is not None
        assert timedelta(minutes=9) < row.expires_at - datetime.now(UTC) <= timedelta(minutes=10)
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert enter(database, conversation, sent.code) is Outcome.OVER


def test_nobodys_request_behaves_like_any_other_and_never_succeeds(database: Database, conversation: str) -> None:
    assert ask(database, conversation, NOBODY) is None
    with database.reading() as session:
        row = session.get(Confirmation, conversation)
        assert row is not None
        secret = verification._code(SETTINGS, row)
    assert enter(database, conversation, secret) is Outcome.WRONG
    tried = [enter(database, conversation, "000000") for _ in range(TRIES - 1)]
    assert tried[-1] is Outcome.OVER
    assert customer_of(database, conversation) is None


def test_many_conversations_cannot_guess_one_customers_code(database: Database) -> None:
    codes = [ask(database, open_conversation(database)) for _ in range(verification.CODES_A_CUSTOMER + 1)]
    assert [code is not None for code in codes] == [True] * verification.CODES_A_CUSTOMER + [False]


def test_a_code_belongs_to_its_conversation(database: Database, conversation: str) -> None:
    sent, elsewhere = ask(database, conversation), open_conversation(database)
    assert sent is not None
    ask(database, elsewhere, "C-2")
    assert enter(database, elsewhere, sent.code) is not Outcome.CONFIRMED


def test_no_code_is_stored(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    with database.reading() as session:
        row = session.get(Confirmation, conversation)
        assert row is not None
        assert sent.code not in " ".join(str(value) for value in (row.code_hash, row.order_id, row.customer_id))


def test_the_demo_page_shows_the_code_and_only_the_demo(database: Database, conversation: str) -> None:
    sent = ask(database, conversation)
    assert sent is not None
    secret = {name: "a secret of our own" for name in ("secret_key", "internal_key", "channel_key", "identity_key")}
    production = Settings(_env_file=None, environment="production", **secret)
    with database.reading() as session:
        assert verification.latest_demo_code(session, SETTINGS, conversation) == sent.code
        assert verification.latest_demo_code(session, production, conversation) is None
        assert verification.latest_demo_code(session, Settings(_env_file=None, demo=False), conversation) is None
        assert verification.latest_demo_code(session, SETTINGS, "nobody") is None


def test_an_order_belongs_to_an_email_or_to_nobody() -> None:
    shop = FakeShop(people={"C-1": customer("C-1", "Jane Doe")})
    shop.book = {o.id: o for o in (order("HP-10001", "C-1", "paid", "P-1"), order("HP-10002", None, "paid", "P-1"))}
    assert verification.owner_of(shop, order_id="#10001", email=" Jane@Example.com") == ("C-1", "HP-10001")
    for order_id, email in (("HP-10001", "bob@example.com"), ("HP-10002", ""), ("HP-9", "jane@example.com")):
        assert verification.owner_of(shop, order_id=order_id, email=email) == (NOBODY, "")

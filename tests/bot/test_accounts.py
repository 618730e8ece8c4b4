"""Accounts from the console: only admins change them, never themselves out of it, and all of it is in the trail."""

import pytest

from bot import accounts, agents, conversations
from bot.errors import NotAllowed, NotFound, NotSignedIn

PASSWORD = "correct horse"
KIM = {"email": "kim@example.com", "name": "Kim", "role": "agent", "password": PASSWORD}


@pytest.fixture
def admin(database):
    with database.writing() as session:
        return agents.add(session, email="ada@example.com", name="Ada", role="admin", password=PASSWORD).id


def trail(database):
    with database.reading() as session:
        return [(deed.action, deed.details) for deed in conversations.deeds(session)]


def test_an_account_is_added_changed_and_closed(database, admin):
    with database.writing() as session:
        kim = accounts.add(session, admin, **KIM, capacity=3, team="returns", skills=["get_refund"])
        assert (kim.capacity, kim.team, kim.skills) == (3, "returns", ["get_refund"])
    with database.writing() as session:
        accounts.change(session, admin, kim.id, role="supervisor", skills=[], password="another horse", capacity=3)
    with database.writing() as session:
        assert agents.sign_in(session, email="kim@example.com", password="another horse").role == "supervisor"
        accounts.close(session, admin, kim.id)
    with database.writing() as session:
        with pytest.raises(NotSignedIn):
            agents.sign_in(session, email="kim@example.com", password="another horse")
        with pytest.raises(NotFound):
            accounts.close(session, admin, kim.id)
    assert trail(database) == [
        ("closed an account", {"account": kim.id}),
        ("changed an account", {"account": kim.id, "role": "supervisor", "skills": "", "password": "a new one"}),
        ("added an account", {"account": kim.id, "role": "agent"}),
    ]


def test_nothing_changed_leaves_no_trace(database, admin):
    with database.writing() as session:
        accounts.change(session, admin, admin, name="Ada", role="admin", password=None)
    assert trail(database) == []


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_only_admins_may(database, admin, role):
    with database.writing() as session:
        lee = agents.add(session, email="lee@example.com", name="Lee", role=role, password=PASSWORD).id
    for do in (
        lambda session: accounts.add(session, lee, **KIM),
        lambda session: accounts.change(session, lee, lee, role="admin"),
        lambda session: accounts.close(session, lee, admin),
    ):
        with pytest.raises(NotAllowed), database.writing() as session:
            do(session)
    assert trail(database) == []


def test_an_admin_stays_one(database, admin):
    for do in (
        lambda session: accounts.change(session, admin, admin, role="agent"),
        lambda session: accounts.close(session, admin, admin),
    ):
        with pytest.raises(NotAllowed), database.writing() as session:
            do(session)

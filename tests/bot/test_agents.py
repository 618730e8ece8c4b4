import pytest

from bot import agents, conversations, tables
from bot.cli import agent as commands
from bot.cli import main
from bot.errors import BotError, NotFound, NotSignedIn
from bot.settings import Settings

PASSWORD = "correct horse"


@pytest.fixture
def lee(database):
    with database.writing() as session:
        return agents.add(session, email="Lee@Example.com", name="Lee", role="agent", password=PASSWORD)


def test_signs_in_with_the_right_password_only(database, lee):
    with database.writing() as session:
        assert agents.sign_in(session, email="lee@example.com ", password=PASSWORD).id == lee.id
        for email, password in (("lee@example.com", "wrong"), ("kim@example.com", PASSWORD), ("", "")):
            with pytest.raises(NotSignedIn):
                agents.sign_in(session, email=email, password=password)
    assert PASSWORD not in lee.password_hash


def test_a_removed_account_cannot_sign_in_and_can_be_added_again(database, lee):
    before = agents.credential(lee)
    with database.writing() as session:
        agents.seen(session, lee.id)
        removed = agents.remove(session, "lee@example.com")
        assert agents.credential(removed) != before
    with database.writing() as session:
        assert agents.find(session, lee.id) is None
        assert agents.present(session) == []
        with pytest.raises(NotSignedIn):
            agents.sign_in(session, email="lee@example.com", password=agents.BLOCKED)
        with pytest.raises(NotFound):
            agents.remove(session, "lee@example.com")
        again = agents.add(session, email="lee@example.com", name="Lee", role="admin", password=PASSWORD)
        assert (again.id, again.role) == (lee.id, "admin")


@pytest.mark.parametrize(
    ("email", "name", "role", "password"),
    [
        ("no address", "Kim", "agent", PASSWORD),
        ("kim@example.com", " ", "agent", PASSWORD),
        ("kim@example.com", "Kim", "owner", PASSWORD),
        ("kim@example.com", "Kim", "agent", "short"),
        ("lee@example.com", "Lee", "agent", PASSWORD),
    ],
)
def test_refuses_an_account_that_cannot_be(database, lee, email, name, role, password):
    with database.writing() as session, pytest.raises(BotError):
        agents.add(session, email=email, name=name, role=role, password=password)


def test_presence_follows_the_signs_of_life(database, lee):
    with database.writing() as session:
        assert agents.present(session) == []
        agents.seen(session, lee.id)
        assert [agent.id for agent in agents.present(session)] == [lee.id]
        session.get(tables.Agent, lee.id).seen_at -= agents.PRESENT_FOR * 2
        session.flush()
        assert agents.present(session) == []
        agents.seen(session, lee.id)
        agents.gone(session, lee.id)
        assert agents.present(session) == []


def test_the_demo_account_exists_in_development_only(database, tmp_path):
    development = Settings(_env_file=None, var_dir=tmp_path)
    secrets = dict.fromkeys(("secret_key", "internal_key", "channel_key", "identity_key"), "something else")
    production = Settings(_env_file=None, environment="production", **secrets)
    with database.writing() as session:
        password = agents.ensure_demo_agent(session, development)
        assert agents.ensure_demo_agent(session, development) == password
        assert agents.sign_in(session, email=agents.DEMO_EMAIL, password=password).role == "admin"
        assert agents.ensure_demo_agent(session, production) is None
        with pytest.raises(NotSignedIn):
            agents.sign_in(session, email=agents.DEMO_EMAIL, password=password)
        assert agents.ensure_demo_agent(session, development) == password
        assert agents.sign_in(session, email=agents.DEMO_EMAIL, password=password)


def test_the_command_reads_the_password_from_stdin(database, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", str(database.url))
    monkeypatch.setattr(commands.sys, "stdin", (tmp_path / "password").open("w+"))
    commands.sys.stdin.write(f"{PASSWORD}\n")
    commands.sys.stdin.seek(0)
    run("agent", "add", "kim@example.com", "--name", "Kim", "--role", "supervisor", "--password-stdin")
    run("agent", "list", "--json")
    assert (
        '"email": "kim@example.com", "name": "Kim", "role": "supervisor", "present": false' in capsys.readouterr().out
    )
    run("agent", "remove", "kim@example.com")
    with database.reading() as session:
        assert agents.everyone(session) == []
    with pytest.raises(SystemExit) as stopped:
        main(["agent", "remove", "kim@example.com"])
    assert stopped.value.code == 1
    assert "no account" in capsys.readouterr().err
    commands.sys.stdin.close()


def test_the_command_says_what_an_agent_is_assigned(database, lee, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", str(database.url))
    run(
        "agent", "set", "lee@example.com", "--capacity", "3", "--team", "returns", "--skills", "get_refund, return_item"
    )
    run("agent", "set", "lee@example.com", "--capacity", "4", "--json")
    duties = '"role": "agent", "capacity": 4, "team": "returns", "skills": ["get_refund", "return_item"]}'
    assert duties in capsys.readouterr().out
    run("agent", "set", "lee@example.com", "--team", "", "--skills", "", "--role", "supervisor")
    with database.writing() as session:
        (changed,) = agents.everyone(session)
        assert (changed.capacity, changed.team, changed.skills, changed.role) == (4, None, [], "supervisor")
        for wrong in (
            {"capacity": -1},
            {"team": "x" * 41},
            {"role": "owner"},
            {"password": "short"},
            {"name": "x" * 101},
        ):
            with pytest.raises(BotError):
                agents.change(session, "lee@example.com", **wrong)


def test_removing_an_agent_puts_their_conversations_back_in_the_queue(database, lee, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", str(database.url))
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        conversation = conversations.open_conversation(session, visitor.id, "web")
        conversations.take(session, conversation.id, lee.id)
    run("agent", "remove", "lee@example.com")
    with database.writing() as session:
        assert conversations.requeue_silent(session).id == conversation.id


def run(*arguments):
    """The command, which must end well."""
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 0

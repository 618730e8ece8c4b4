import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot import agents
from bot.console import signin
from bot.console.signin import COOKIE, SignIn
from bot.errors import NotSignedIn, TooMany
from bot.gateway import rendering
from bot.settings import Settings

EMAIL, PASSWORD = "lee@example.com", "correct horse"


@pytest.fixture
def sign_in(database, tmp_path):
    with database.writing() as session:
        agents.add(session, email=EMAIL, name="Lee", role="agent", password=PASSWORD)
    return SignIn(Settings(_env_file=None, var_dir=tmp_path), database)


@pytest.fixture
def client(sign_in, tmp_path):
    app = FastAPI()
    app.include_router(signin.router(Settings(_env_file=None, var_dir=tmp_path), sign_in, demo_password=None))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_the_cookie_says_who_is_signed_in_until_signing_out(sign_in):
    cookie = sign_in.enter(email=EMAIL, password=PASSWORD, address="1")
    assert sign_in.who(cookie).email == EMAIL
    for wrong in (None, "", cookie + "x", cookie[:-3]):
        with pytest.raises(NotSignedIn):
            sign_in.who(wrong)
    other = sign_in.enter(email=EMAIL, password=PASSWORD, address="1")
    sign_in.leave(cookie)
    with pytest.raises(NotSignedIn):
        sign_in.who(cookie)
    assert cookie == other or sign_in.who(other).email == EMAIL


def test_a_new_password_ends_the_sessions_of_the_old_one(sign_in, database):
    cookie = sign_in.enter(email=EMAIL, password=PASSWORD, address="1")
    with database.writing() as session:
        agents.remove(session, EMAIL)
        agents.add(session, email=EMAIL, name="Lee", role="agent", password="another password")
    with pytest.raises(NotSignedIn):
        sign_in.who(cookie)


def test_guessing_ends_after_five_attempts_even_with_the_right_password(sign_in):
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.enter(email=EMAIL, password="a guess", address="1")
    with pytest.raises(TooMany):
        sign_in.enter(email=EMAIL.upper(), password=PASSWORD, address="2")


def test_the_form_sets_a_cookie_that_scripts_and_other_sites_do_not_get(client):
    answer = client.post("/console/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/console" in cookie


def test_a_wrong_password_is_told_and_does_not_come_back_in_the_page(client):
    answer = client.post("/console/sign-in", data={"email": '"><b>', "password": "not this one"})
    assert answer.status_code == 401
    assert "is not right" in answer.text
    assert "not this one" not in answer.text and "<b>" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/console/sign-in", "/console/sign-out"])
def test_a_form_on_another_site_is_refused(sign_in, tmp_path, headers, path):
    app = FastAPI()
    rendering.install(app)
    app.include_router(signin.router(Settings(_env_file=None, var_dir=tmp_path), sign_in, demo_password=None))
    with TestClient(app, follow_redirects=False) as client:
        assert client.post(path, data={"email": EMAIL, "password": PASSWORD}, headers=headers).status_code == 403

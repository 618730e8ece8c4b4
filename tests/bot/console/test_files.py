import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot import agents
from bot.console import files
from bot.console.signin import COOKIE, SignIn
from bot.gateway import rendering, uploads
from bot.settings import Settings

EMAIL, PASSWORD = "lee@example.com", "correct horse"
PDF = b"%PDF-1.7"


@pytest.fixture
def settings(tmp_path):
    kept = uploads.folder(tmp_path, "c1")
    kept.mkdir(parents=True)
    (kept / "a.pdf").write_bytes(PDF)
    return Settings(_env_file=None, var_dir=tmp_path)


def test_an_agent_opens_a_customers_file_and_nobody_else_does(database, settings):
    with database.writing() as session:
        agents.add(session, email=EMAIL, name="Lee", role="agent", password=PASSWORD)
    sign_in = SignIn(settings, database)
    app = FastAPI()
    app.include_router(files.router(settings, sign_in))
    rendering.install(app)
    address = files.address({"url": "/v1/conversations/c1/files/a.pdf"})
    with TestClient(app) as client:
        assert client.get(address).status_code == 401
        client.cookies.set(COOKIE, sign_in.enter(email=EMAIL, password=PASSWORD, address="1"))
        opened = client.get(address)
        assert (opened.content, opened.headers["x-content-type-options"]) == (PDF, "nosniff")
        assert client.get(address.replace("a.pdf", "b.pdf")).status_code == 404


@pytest.mark.parametrize(
    "url", [None, "https://shop.example/a.png", "/v1/conversations/c1/a.png", "javascript:alert(1)"]
)
def test_only_what_a_customer_sent_has_an_address(url):
    assert files.address({"url": url}) is None

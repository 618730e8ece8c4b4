import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from bot.database import Database
from bot.shop.demo import load_demo
from bot.shop.sql import SqlShop
from bot.widget import routes
from bot.widget.script import script
from insight.tables import EventRow
from tests.conftest import _with_tables

DATA = Path("data").resolve()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The file of a database with the demo shop in it."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"
    database = _with_tables(Database(f"sqlite:///{path}"))
    load_demo(database, DATA, today=datetime.now(UTC).date())
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def database(loaded, tmp_path):
    """A copy of it for each test."""
    database = Database(f"sqlite:///{shutil.copy(loaded, tmp_path / 'shop.db')}")
    yield database
    database.close()


@pytest.fixture
def shop(database):
    return SqlShop(database)


def latest(database, name):
    """The newest event of that name, and how many there are."""
    with database.reading() as session:
        wanted = select(EventRow).where(EventRow.name == name).order_by(EventRow.id.desc()).limit(1)
        count = select(func.count()).select_from(EventRow).where(EventRow.name == name)
        return session.scalar(wanted), session.scalar(count)


@pytest.fixture
def pages(world, shop):
    routes.add_to(
        world.app, settings=world.gateway.settings, database=world.database, shop=shop, people=["C-0001", "C-0005"]
    )
    with TestClient(world.app, follow_redirects=False) as client:
        yield client


def test_every_page_answers_and_every_picture_is_there(pages, shop):
    product = shop.products()[0]
    for path in ("/", "/?q=lamp", f"/categories/{product.category}", product.url):
        page = pages.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert not re.search(r"<script(?! src)|<style|\son\w+=|style=", page.text)
    assert pages.get(product.image).headers["content-type"] == "image/svg+xml"
    assert pages.get("/?q=<b>zzz</b>").text.count("<b>zzz") == 0
    for path in ("/products/NONE", "/categories/NONE", "/pictures/NONE.svg", "/shop/demo.py", "/shop/..%2fdemo.py"):
        assert pages.get(path).status_code == 404


def test_only_the_listed_customers_can_be_chosen(pages):
    refused = pages.post("/demo/sign-in", data={"customer_id": "C-0002"})
    assert refused.status_code == 403
    pages.cookies.set("demo_customer", "C-0002")
    assert "customer-id" not in pages.get("/").text
    pages.cookies.clear()
    chosen = pages.post("/demo/sign-in", data={"customer_id": "C-0001"}, headers={"Referer": "https://evil.example/"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
    assert 'customer-id="C-0001"' in pages.get("/").text


def test_the_signature_of_the_page_opens_the_chat_as_that_customer(pages, database):
    pages.post("/demo/sign-in", data={"customer_id": "C-0001"})
    signature = re.search(r'signature="(\w+)"', pages.get("/").text).group(1)
    answer = pages.post("/v1/visitors", json={"customer_id": "C-0001", "signature": signature})
    assert answer.status_code == 201
    assert latest(database, "Customer Identified")[0].customer_id == "C-0001"


def test_views_are_noted_for_customers_and_for_guests_who_chat(pages, world, shop, database):
    product = shop.products()[3]
    before = latest(database, "Product Viewed")[1]
    pages.get(product.url)
    assert latest(database, "Product Viewed")[1] == before
    assert pages.post("/v1/demo/views", json={"product_id": product.id}).status_code == 401
    guest = world.visit(pages)
    assert pages.post("/v1/demo/views", json={"product_id": product.id}, headers=guest).status_code == 204
    assert latest(database, "Product Viewed")[0].anonymous_id is not None
    pages.post("/demo/sign-in", data={"customer_id": "C-0001"})
    pages.get(product.url)
    viewed, count = latest(database, "Product Viewed")
    assert count == before + 2
    assert (viewed.customer_id, viewed.properties["product_id"]) == ("C-0001", product.id)


def test_outside_the_demo_there_is_the_script_and_nothing_else(world, shop):
    settings = world.gateway.settings.model_copy(update={"environment": "production"})
    routes.add_to(world.app, settings=settings, database=world.database, shop=shop, people=["C-0001"])
    with TestClient(world.app) as client:
        script = client.get("/widget.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert client.get("/widget.js", headers={"If-None-Match": script.headers["etag"]}).status_code == 304
        for path in ("/", "/v1/demo/codes", "/products/LIG-001"):
            assert client.get(path).status_code == 404
        assert client.post("/demo/sign-in", data={"customer_id": "C-0001"}).status_code == 404


def test_the_widget_is_one_small_file_without_dependencies():
    served = script()
    assert len(served.encode()) < 50_000
    assert not re.search(r"\bimport\b|\bexport\b|innerHTML|eval\(|https?://(?!www\.w3\.org)[a-z]", served)


def test_every_language_says_everything(pages):
    languages = {path.stem: json.loads(path.read_text("utf-8")) for path in (DATA / "widget").glob("*.json")}
    assert {"en", "zh"} <= set(languages)
    for texts in languages.values():
        assert set(texts) == set(languages["en"]) and set(texts["status"]) == set(languages["en"]["status"])
        for name, text in languages["en"].items():
            assert not isinstance(text, str) or placeholders(text) == placeholders(texts[name])
    assert pages.get("/widget/xx.json").status_code == 404


def placeholders(text):
    return set(re.findall(r"{\w+}", text))


def test_the_script_says_nothing_the_languages_lack():
    texts = json.loads((DATA / "widget" / "en.json").read_text())
    used = set(re.findall(r"\b(?:t|texts)\.([a-zA-Z]+)\b", script()))
    assert used <= set(texts)
    assert set(texts) - used <= {"up", "down"}  # these two are chosen by name


def test_what_a_language_lacks_or_leaves_empty_is_said_in_english():
    english = {"open": "Open", "send": "Send", "starters": ["Hello"], "status": {"paid": "Paid"}, "told": {}}
    own = {"open": "Ouvrir", "send": "", "status": {"sent": "Parti"}, "told": {"left": "Merci"}}
    assert routes.merged(english, own) == {
        "open": "Ouvrir",
        "send": "Send",
        "starters": ["Hello"],
        "status": {"paid": "Paid", "sent": "Parti"},
        "told": {"left": "Merci"},
    }

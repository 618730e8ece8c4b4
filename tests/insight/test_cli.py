import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.database import Database
from insight import tracking
from insight.profile import get
from insight.tables import Base
from tests.insight.story import NOON, event, order, record


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's folder with a little log in its database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    Base.metadata.create_all(database.engine)
    record(database, order("o1", "t1", "l1"), order("o2", "t1", "l1", person="c2"), order("o3", "t1", "l1"))
    record(database, event("Live Chat Message Sent", talk="k1"))
    database.close()
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_report_writes_a_page_and_prints_its_numbers(shop: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["--from", "2026-03-01", "--to", "2026-03-02", "--out", "new/page.html", "--json"]
    assert run("report", *arguments) == 0
    numbers = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert numbers["metrics"]["conversations"]["value"] == 1
    assert (shop / "new/page.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "yesterday"], "--from: 'yesterday' is not a day"),
        (["--from", "2026-03-02", "--to", "2026-02-01"], "--from must be before --to"),
        (["--from", "2999-01-01"], "not in the future"),
        (["--out", "/proc/no/page.html"], "choose another place with --out"),
    ],
)
def test_report_says_what_is_wrong(shop: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]):
    assert run("report", *arguments) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--replay"]])
def test_refresh_prints_what_it_did(shop: Path, options: list[str], capsys: pytest.CaptureFixture[str]):
    assert run("insight", "refresh", "--json", *options) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (done["customers"], done["lines"], done["neighbours"]) == (2, 6, 2)


def test_eval_measures_an_orders_file(shop: Path, capsys: pytest.CaptureFixture[str]):
    rows = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"]
    rows += [f"10{day}{who},P{day},x,1,2011-0{day}-03 10:00,2.5,{who},UK" for who in (1, 2, 3) for day in (1, 2, 2, 3)]
    (shop / "orders.csv").write_text("\n".join(rows), encoding="utf-8")
    assert run("insight", "eval", "--orders", "orders.csv", "--json") == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured["next_basket"]["ours"]["customers"] == 3
    assert run("insight", "eval", "--orders", "missing.csv") == 1
    assert "there is no such file" in capsys.readouterr().err


def test_a_merging_is_taken_back_and_a_wrong_one_is_named(shop: Path, capsys: pytest.CaptureFixture[str]):
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    record(database, event("Product Viewed", person=None, visitor="v1", product_id="r1"))
    record(database, event("Customer Identified", visitor="v1"))
    assert run("customer", "separate", "c2", "v1") == 1
    assert "v1 is not merged into c2" in capsys.readouterr().err
    assert run("customer", "separate", "c1", "v1") == 0
    record(database)
    with database.reading() as session:
        visitor = get(session, "v1", now=NOON)
    database.close()
    assert visitor is not None and visitor.person_id == "v1"
    assert [one.name for one in visitor.products] == ["r1"]


def test_letters_show_what_could_not_be_recorded(shop: Path, capsys: pytest.CaptureFixture[str]):
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    with database.writing() as session:
        tracking.store(session, [{"type": "track", "userId": "c1"}], received_at=datetime.now(UTC))
    database.close()
    assert run("insight", "letters", "--json") == 0
    letter = json.loads(capsys.readouterr().out)
    assert letter["field"] == "event" and json.loads(letter["body"])["userId"] == "c1"
    assert run("insight", "letters") == 0
    assert "a track call names its event" in capsys.readouterr().out.replace("\n", " ")

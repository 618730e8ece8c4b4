import json
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

import bot.shop.tables  # noqa: F401 - adds the shop's tables to the metadata
from bot import mail
from bot.cli import main
from bot.database import Database
from bot.errors import Unavailable
from bot.migrations import migrate
from bot.tables import Base as BotBase
from insight import tracking
from insight.batch.turn import taking_turn
from insight.profile import get
from insight.refresh import refresh
from insight.tables import Base
from tests.insight.story import NOON, event, order, record
from tests.ports import free_port


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's folder with a little log in its database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    for base in (BotBase, Base):
        base.metadata.create_all(database.engine)
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


def test_report_writes_pdf_and_tables_and_filters(shop: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["--from", "2026-03-01", "--to", "2026-03-02", "--channel", "web", "--json"]
    assert run("report", *arguments, "--pdf", "report.pdf", "--csv", "tables") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]["conversations"]["value"] == 0
    assert (shop / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert {"metrics.csv", "by_intent.csv", "findings.csv"} <= {file.name for file in (shop / "tables").iterdir()}


class Inbox:
    """Keeps what a local mail server is sent."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.messages.append(message_from_bytes(envelope.content or b"", policy=policy.default))
        return "250 OK"


def test_report_goes_out_by_mail_with_page_and_pdf(shop: Path, monkeypatch: pytest.MonkeyPatch):
    inbox, port = Inbox(), free_port()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("MAIL_FROM", "shop@shop.example")
    monkeypatch.setenv("REPORT_TO", "ann@shop.example, bob@shop.example")
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert run("report", "--mail", "--from", "2026-03-01", "--to", "2026-03-02") == 0
    finally:
        server.stop()
    [message] = inbox.messages
    assert message["Subject"] == "Harbour & Pine, 1 March to 2 March 2026"
    assert [part.get_filename() for part in message.iter_attachments()] == ["report.html", "report.pdf"]
    assert "Conversations: 1 (started in the period)" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "--mail needs the settings SMTP_URL"),
        ("mail.example", "SMTP_URL is not set, or not like smtp://"),
        ("smtp://127.0.0.1:1", "did not take the mail (ConnectionRefusedError)"),
    ],
)
def test_report_says_why_it_was_not_mailed(
    shop: Path, url: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", "shop@shop.example")
    monkeypatch.setenv("REPORT_TO", "ann@shop.example")
    assert run("report", "--mail", "--from", "2026-03-01", "--to", "2026-03-02") == 1
    assert says in capsys.readouterr().err.replace("\n", " ")


def test_mail_to_another_machine_is_never_sent_without_tls(monkeypatch: pytest.MonkeyPatch):
    """A server without STARTTLS, under a name that is not this machine's, gets nothing."""
    inbox, port = Inbox(), free_port()
    monkeypatch.setattr(mail, "LOOPBACK", ())
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with pytest.raises(Unavailable, match="offers no TLS"):
            mail.send(EmailMessage(), smtp_url=f"smtp://127.0.0.1:{port}")
    finally:
        server.stop()
    assert inbox.messages == []


@pytest.mark.parametrize("options", [[], ["--replay"]])
def test_refresh_prints_what_it_did(shop: Path, options: list[str], capsys: pytest.CaptureFixture[str]):
    assert run("insight", "refresh", "--json", *options) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = done["tiers"]["customers"], done["log"]["lines"], done["together"]["neighbours"]
    assert found == (2, 6, 2)


def test_an_orders_file_full_of_mistakes_is_imported_without_them(shop: Path, capsys: pytest.CaptureFixture[str]):
    (shop / "shop.db").unlink()
    migrate(f"sqlite:///{shop / 'shop.db'}")
    good = [f"10{n},P{n % 3},Cup,2,2011-01-0{n + 1} 10:00,2.5,C{n % 2},UK,GBP" for n in range(6)]
    bad = {
        "no StockCode": "200,,Cup,1,2011-01-03 10:00,2.5,C1,UK,GBP",
        "InvoiceDate cannot be read": "201,P1,Cup,1,,2.5,C1,UK,GBP",
        "UnitPrice is negative": "202,P1,Cup,1,2011-01-03 10:00,-2.5,C1,UK,GBP",
        "negative Quantity but no cancellation": "203,P1,Cup,-1,2011-01-03 10:00,2.5,C1,UK,GBP",
        "InvoiceDate is in the future": "204,P1,Cup,1,2999-01-03 10:00,2.5,C1,UK,GBP",
        "exact duplicate of an earlier row": good[0],
        "another currency than most rows": "205,P1,Cup,1,2011-01-03 10:00,2.5,C1,UK,USD",
    }
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country,Currency"
    (shop / "orders.csv").write_text("\n".join([header, *good, *bad.values()]), encoding="utf-8")
    assert run("insight", "import", "orders.csv", "--rejects", "rejects.csv", "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["used"], told["reasons"]) == (6, dict.fromkeys(bad, 1))
    assert len((shop / "rejects.csv").read_text("utf-8").splitlines()) == 1 + len(bad)
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    done = refresh(database.reading, database.writing).facts
    database.close()
    assert (done["log"]["orders"], done["tiers"]["customers"]) == (6, 2)


def test_a_refresh_beside_another_is_refused_in_words(shop: Path, capsys: pytest.CaptureFixture[str]):
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    with taking_turn(database.writing):
        assert run("insight", "refresh") == 1
    database.close()
    assert "another refresh is at work" in capsys.readouterr().err


def test_spark_without_java_is_refused_in_words(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(shop))
    assert run("insight", "refresh", "--engine", "spark") == 1
    assert "needs Java 17" in capsys.readouterr().err


def test_eval_measures_an_orders_file(shop: Path, capsys: pytest.CaptureFixture[str]):
    rows = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"]
    rows += [f"10{day}{who},P{day},x,1,2011-0{day}-03 10:00,2.5,{who},UK" for who in (1, 2, 3) for day in (1, 2, 2, 3)]
    (shop / "orders.csv").write_text("\n".join(rows), encoding="utf-8")
    assert run("insight", "eval", "--orders", "orders.csv", "--json") == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured["next_basket"]["ours"]["customers"] == 3
    assert measured["reasons"] == {"exact duplicate of an earlier row": 3}
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


def test_patterns_are_shown_after_a_refresh_and_their_lack_is_explained(shop: Path, capsys: pytest.CaptureFixture[str]):
    assert run("insight", "patterns") == 1
    assert "shopkeeper insight refresh" in capsys.readouterr().err
    assert run("insight", "refresh") == 0
    assert run("insight", "patterns", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rules"] == []


def test_the_rules_of_the_value_tiers_are_shown_and_whose_they_are(shop: Path, capsys: pytest.CaptureFixture[str]):
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    assert run("insight", "tiers") == 0
    assert "a small shop's" in capsys.readouterr().out
    database.close()
    assert run("insight", "refresh") == 0
    assert run("insight", "tiers", "--json") == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["basis"] == "last year"
    assert [(rule["tier"], rule["share"]) for rule in found["rules"]] == [("mid", 1.0)]


def test_topics_are_shown_after_a_refresh(shop: Path, encoder_cache: Path, capsys: pytest.CaptureFixture[str]):
    (shop / "var").mkdir(exist_ok=True)
    (shop / "var" / "encoder").symlink_to(encoder_cache)
    database = Database(f"sqlite:///{shop / 'shop.db'}")
    now = (datetime.now(UTC) - NOON).days
    for number in range(4):
        place = {"days": now, "person": f"c{number}", "talk": f"t{number}", "seq": 1}
        record(database, event("Live Chat Message Sent", text="where is my parcel", **place))
        record(database, event("Message Parsed", intent="track_order", sentiment="neutral", **place))
    database.close()
    assert run("insight", "topics") == 1
    assert "shopkeeper insight refresh" in capsys.readouterr().err
    assert run("insight", "refresh") == 0
    assert run("insight", "topics", "--json") == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["topics"] == [{"name": "track order", "words": ["parcel"], "texts": 4}] and found["changes"] == []

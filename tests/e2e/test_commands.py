"""The command line against the running system."""

import json


def test_chat_prints_one_object_a_message(stack):
    done = stack.shopkeeper("chat", "--customer", "C-0001", "--json", "where is my order HP-20002?", "thank you!")
    assert done.returncode == 0, done.stderr
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"text", "replies", "intent", "confidence", "sentiment", "owner"} <= set(first)
    assert first["intent"] == "track_order" and first["owner"] == "bot"
    assert first["replies"][0]["type"] == "order" and "HP-20002" in first["replies"][0]["text"]
    assert second["intent"] == "thanks" and second["sentiment"] == "positive"


def test_report_is_one_page_with_this_log(stack, tmp_path):
    page = tmp_path / "report.html"
    done = stack.shopkeeper("report", "--out", str(page))
    assert done.returncode == 0, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "<html" in html and "http://" not in html.replace("http://www.w3.org", "")
    assert "Handled by the bot alone" in html


def test_export_and_erase_leave_nothing_of_the_person(stack, customer):
    someone = customer("C-0004")
    marker = "my very private zebra"
    someone.say(f"hello, {marker} broke")
    someone.drop()
    exported = stack.shopkeeper("customer", "export", "C-0004")
    assert exported.returncode == 0, exported.stderr
    assert marker in exported.stdout and "Tom Ellery" in exported.stdout
    erased = stack.shopkeeper("customer", "erase", "C-0004", "--yes")
    assert erased.returncode == 0, erased.stderr
    for path in stack.var.rglob("*"):
        if path.is_file() and not any(part.is_symlink() for part in path.parents):
            content = path.read_bytes()
            for secret in (marker, "tom.ellery@example.com", "8 Quay Side, Exeter, EX1 3LD"):
                assert secret.encode() not in content, f"{secret!r} is still in {path}"


def test_unknown_customers_are_explained(stack):
    done = stack.shopkeeper("customer", "export", "C-9999")
    assert done.returncode == 1 and "C-9999" in done.stderr and "Traceback" not in done.stderr

"""The README says what is true."""

import re
from pathlib import Path

import pytest

from bot.cli import GROUPS
from bot.settings import SECRETS, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", README, flags=re.MULTILINE)
    return {name: (default, description) for name, default, description in rows}


def test_every_setting_is_listed_with_its_default_and_meaning():
    expected = {
        name.upper(): (f"`{field.default}`" if str(field.default) else "–", field.description)
        for name, field in Settings.model_fields.items()
    }
    assert settings_table() == expected


def test_every_command_it_names_exists():
    named = set(re.findall(r"shopkeeper ([a-z]+)", README))
    assert named and named <= set(GROUPS)


def test_every_make_target_it_names_exists():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z]+)`? ", README)) <= set(targets)


def test_every_link_to_a_file_leads_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links and all((ROOT / link).exists() for link in links)


def test_every_feature_we_say_we_have_names_a_test_that_exists():
    rows = re.findall(r"^\| (?!feature|---)(.+) \|$", (ROOT / "docs" / "features.md").read_text("utf-8"), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    assert len(cells) > 50
    for feature, ours, *_, tested in cells:
        links = re.findall(r"\]\(\.\./(tests/[^)]+)\)", tested)
        assert links or ours.startswith("no"), feature
        assert all((ROOT / link).is_file() for link in links), feature


@pytest.mark.parametrize("secret", SECRETS)
def test_outside_development_a_default_secret_is_refused(secret, monkeypatch):
    monkeypatch.chdir(ROOT / "tests")
    for name in SECRETS:
        monkeypatch.setenv(name.upper(), "a-secret-of-our-own")
    monkeypatch.delenv(secret.upper())
    with pytest.raises(ValueError, match=secret.upper()):
        Settings(environment="production")

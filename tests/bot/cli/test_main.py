"""The command line as a newcomer meets it."""

import pytest

from bot.cli import GROUPS, explain, main
from bot.errors import NotFound
from bot.settings import Settings


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    output = capsys.readouterr()
    return ended.value.code, output.out, output.err


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_has_a_help(group, capsys):
    code, out, _ = run(capsys, group, "--help")
    assert code == 0
    assert "Usage" in out


def test_the_overview_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(f"  {group}" in out for group in GROUPS)


def test_an_unknown_command_fails(capsys):
    code, _, err = run(capsys, "fly")
    assert code != 0
    assert "fly" in err


def test_a_wrong_setting_is_named(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "eighty")
    code, _, err = run(capsys, "key", "list")
    assert code == 1
    assert "PORT='eighty'" in err and "Traceback" not in err


def test_what_a_user_can_mend_is_explained_and_what_is_ours_is_not():
    assert explain(NotFound("no such order")) == "no such order"
    assert "/var/x" in explain(PermissionError(13, "Permission denied", "/var/x"))
    assert explain(ZeroDivisionError()) is None
    with pytest.raises(ValueError) as refused:
        Settings(environment="production", _env_file=None)
    assert "SECRET_KEY" in explain(refused.value)

"""How the two Python environments are found and made."""

import sys
from pathlib import Path

import pytest

from bot import environments
from bot.environments import Environment, find_python, fingerprint, install, make, python_310_candidates, version_of

THIS = sys.version_info[:2]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A small environment with nothing to install."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("")
    return Environment("test environment", tmp_path / ".venv", ("pip",), constraints, (constraints,))


def test_the_first_python_of_the_right_version_is_taken():
    assert find_python([THIS], ["/no/such/python", sys.executable]) == sys.executable
    assert find_python([(2, 7)], [sys.executable]) is None
    assert version_of("/no/such/python") is None


def test_rasas_python_is_found_among_pyenvs_versions(tmp_path, monkeypatch):
    for version in ("3.10.4", "3.11.2"):
        (tmp_path / "versions" / version / "bin").mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("RASA_PYTHON", raising=False)
    assert list(python_310_candidates()) == [str(tmp_path / "versions" / "3.10.4" / "bin" / "python")]


def test_without_a_python_310_one_sentence_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(environments, "python_310_candidates", lambda: iter(()))
    monkeypatch.setattr(environments, "make", lambda *_: pytest.fail("nothing may be installed"))
    with pytest.raises(SystemExit, match=r"pyenv install 3\.10.*uv python install 3\.10"):
        environments.main()


def test_an_environment_is_made_once_and_again_when_its_inputs_change(environment, capsys):
    make(environment, sys.executable)
    assert version_of(str(environment.folder / "bin" / "python")) == THIS
    assert "test environment" in capsys.readouterr().err
    make(environment, sys.executable)
    assert capsys.readouterr().err == ""
    before = fingerprint(environment, sys.executable)
    environment.constraints.write_text("pip>1")
    assert fingerprint(environment, sys.executable) != before


def test_an_install_that_fails_says_why_and_is_not_taken_for_complete(environment, tmp_path):
    broken = Environment("broken", environment.folder, (str(tmp_path / "none"),), environment.constraints, ())
    with pytest.raises(SystemExit, match="could not be installed"):
        make(broken, sys.executable)
    assert not (environment.folder / "installed").exists()
    assert not install(broken, Path(sys.executable), tmp_path / "log")

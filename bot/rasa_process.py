"""Rasa as a process of ours: how it is trained and how it is started.

Nothing of Rasa is imported: it lives in an environment of its own, and everything it must know is in `Command.env`.
"""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.environments import RASA, ROOT
from bot.errors import Unavailable
from bot.settings import Settings

FOLDER = ROOT / "bot" / "rasa"
MODEL = "dialogue"
TRAINING_TIMEOUT_S = 900


@dataclass(frozen=True)
class Command:
    """What to start, with which environment, where."""

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: Path


def command(settings: Settings) -> Command:
    """Start Rasa on `RASA_PORT` with the trained rules; raises `Unavailable` when there is no model yet."""
    if not model_path(settings).exists():
        raise Unavailable("Rasa's rules are not trained yet: run `shopkeeper setup`.")
    return _launch(
        settings,
        "run",
        *("--model", str(model_path(settings))),
        *("--endpoints", str(FOLDER / "endpoints.yml")),
        *("--credentials", str(FOLDER / "credentials.yml")),
        *("--interface", settings.internal_host, "--port", str(settings.rasa_port)),
    )


def train_command(settings: Settings) -> Command:
    """Train the rules of `data/dialogue` (no NLU) into `var/rasa/models/dialogue.tar.gz`."""
    dialogue = settings.data_dir.resolve() / "dialogue"
    return _launch(
        settings,
        *("train", "core", "--force"),
        *("--domain", str(dialogue / "domain.yml"), "--stories", str(dialogue / "rules.yml")),
        *("--config", str(FOLDER / "config.yml")),
        *("--out", str(model_path(settings).parent), "--fixed-model-name", MODEL),
    )


def model_path(settings: Settings) -> Path:
    return settings.var_dir.resolve() / "rasa" / "models" / f"{MODEL}.tar.gz"


def inputs_hash(settings: Settings) -> str:
    """Of everything the model is made from."""
    digest = hashlib.sha256()
    inputs = [FOLDER / "config.yml", RASA.constraints, *sorted((settings.data_dir / "dialogue").glob("*.yml"))]
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_trained(settings: Settings) -> bool:
    stamp = _stamp(settings)
    return model_path(settings).exists() and stamp.exists() and stamp.read_text() == inputs_hash(settings)


def train(settings: Settings) -> bool:
    """Train if the inputs changed since the last time; whether it did. `Unavailable` has the end of Rasa's output."""
    if is_trained(settings):
        return False
    wanted = inputs_hash(settings)
    _stamp(settings).unlink(missing_ok=True)
    todo = train_command(settings)
    done = subprocess.run(
        todo.argv, env=todo.env, cwd=todo.cwd, capture_output=True, text=True, timeout=TRAINING_TIMEOUT_S
    )
    if done.returncode or not model_path(settings).exists():
        raise Unavailable(f"Rasa could not learn the rules of data/dialogue:\n{(done.stdout + done.stderr)[-2000:]}")
    _stamp(settings).write_text(wanted)
    return True


def _launch(settings: Settings, *arguments: str) -> Command:
    home = settings.var_dir.resolve() / "rasa"
    (home / "models").mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "ACTIONS_URL": settings.actions_url,
        "INTERNAL_KEY": settings.internal_key,
        "TRACKER_URL": _tracker_url(settings.tracker_url),
        "RASA_TELEMETRY_ENABLED": "false",
        "LOG_LEVEL": "WARNING" if settings.log_level == "INFO" else settings.log_level,
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "SANIC_ACCESS_LOG": "false",
        "PYTHONPATH": "",
        "PYTHONWARNINGS": "ignore",
    }
    python = RASA.folder / "bin" / "python"
    if not python.exists():
        raise Unavailable("Rasa's environment is missing: run `make setup`.")
    return Command((str(python), str(FOLDER / "launcher.py"), *arguments), env, home)


def _stamp(settings: Settings) -> Path:
    return model_path(settings).with_name("inputs.sha256")


def _tracker_url(url: str) -> str:
    """The same database in the words of Rasa's SQLAlchemy 1.4: an absolute path, psycopg2."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return f"sqlite:///{Path(parsed.database).resolve()}"
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql")
    return parsed.render_as_string(hide_password=False)

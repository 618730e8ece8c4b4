"""The peer of the chat benchmark: Rasa as `rasa init` sets it up, trained on the shop's own intents.

DIET reads the messages and TED picks the replies, with the pipeline and policies that Rasa's own template chooses; one
story and one text reply for each intent; the tracker store is SQLite, the same kind as ours.
"""

import csv
import hashlib
import os
import subprocess
from collections import defaultdict
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / "bot" / "rasa" / ".venv" / "bin" / "python"
ENV = {
    **os.environ,
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def build(folder: Path, intents: Path) -> Path:
    """Make and train the peer's project in `folder`; what was trained on the same intents is used again."""
    stamp = folder / "trained-on"
    wanted = hashlib.sha256(intents.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rasa(folder, "init", "--no-prompt", "--init-dir", str(folder))
    for model in folder.glob("models/*.tar.gz"):
        model.unlink()
    write_project(folder, read_examples(intents))
    rasa(folder, "train")
    stamp.write_text(wanted)
    return folder


def read_examples(intents: Path) -> dict[str, list[str]]:
    examples: dict[str, list[str]] = defaultdict(list)
    with intents.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            examples[row["label"]].append(" ".join(row["text"].replace("[", "(").replace("]", ")").split()))
    return dict(examples)


def write_project(folder: Path, examples: dict[str, list[str]]) -> None:
    """Put the shop's intents in the place of the template's own; config.yml stays as `rasa init` wrote it."""
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in examples.items()]
    stories = [{"story": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in examples]
    domain = {
        "version": "3.1",
        "intents": list(examples),
        "responses": {f"utter_{name}": [{"text": f"This is what we can say about {name}."}] for name in examples},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }
    write(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": nlu})
    write(folder / "data" / "stories.yml", {"version": "3.1", "stories": stories})
    write(folder / "data" / "rules.yml", {"version": "3.1", "rules": []})
    write(folder / "domain.yml", domain)
    write(folder / "credentials.yml", {"rest": None})
    write(folder / "endpoints.yml", {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "tracker.db"}})


def write(path: Path, document: dict[str, object]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_style=None), encoding="utf-8")


def rasa(folder: Path, *arguments: str) -> None:
    with (folder / "train.log").open("a") as log:
        subprocess.run([PYTHON, "-m", "rasa", *arguments], cwd=folder, env=ENV, stdout=log, stderr=log, check=True)


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Serve the peer's REST channel on `port`, with a fresh tracker store."""
    (folder / "tracker.db").unlink(missing_ok=True)
    with (folder / "run.log").open("w") as log:
        command = [PYTHON, "-m", "rasa", "run", "-p", str(port), "-i", "127.0.0.1"]
        return subprocess.Popen(command, cwd=folder, env=ENV, stdout=log, stderr=log, start_new_session=True)

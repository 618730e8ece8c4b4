"""`shopkeeper nlu models`, `use` and `back`: which of the shop's trained models answers customers.

A running service follows within a second. `back` changes first and tunes the search of answers to the model
afterwards, because whoever goes back is in a hurry; `use` tunes first.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.models import indexing, versions
from bot.settings import Settings
from nlu.classifier import Classifier
from nlu.errors import ModelRefused

NOTHING_BEFORE = "There is no model to go back to; `shopkeeper nlu models` lists those that there are."


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """List the shop's trained models, the newest first."""
    settings = Settings()
    current, earlier = versions.in_use(settings), versions.before(settings)
    states = {current: "in use", earlier: "before"}
    found = [
        {
            "id": version.id,
            "trained_at": version.trained_at.isoformat(timespec="seconds"),
            "accuracy": (version.config.metrics.get("intent") or {}).get("accuracy"),
            "state": states.get(version.folder, ""),
            "folder": str(version.folder),
        }
        for version in versions.every(settings)
    ]
    if as_json:
        print(json.dumps({"models": found}))
        return
    table = Table("Model", "Trained", "Intents right", "")
    for row in found:
        accuracy = "" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        table.add_row(row["id"], row["trained_at"], accuracy, row["state"])
    Console().print(table if found else versions.NONE_TRAINED)


def use(model: Annotated[str, typer.Argument(help="Its id as `nlu models` lists it, or a folder.")]) -> None:
    """Let a trained model answer customers from now on; a folder from elsewhere is copied in."""
    settings = Settings()
    folder = _serving(settings, versions.take_in(settings, versions.find(settings, model)))
    indexing.index_if_changed(settings, classifier=folder)
    versions.use(settings, folder)
    print(f"{folder.name} is in use. `shopkeeper nlu back` takes that back.")


def back() -> None:
    """Let the model before the present one answer again; twice is back where you were."""
    settings = Settings()
    folder = versions.before(settings)
    if folder is None:
        raise ModelRefused(NOTHING_BEFORE)
    versions.use(settings, _serving(settings, folder))
    print(f"{folder.name} is in use again.")
    indexing.index_if_changed(settings)


def _serving(settings: Settings, folder: Path) -> Path:
    """`folder`, once its model was loaded and understood something; raises `ModelRefused`."""
    Classifier.load(folder, device=settings.device).predict(["where is my order"])
    return folder

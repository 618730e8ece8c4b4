"""`shopkeeper nlu compare`: what a new model would break, before it answers customers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.models import training, versions
from bot.settings import Settings
from nlu.classifier import Classifier
from nlu.compare import Comparison, Flip
from nlu.compare import compare as measure
from nlu.data import read

SHOWN = 20  # flips of each kind; --json has all
MEASURES = ("accuracy", "macro_f1", "oos_auroc", "oos_recall", "in_scope_kept", "ece", "ms_per_message")
THRESHOLDS = ("out_of_scope", "fallback", "margin")


def compare(
    old: Annotated[str, typer.Argument(help="Id or folder of the model there is.")],
    new: Annotated[str, typer.Argument(help="Id or folder of the model that might follow.")],
    data: Annotated[
        Path | None, typer.Option(help="CSV: text,label. Default: the shop's examples that training sets aside.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show which messages two models decide differently; messages that neither has learnt say most."""
    settings = Settings()
    before, after = (Classifier.load(versions.find(settings, wanted), device=settings.device) for wanted in (old, new))
    compared = measure(before, after, read(data) if data else training.set_aside(settings)[0])
    if as_json:
        print(json.dumps(compared.as_dict(), ensure_ascii=False))
    else:
        _show(compared)


def _show(compared: Comparison) -> None:
    console = Console()
    table = Table("Measure", compared.old.model, compared.new.model, title=f"{compared.n} messages")
    for name in MEASURES:
        before, after = getattr(compared.old.scores, name), getattr(compared.new.scores, name)
        if before is not None:
            table.add_row(name.replace("_", " "), f"{before:.3f}", f"{after:.3f}")
    for name in THRESHOLDS:
        before, after = getattr(compared.old.thresholds, name), getattr(compared.new.thresholds, name)
        table.add_row(f"threshold {name.replace('_', ' ')}", f"{before:.3f}", f"{after:.3f}")
    console.print(table)
    console.print(
        f"{len(compared.broken)} messages break, {len(compared.mended)} are mended "
        f"(p = {compared.p_value:.3f} that this is chance)."
    )
    _show_flips(console, "Right before, wrong after", compared.broken)
    _show_flips(console, "Wrong before, right after", compared.mended)
    changes = Table("Label", "Of", "Right before", "Right after")
    for change in compared.labels:
        changes.add_row(change.label, str(change.n), str(change.old_right), str(change.new_right))
    if compared.labels:
        console.print(changes)


def _show_flips(console: Console, title: str, flips: Sequence[Flip]) -> None:
    if not flips:
        return
    table = Table("Message", "Label", "Before", "After", title=f"{title} ({min(len(flips), SHOWN)} of {len(flips)})")
    for flip in flips[:SHOWN]:
        before, after = f"{flip.old} {flip.old_confidence:.2f}", f"{flip.new} {flip.new_confidence:.2f}"
        table.add_row(flip.text, flip.label, before, after)
    console.print(table)

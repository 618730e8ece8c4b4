"""`shopkeeper nlu explain`: the words that carried the intent, and the training examples nearest to a message."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.models import training
from bot.settings import Settings
from nlu.explain import Explanation

STRONG, WEAK = 0.2, 0.05  # shares of all weights


def explain(
    text: Annotated[str, typer.Argument(help="The message.")],
    model: Annotated[Path | None, typer.Option(help="Folder of the model. Default: the one in use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show which words carried the intent (integrated gradients) and the nearest training examples."""
    from nlu.gradients import explain as by_gradients  # torch: no other command may wait for it

    explanation = by_gradients(model or training.model_folder(Settings()), text)
    if as_json:
        print(json.dumps(asdict(explanation), ensure_ascii=False))
    else:
        _show(explanation)


def _show(explanation: Explanation) -> None:
    console = Console()
    console.print(f"understood as {explanation.intent}", style="bold")
    marked = Text()
    for word, weight in explanation.words:
        style = "green" if weight > 0 else "red"
        strong = "bold " if abs(weight) >= STRONG else ""
        marked.append(word, style=strong + style if abs(weight) >= WEAK else "")
        marked.append(f" ({weight:+.2f})  ", style="dim")
    console.print(marked)
    table = Table("Nearest training examples", "Label", "Similarity")
    for example, label, cosine in explanation.nearest:
        table.add_row(example, label, f"{cosine:.2f}")
    console.print(
        table if explanation.nearest else "This model keeps no training examples; train it again to see them."
    )

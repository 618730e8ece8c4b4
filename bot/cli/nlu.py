"""`shopkeeper nlu`: train and measure the classifier of intents and sentiment, on the shop's examples or any others."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli import nlu_compare, nlu_explain, nlu_versions
from bot.models import training, versions
from bot.settings import Settings
from nlu.classifier import Classifier
from nlu.data import OUT_OF_SCOPE, SENTIMENTS, Example, contradictions, read
from nlu.evaluate import Scores
from nlu.evaluate import evaluate as measure
from nlu.recipe import Recipe

app = typer.Typer(no_args_is_help=True)
for command in (nlu_explain.explain, nlu_compare.compare, nlu_versions.models, nlu_versions.use, nlu_versions.back):
    app.command()(command)

WARNED = 5  # pairs of rows

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


class Task(StrEnum):
    intent = "intent"
    sentiment = "sentiment"


@app.command()
def train(
    data: Annotated[
        Path | None, typer.Option(help="CSV of --task: text,label. Default: the shop's own examples.")
    ] = None,
    task: Annotated[
        Task, typer.Option(help="What --data is about; the other is learnt from the shop's own.")
    ] = Task.intent,
    sentiment: Annotated[
        Path | None, typer.Option(help="Sentiment CSV beside one of intents. Default: data/sentiment.csv.")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="Intents CSV to choose thresholds by. Default: a part of the examples.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the model. Default: the shop's own.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = Recipe.seed,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Most passes over the examples. Default: by their number.")
    ] = None,
    lora: Annotated[
        int, typer.Option(min=0, help="Train adapters of this rank in place of the encoder.")
    ] = Recipe.lora,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the texts to read with typing mistakes.")
    ] = Recipe.noise,
    as_json: AsJson = False,
) -> None:
    """Train on labelled examples; goes on where it stopped when it was interrupted.

    A new model of the shop's own does not answer customers before `shopkeeper nlu use`, unless it is the first.
    """
    settings = Settings()
    if task is Task.sentiment and data:
        rows, sentiment_rows = training.intents(settings, fresh=True), read(data, labels=SENTIMENTS)
    else:
        rows = read(data) if data else training.intents(settings, fresh=True)
        sentiment_rows = read(sentiment or training.sentiment_file(settings))
    for kind, examples in (("intent", rows), ("sentiment", sentiment_rows)):
        _warn(kind, examples)
    recipe = Recipe(seed=seed, lora=lora, noise=noise)
    if epochs:
        recipe = replace(recipe, epochs=epochs, least_steps=0)
    aside = read(validation) if validation else []
    if out is None:
        folder, config = training.train_candidate(settings, rows, sentiment_rows, recipe=recipe, validation=aside)
    else:
        fit, folder, base, device = training.trainer(), out, settings.encoder, settings.device
        config = fit(rows, sentiment_rows, out, base=base, recipe=recipe, device=device, validation=aside)
    if as_json:
        print(json.dumps({"model": config.model, "out": str(folder), **config.metrics}))
        return
    measured = config.metrics["intent"]
    print(f"{config.model} is in {folder}, trained in {config.metrics['training']['seconds']:.0f} s.")
    print(
        f"On {measured['n']} examples set aside: {measured['accuracy']:.1%} of the intents right, "
        f"sentiment macro-F1 {config.metrics['sentiment']['macro_f1']:.2f}."
    )
    if out is None and folder != versions.in_use(settings):
        print(f"Let it answer customers with `shopkeeper nlu use {config.model}`.")


@app.command("eval")
def evaluate(
    model: Annotated[Path | None, typer.Option(help="Folder of the model. Default: the shop's own.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="CSV: text,label. Default: the shop's examples that training sets aside."),
    ] = None,
    task: Annotated[Task, typer.Option(help="Which labels the CSV has.")] = Task.intent,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled examples; on the ones it was trained with the numbers say little."""
    settings = Settings()
    folder = model or training.model_folder(settings)
    classifier = Classifier.load(folder, device=settings.device)
    config = classifier.config
    labels = [*config.in_scope, OUT_OF_SCOPE] if task is Task.intent else config.sentiments
    rows = read(data, labels=labels) if data else training.set_aside(settings)[task is Task.sentiment]
    scores = measure(classifier, rows, task=task)
    if as_json:
        print(json.dumps({"model": config.model, "task": task, **asdict(scores)}))
    else:
        _show(scores, title=f"{config.model} on {data or 'what is set aside'}")


def _warn(kind: str, examples: Sequence[Example]) -> None:
    """Say on stderr which rows contradict each other; a training can bear some."""
    found = contradictions(examples)
    if found:
        rows = ", ".join(f"{earlier} and {later}" for earlier, later in found[:WARNED])
        more = f" and {len(found) - WARNED} more pairs" if len(found) > WARNED else ""
        print(f"shopkeeper: the same text has two labels in the {kind} rows {rows}{more}.", file=sys.stderr)


def _show(scores: Scores, *, title: str) -> None:
    table = Table("Measure", "Value", "Of", title=title)
    low, high = scores.accuracy_low, scores.accuracy_high
    interval = f" (95 %: {low:.3f} to {high:.3f})" if low is not None and high is not None else ""
    rows = [
        ("accuracy", scores.accuracy, interval, scores.n_in_scope),
        ("macro-F1", scores.macro_f1, "", scores.n_in_scope),
        ("out-of-scope AUROC", scores.oos_auroc, "", scores.n),
        ("out-of-scope recall", scores.oos_recall, "", scores.n_out_of_scope),
        ("in scope kept", scores.in_scope_kept, "", scores.n_in_scope),
        ("calibration error", scores.ece, "", scores.n_in_scope),
        ("ms per message", scores.ms_per_message, "", min(scores.n, 100)),
    ]
    for name, value, extra, count in rows:
        if value is not None:
            table.add_row(name, f"{value:.3f}{extra}", str(count))
    Console().print(table)

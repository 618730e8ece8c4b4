"""`shopkeeper retrieval`: index, measure and check the answer templates."""

import csv
from collections.abc import Callable
from datetime import date
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import answers, canned_answers, customer_facts, dialogue
from bot.models import indexing, versions
from bot.settings import Settings
from bot.workshop.drafting import LIVE
from nlu.encoder import Encoder
from retrieval.build import assemble
from retrieval.check import check as check_answers
from retrieval.errors import RetrievalError, TableError
from retrieval.evaluate import measure
from retrieval.reach import unreachable
from retrieval.search import Searcher
from retrieval.tables import read_faq, read_none, read_queries
from retrieval.templates import Problem, Template

app = typer.Typer(add_completion=False)


@app.command()
def index(
    force: Annotated[bool, typer.Option("--force", help="Build it even if nothing has changed.")] = False,
) -> None:
    """Make the answers in data/answers searchable; does nothing when they have not changed."""
    settings = Settings()
    built = indexing.index_if_changed(settings, force=force)
    found = indexing.load_searcher(settings).ids
    said = "indexed" if built else "nothing has changed since they were indexed (--force builds anyway)"
    print(f"{len(found)} answers in {answers.index_folder(settings)}: {said}")


@app.command("eval")
def evaluate(
    faq: Annotated[
        Path | None, typer.Option(help="FAQ CSV: faq_id,question,answer. Without it: the shop's own answers.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(help="Queries CSV: query,faq_id; an empty faq_id means that nothing fits.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Measure search: on an FAQ and its queries, or on the shop's own answers.

    Weights and threshold are chosen from the FAQ itself; no query of the file is learnt from. Without --queries, each
    question of the shop's own templates is searched for while it is missing.
    """
    settings = Settings()
    if faq is None:
        indexing.index_if_changed(settings)
    elif queries is None:
        raise TableError("an FAQ is measured with queries: add --queries FILE")
    if queries is None:
        show(dict(indexing.load_searcher(settings).index.manifest.metrics), as_json=json)
    else:
        show(measure_queries(settings, faq, queries), as_json=json)


def measure_queries(settings: Settings, faq: Path | None, queries: Path) -> dict[str, Any]:
    """The measures of `queries` on `faq`, or on the shop's own answers."""
    reader = indexing.Reader.open(settings, versions.in_use(settings) if faq is None else None)
    searcher = indexing.load_searcher(settings) if faq is None else search_faq(settings, faq, reader.encoder)
    asked = read_queries(queries, searcher.ids)
    texts = [text for text, _ in asked]
    index = searcher.index.manifest
    vectors = [row for batch in indexing.shown(batches(texts)) for row in reader.questions(batch, index)]
    intents = reader.classify(texts)
    everything = len(searcher.ids)
    found = [searcher.search(*asked_for, k=everything) for asked_for in zip(texts, vectors, intents, strict=True)]
    return measure(found, [right for _, right in asked])


def search_faq(settings: Settings, faq: Path, encoder: Encoder) -> Searcher:
    """A searcher of another shop's FAQ, tuned by itself; what we have no answer to has none there either."""
    none = read_none(answers.folder(settings))
    return assemble(read_faq(faq), encoder.encode, model=encoder.model, none=none, progress=indexing.shown)


def batches(texts: list[str], size: int = 64) -> list[list[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def show(measures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(dumps(measures))
        return
    for name, value in measures.items():
        print(f"{name:18} {'-' if value is None else value}")


@app.command()
def check() -> None:
    """Name what is wrong in data/answers, with file and line; exit 1 if anything is, or could not be looked at.

    Which answers no question finds is looked at in their index, which must be of these answers.
    """
    settings = Settings()
    intents = settings.data_dir / "intents.csv"
    known = labels(intents) if intents.exists() else None
    ruled = dialogue.intents(settings)
    problems = check_answers(
        answers.folder(settings),
        today=date.today(),
        intents=known,
        known=customer_facts.KNOWN,
        live=LIVE,
        by_name=None if ruled is None else by_name(ruled),
        pressed=ruled,
    )
    lost, unseen = not_found(settings, by_intent=known or set())
    problems += lost
    for problem in problems:
        print(problem)
    print(verdict(len(problems), unseen))
    if problems or unseen:
        raise typer.Exit(1)


def verdict(problems: int, unseen: str) -> str:
    """The last line; `unseen`: why nobody looked whether each answer can be found, and what to do, if so."""
    count = f"{problems} problem{'s' * (problems != 1)}"
    if unseen:
        return f"{count if problems else 'In order'}, but whether each can be found was not looked at: {unseen}"
    return count if problems else "The answers are in order."


def by_name(intents: set[str]) -> Callable[[Template], bool]:
    """Whether the dialogue of these `intents`, or people, say a template by its name."""
    named = dialogue.named(intents)
    return lambda template: template.id in named or canned_answers.is_desks(template)


def not_found(settings: Settings, *, by_intent: set[str]) -> tuple[list[Problem], str]:
    """Answers that neither a question of theirs nor an intent of their name finds, or why nobody can look."""
    try:
        searcher = indexing.load_searcher(settings)
    except RetrievalError as error:
        return [], error.message
    return list(unreachable(searcher, by_intent=by_intent)), ""


def labels(path: Path) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["label"] for row in csv.DictReader(file) if row.get("label")}
